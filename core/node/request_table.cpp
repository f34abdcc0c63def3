#include "core/node/request_table.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree {

namespace {

// How many dropped origins are remembered for each one that may be active.
constexpr std::size_t dropped_per_origin = 16;

auto place_of(auto& origins, NodeId id) {
    return std::ranges::lower_bound(origins, id, {}, [](const auto& shared) { return shared->id; });
}

}  // namespace

Outcome outcome_of(Standing standing) {
    switch (standing) {
    case Standing::Fresh:
    case Standing::Executed:
        return Outcome::Done;
    case Standing::Stale:
        return Outcome::Stale;
    case Standing::TooFarAhead:
        return Outcome::TooFarAhead;
    case Standing::NoRoom:
        return Outcome::NoRoom;
    }
    return Outcome::Stale;
}

Origin* RequestTable::origin(NodeId id) {
    const auto at = place_of(origins_, id);
    if (at == origins_.end() || (*at)->id != id) return nullptr;
    if (at->use_count() > 1) *at = std::make_shared<Origin>(**at);
    return at->get();
}

const Origin* RequestTable::origin(NodeId id) const {
    const auto at = place_of(origins_, id);
    return at == origins_.end() || (*at)->id != id ? nullptr : at->get();
}

Standing RequestTable::admit(const RequestId& id, Slot slot, const Settings& settings) {
    Origin* known = origin(id.origin);
    if (stale(id, known)) return Standing::Stale;
    if (known == nullptr) {
        if (origins_.size() >= settings.max_origins) return Standing::NoRoom;
        Origin fresh{.id = id.origin, .incarnation = id.incarnation, .lowest = 1, .answers = {}};
        const auto at = place_of(origins_, id.origin);
        known = origins_.insert(at, std::make_shared<Origin>(std::move(fresh)))->get();
    }
    if (known->incarnation < id.incarnation) {
        known->incarnation = id.incarnation;
        known->lowest = 1;
        known->answers.clear();
    }
    // The request tells which answers arrived; they need not be kept any longer.
    for (; known->lowest < id.lowest_unanswered && !known->answers.empty(); ++known->lowest) {
        known->answers.pop_front();
    }
    known->lowest = std::max(known->lowest, id.lowest_unanswered);
    if (id.number - known->lowest >= settings.origin_window) return Standing::TooFarAhead;
    const auto index = static_cast<std::size_t>(id.number - known->lowest);
    while (known->answers.size() <= index) known->answers.push_back();
    Executed& executed = known->answers[index];
    if (executed.slot != Slot{}) return Standing::Executed;
    executed.slot = slot;
    return Standing::Fresh;
}

void RequestTable::set_answer(const RequestId& id, const Answer& answer) {
    Origin* const known = origin(id.origin);
    // A later command of the same slot may have said that this answer is not wanted any more.
    if (known == nullptr || known->incarnation != id.incarnation || id.number < known->lowest)
        return;
    known->answers[static_cast<std::size_t>(id.number - known->lowest)].answer = answer;
}

const Executed* RequestTable::find(const RequestId& id) const {
    const Origin* const known = origin(id.origin);
    if (known == nullptr || known->incarnation != id.incarnation || id.number < known->lowest) {
        return nullptr;
    }
    const std::uint64_t index = id.number - known->lowest;
    if (index >= known->answers.size()) return nullptr;
    const Executed& executed = known->answers[static_cast<std::size_t>(index)];
    return executed.slot == Slot{} ? nullptr : &executed;
}

bool RequestTable::stale(const RequestId& id, const Origin* known) const {
    const bool impossible =
        id.number == 0 || id.lowest_unanswered == 0 || id.lowest_unanswered > id.number;
    if (impossible) return true;
    // What is known was never dropped.
    if (known == nullptr) return std::ranges::binary_search(dropped_, id.origin);
    if (id.incarnation != known->incarnation) return id.incarnation < known->incarnation;
    return id.number < known->lowest;
}

bool RequestTable::drop(NodeId id, const Settings& settings) {
    if (dropped_.size() >= dropped_per_origin * settings.max_origins) return false;
    const auto place = std::ranges::lower_bound(dropped_, id);
    if (place != dropped_.end() && *place == id) return false;
    dropped_.insert(place, id);
    const auto at = place_of(origins_, id);
    if (at != origins_.end() && (*at)->id == id) origins_.erase(at);
    return true;
}

bool RequestTable::restore(Origin origin) {
    if (!origins_.empty() && origins_.back()->id >= origin.id) return false;
    origins_.push_back(std::make_shared<Origin>(std::move(origin)));
    return true;
}

bool RequestTable::restore_dropped(NodeId dropped) {
    if (!dropped_.empty() && dropped_.back() >= dropped) return false;
    dropped_.push_back(dropped);
    return true;
}

bool operator==(const RequestTable& a, const RequestTable& b) {
    const auto same = [](const auto& x, const auto& y) { return x == y || *x == *y; };
    return a.dropped_ == b.dropped_ && std::ranges::equal(a.origins_, b.origins_, same);
}

std::uint64_t RequestTable::digest() const {
    std::uint64_t digest = mix(digest_of(dropped_), origins_.size());
    for (const Shared& shared : origins_) digest = digest_of(*shared, digest);
    return digest;
}

}  // namespace decree
