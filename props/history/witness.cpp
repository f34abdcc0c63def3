#include "props/history/witness.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace decree::history {

namespace {

bool explains(std::span<const Call* const> calls, std::span<const Placed> order,
              const Model& model) {
    State state;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool changes = order[i].first % 2 == 0;
        if (i > 0 && changes && order[i - 1].first == order[i].first) return false;
        const Call& call = *calls[order[i].operation];
        auto next = model.apply(state, call.operation, call.response);
        if (!next) return false;
        state = *std::move(next);
    }
    return true;
}

}  // namespace

std::optional<Misplaced> first_misplaced(std::span<const Placed> calls) {
    struct Event {
        Moment when{};
        std::size_t call{};
        bool returns{};
    };
    std::vector<Event> events;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const Interval& interval = calls[i].interval;
        events.push_back({.when = interval.invoked, .call = i, .returns = false});
        if (interval.returned != 0) {
            events.push_back({.when = interval.returned, .call = i, .returns = true});
        }
    }
    std::ranges::sort(events, {}, &Event::when);
    std::vector<Point> earliest(calls.size());  // Where a call can take effect at the earliest.
    Point shown = 0;                            // What those that returned have shown so far.
    for (const Event& event : events) {
        const Placed& call = calls[event.call];
        if (event.returns) {
            shown = std::max(shown, earliest[event.call]);
            continue;
        }
        const bool changes = call.first == call.last && call.first % 2 == 0;
        earliest[event.call] = std::max(call.first, changes ? shown + 1 : shown | 1U);
        if (earliest[event.call] <= call.last) continue;
        return Misplaced{.operation = call.operation, .last = call.last, .shown = shown};
    }
    return std::nullopt;
}

bool witnessed(std::span<const Call* const> calls, const Model& model) {
    constexpr std::uint64_t most = ~std::uint64_t{0} / 2 - 1;
    std::vector<Placed> order;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const Call& call = *calls[i];
        const bool unknown = call.response.status == Status::Unknown;
        if (unknown || model.says_nothing(call.operation, call.response)) continue;
        if (!call.revision || *call.revision > most) return false;
        const bool observes = model.only_observes(call.operation, call.response);
        const Point point = 2 * *call.revision + (observes ? 1 : 0);
        order.push_back({.interval = call.interval, .first = point, .last = point, .operation = i});
    }
    if (first_misplaced(order)) return false;
    std::ranges::sort(order, {},
                      [](const Placed& call) { return std::pair(call.first, call.operation); });
    return explains(calls, order, model);
}

}  // namespace decree::history
