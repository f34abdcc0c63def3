#include "props/history/blame.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace decree::history {

namespace {

// All that may be visited to find the two: who wants to know waits for it.
constexpr std::uint64_t states_to_blame = 500'000;
constexpr std::uint64_t states_to_tell_possible = 100'000;
constexpr std::size_t most_possible = 4;

// The calls that returned before `prefix`, as places in `calls`, the latest first.
std::vector<std::size_t> returned_before(std::span<const Call* const> calls, Moment prefix) {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const Moment returned = calls[i]->interval.returned;
        if (returned != 0 && returned < prefix) all.push_back(i);
    }
    std::ranges::sort(all, std::ranges::greater{},
                      [&](std::size_t i) { return calls[i]->interval.returned; });
    return all;
}

// Forgets one call after the other, the latest first, until there is an order.
class Forgetting {
public:
    Forgetting(std::span<const Call* const> calls, const Model& model, Moment prefix,
               Watcher* watcher)
        : calls_(calls),
          model_(&model),
          watcher_(watcher),
          prefix_(prefix),
          forgotten_(calls.size()) {}

    void forget(std::size_t call) { forgotten_[call] = true; }

    // Whether there is an order now; nothing when that is too hard to say.
    [[nodiscard]] std::optional<bool> has_order() {
        const Timeline timeline(calls_, *model_, {.until = prefix_, .forgotten = &forgotten_});
        Search search(timeline, *model_, Limits{.states = left_}, watcher_);
        const Verdict verdict = search.run();
        left_ -= std::min(left_, search.states());
        if (verdict == Verdict::Linearizable) return true;
        if (verdict == Verdict::NotLinearizable) return false;
        return std::nullopt;
    }

private:
    std::span<const Call* const> calls_;
    const Model* model_;
    Watcher* watcher_;
    Moment prefix_;
    std::vector<bool> forgotten_;
    std::uint64_t left_ = states_to_blame;
};

// The last that changed something and returned before `second` was invoked, or at least before it
// returned.
const Call* nearest(std::span<const Call* const> calls, std::span<const std::size_t> latest_first,
                    const Model& model, const Call& second) {
    const auto changes = [&](std::size_t i) {
        return !model.only_observes(calls[i]->operation, calls[i]->response);
    };
    for (const std::size_t i : latest_first) {
        if (changes(i) && precedes(calls[i]->interval, second.interval)) return calls[i];
    }
    for (const std::size_t i : latest_first) {
        if (changes(i)) return calls[i];
    }
    return latest_first.empty() ? nullptr : calls[latest_first.front()];
}

// Where the calls before `prefix` can lead.
std::vector<State> possible_states(std::span<const Call* const> calls, const Model& model,
                                   Moment prefix, Watcher* watcher) {
    const Timeline timeline(calls, model, {.until = prefix - 1});
    Search search(timeline, model, Limits{.states = states_to_tell_possible}, watcher);
    std::vector<State> states;
    if (search.run_to_all_ends({{}}) != Verdict::Linearizable) return states;
    for (const Configuration& end : search.ends()) {
        if (states.empty() || states.back() != end.state) states.push_back(end.state);
        if (states.size() == most_possible) break;
    }
    return states;
}

}  // namespace

FailingPrefix shortest_failing_prefix(std::span<const Call* const> calls, const Model& model,
                                      Moment from, Moment to, const Limits& limits,
                                      Watcher* watcher) {
    std::vector<Moment> returns;
    for (const Call* call : calls) {
        const Moment returned = call->interval.returned;
        if (returned >= from && returned <= to) returns.push_back(returned);
    }
    std::ranges::sort(returns);
    FailingPrefix found;
    const auto has_order = [&](Moment prefix) {
        const Timeline timeline(calls, model, {.until = prefix});
        const Verdict verdict = Search(timeline, model, limits, watcher).run();
        if (verdict == Verdict::BeyondLimits) found.shortest = false;
        return verdict != Verdict::NotLinearizable;
    };
    found.end = returns.back();  // That has none, as is known.
    // Mostly it is the first; else what a call was told that was open then is in the way.
    if (!has_order(returns.front())) {
        found.end = returns.front();
        return found;
    }
    returns.pop_back();
    const auto place = std::ranges::partition_point(returns, has_order);
    if (place != returns.end()) found.end = *place;
    return found;
}

Contradiction blame(std::span<const Call* const> calls, const Model& model,
                    const FailingPrefix& failing, Watcher* watcher) {
    const Moment prefix = failing.end;
    const auto second = std::ranges::find_if(
        calls, [&](const Call* call) { return call->interval.returned == prefix; });
    Contradiction found{.prefix = prefix,
                        .shortest = failing.shortest,
                        .second = *second,
                        .first = nullptr,
                        .kind = {},
                        .possible = {}};
    found.possible = possible_states(calls, model, prefix, watcher);
    const std::vector<std::size_t> others = returned_before(calls, prefix);
    Forgetting forgetting(calls, model, prefix, watcher);
    bool sure = true;
    for (const std::size_t other : others) {
        forgetting.forget(other);
        const auto order = forgetting.has_order();
        sure = order.has_value();
        if (!sure) break;
        if (!*order) continue;
        found.first = calls[other];
        return found;
    }
    found.kind = sure ? Contradiction::Kind::Lonely : Contradiction::Kind::Nearest;
    found.first = nearest(calls, others, model, **second);
    return found;
}

}  // namespace decree::history
