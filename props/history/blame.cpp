#include "props/history/blame.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace decree::history {

namespace {

// All that may be visited to find the two: who wants to know waits for it.
constexpr std::uint64_t states_to_blame = 2'000'000;

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
          prefix_(prefix),
          watcher_(watcher),
          forgotten_(calls.size()) {}

    void forget(std::size_t call) { forgotten_[call] = true; }
    void remember(std::size_t call) { forgotten_[call] = false; }

    // Whether there is an order now; nothing when that is too hard to say.
    [[nodiscard]] std::optional<bool> has_order() {
        const Timeline timeline(calls_, *model_, prefix_, forgotten_);
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
    Moment prefix_;
    Watcher* watcher_;
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

}  // namespace

Moment shortest_failing_prefix(std::span<const Call* const> calls, const Model& model, Moment from,
                               Moment to, const Limits& limits, Watcher* watcher) {
    std::vector<Moment> returns;
    for (const Call* call : calls) {
        const Moment returned = call->interval.returned;
        if (returned >= from && returned <= to) returns.push_back(returned);
    }
    std::ranges::sort(returns);
    const auto has_order = [&](Moment prefix) {
        const Timeline timeline(calls, model, prefix);
        return Search(timeline, model, limits, watcher).run() != Verdict::NotLinearizable;
    };
    // Mostly it is the first; else something that a call told which was open then.
    if (!has_order(returns.front())) return returns.front();
    const Moment last = returns.back();  // That has none, as is known.
    returns.pop_back();
    const auto place = std::ranges::partition_point(returns, has_order);
    return place == returns.end() ? last : *place;
}

Contradiction blame(std::span<const Call* const> calls, const Model& model, Moment prefix,
                    Watcher* watcher) {
    const auto second = std::ranges::find_if(
        calls, [&](const Call* call) { return call->interval.returned == prefix; });
    Contradiction found{.prefix = prefix, .second = *second, .first = nullptr, .kind = {}};
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
