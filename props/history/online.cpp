#include "props/history/online.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "props/history/timeline.hpp"

namespace decree::history {

namespace {

// Where calls overlap all the time, the search goes on when so many more have returned: not each
// time, since it may get no further.
constexpr std::size_t most_returns_waiting = 64;

bool spent_by_all(const std::vector<Configuration>& ends, std::uint32_t entry) {
    return std::ranges::all_of(ends, [&](const Configuration& end) {
        return std::ranges::binary_search(end.unknown, entry);
    });
}

// The entries that are left, by their new numbers.
std::vector<std::uint32_t> renumbered(const std::vector<std::uint32_t>& entries,
                                      const std::vector<std::uint32_t>& numbers) {
    std::vector<std::uint32_t> out;
    for (const std::uint32_t entry : entries) {
        if (numbers[entry] != Entry::none) out.push_back(numbers[entry]);
    }
    return out;
}

}  // namespace

Online::Online(const Model& model, const Limits& limits) : model_(&model), limits_(limits) {}

Online::CallNumber Online::invoked(Operation operation) {
    const CallNumber number = calls_++;
    open_.emplace(number, operation.key);
    Object& object = objects_[operation.key];
    Kept& kept = object.calls.emplace_back();
    kept.number = number;
    kept.call.interval.invoked = ++now_;
    kept.call.operation = std::move(operation);
    ++object.unresolved;
    return number;
}

void Online::returned(CallNumber call, Response response) {
    ENSURE(response.status != Status::Unknown, "what returned was told something");
    Object& object = object_of(call);
    Kept& known = kept(object, call);
    known.call.interval.returned = ++now_;
    known.call.response = std::move(response);
    ++object.returns;
    resolve(object, known);
}

void Online::given_up(CallNumber call) {
    Object& object = object_of(call);
    resolve(object, kept(object, call));
}

std::size_t Online::calls_kept() const {
    std::size_t sum = 0;
    for (const auto& [key, object] : objects_) sum += object.calls.size();
    return sum;
}

std::size_t Online::configurations_kept() const {
    std::size_t sum = 0;
    for (const auto& [key, object] : objects_) sum += object.starts.size();
    return sum;
}

Online::Object& Online::object_of(CallNumber call) {
    const auto place = open_.find(call);
    ENSURE(place != open_.end(), "a call is answered, or given up, once");
    Object& object = objects_.at(place->second);
    open_.erase(place);
    return object;
}

Online::Kept& Online::kept(Object& object, CallNumber call) const {
    return *std::ranges::lower_bound(object.calls, call, {}, &Kept::number);
}

void Online::resolve(Object& object, Kept& kept) {
    kept.resolved = true;
    --object.unresolved;
    if (model_->says_nothing(kept.call.operation, kept.call.response)) {
        object.calls.erase(object.calls.begin() + (&kept - object.calls.data()));
    }
    if (verdict_ != Verdict::Linearizable) return;
    if (object.unresolved == 0 || object.returns > object.go_on_at) go_on(object);
}

// Up to the oldest call of which something may still be learned.
void Online::go_on(Object& object) {
    const auto oldest = std::ranges::find(object.calls, false, &Kept::resolved);
    const Moment until = oldest == object.calls.end() ? now_ + 1 : oldest->call.interval.invoked;
    std::vector<const Call*> calls;
    for (const Kept& kept : object.calls) calls.push_back(&kept.call);
    const Timeline timeline(calls, *model_, {.before = until});
    Search search(timeline, *model_, limits_);
    verdict_ = search.run_to_all_ends(object.starts);
    if (verdict_ == Verdict::Linearizable) return forget(object, until, search.ends());
    if (verdict_ != Verdict::NotLinearizable) return;
    const auto failed = std::ranges::find_if(
        calls, [&](const Call* call) { return call->interval.returned == search.furthest(); });
    violation_ = **failed;
}

void Online::forget(Object& object, Moment until, const std::vector<Configuration>& ends) const {
    std::vector<Kept> left;
    std::vector<std::uint32_t> numbers;  // Of the calls that the timeline had, the new ones.
    std::size_t returns = 0;
    for (Kept& kept : object.calls) {
        const Interval& interval = kept.call.interval;
        if (interval.returned >= until) ++returns;
        if (interval.invoked >= until) {
            left.push_back(std::move(kept));
            continue;
        }
        const auto entry = static_cast<std::uint32_t>(numbers.size());
        const bool closed =
            interval.returned == 0 ? spent_by_all(ends, entry) : interval.returned < until;
        numbers.push_back(closed ? Entry::none : static_cast<std::uint32_t>(left.size()));
        if (!closed) left.push_back(std::move(kept));
    }
    object.starts.clear();
    for (const Configuration& end : ends) {
        object.starts.push_back({.state = end.state,
                                 .known = renumbered(end.known, numbers),
                                 .unknown = renumbered(end.unknown, numbers)});
    }
    object.calls = std::move(left);
    object.returns = returns;
    object.go_on_at = 2 * returns + most_returns_waiting;
}

}  // namespace decree::history
