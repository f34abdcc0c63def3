#include "props/history/timeline.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace decree::history {

namespace {
constexpr Response unanswered{};
}  // namespace

Timeline::Timeline(std::span<const Call* const> calls, const Model& model, const Scope& scope) {
    add_entries(calls, model, scope);
    find_twins();
    add_steps(scope.before);
    assign_slots();
    find_last_changes(model);
    find_next_told();
}

void Timeline::add_entries(std::span<const Call* const> calls, const Model& model,
                           const Scope& scope) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const Call& call = *calls[i];
        if (call.interval.invoked > scope.until || call.interval.invoked >= scope.before) break;
        const bool forgotten = scope.forgotten != nullptr && (*scope.forgotten)[i];
        if (forgotten && call.response.status == Status::Failed) continue;
        const bool unknown = forgotten || call.response.status == Status::Unknown ||
                             call.interval.returned > scope.until;
        const Response& response = unknown ? unanswered : call.response;
        if (model.says_nothing(call.operation, response)) continue;
        entries_.push_back({.call = &call,
                            .response = &response,
                            .slot = 0,
                            .unknown = unknown,
                            .observes = model.only_observes(call.operation, response)});
    }
}

void Timeline::find_twins() {
    const auto less = [](const Operation* a, const Operation* b) { return *a < *b; };
    std::map<const Operation*, std::uint32_t, decltype(less)> latest(less);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        if (!entries_[i].unknown) continue;
        const auto [place, first] = latest.try_emplace(&entries_[i].call->operation, i);
        if (!first) entries_[i].twin = std::exchange(place->second, i);
    }
}

void Timeline::add_steps(Moment before) {
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        const Interval& interval = entry.call->interval;
        steps_.push_back({.returns = false, .entry = i, .moment = interval.invoked});
        if (entry.unknown || interval.returned >= before) continue;
        steps_.push_back({.returns = true, .entry = i, .moment = interval.returned});
    }
    std::ranges::sort(steps_, {}, &Step::moment);
}

void Timeline::assign_slots() {
    std::vector<std::uint32_t> free;  // Slots, the last of which is the next to be used.
    for (const Step& step : steps_) {
        Entry& entry = entries_[step.entry];
        if (step.returns) {
            free.push_back(entry.slot);
        } else if (entry.unknown) {
            entry.slot = unknown_slots_++;
        } else if (free.empty()) {
            entry.slot = known_slots_++;
        } else {
            entry.slot = free.back();
            free.pop_back();
        }
    }
}

// What was invoked before a call returned can take effect before it, until it has returned itself.
void Timeline::find_last_changes(const Model& model) {
    // Of the calls invoked so far, the last to return:
    Moment overwrites = 0;
    Moment makes_anything = 0;
    std::map<std::string_view, Moment> makes;
    for (const Step& step : steps_) {
        Entry& entry = entries_[step.entry];
        if (step.returns && entry.response->told) {
            entry.last_overwritten = overwrites;
            const auto made = makes.find(*entry.response->told);
            entry.last_made = std::max(makes_anything, made == makes.end() ? 0 : made->second);
        }
        if (step.returns || entry.observes) continue;
        const Operation& operation = entry.call->operation;
        const Moment returned = entry.unknown ? ~Moment{0} : entry.call->interval.returned;
        const State* made = model.makes(operation);
        Moment& latest = made == nullptr ? makes_anything : makes[*made];
        latest = std::max(latest, returned);
        if (model.overwrites(operation)) overwrites = std::max(overwrites, returned);
    }
}

void Timeline::find_next_told() {
    const auto returned = [&](std::uint32_t i) {
        return i == Entry::none ? ~Moment{0} : entries_[i].call->interval.returned;
    };
    std::uint32_t next = Entry::none;
    for (std::size_t i = steps_.size(); i-- > 0;) {
        Step& step = steps_[i];
        step.next_told = next;
        const bool told = !step.returns && entries_[step.entry].response->told;
        if (told && returned(step.entry) < returned(next)) next = step.entry;
    }
}

}  // namespace decree::history
