/// What the disk may have forgotten, and how that comes to be of no matter.

#include <algorithm>

#include "core/node/node.hpp"

namespace decree {

void Node::begin_in_doubt(Effects& out) {
    if (in_doubt()) out.took(Rule::StartedInDoubt, {}, acceptor_.promised(), doubt_.through);
}

/// The first slot from `from` on in which a vote may be forgotten: no promise may cover it. Only
/// what is known chosen ends the doubt in a slot. That a peer voted there for something proves
/// nothing: the vote that is forgotten here may have been the one that made another value chosen.
///
/// A promise is one for all slots from `from` on, so one doubted slot withholds it. While votes are
/// put off there is no promise at all, since it could not report them.
std::optional<Slot> Node::doubted_from(Slot from) const {
    if (!in_doubt()) return std::nullopt;
    Slot slot = std::max(from, first_unknown());
    if (!doubt_.put_off.empty()) return slot;
    for (; slot <= doubt_.through; slot = next(slot)) {
        const LogEntry* const entry = acceptor_.log().find(slot);
        if (entry == nullptr || !entry->chosen) return slot;
    }
    return std::nullopt;
}

/// A vote that was put off stands in the log before it is noted what was chosen in its slot: that
/// is written with the higher ballot of both.
void Node::take_back(Slot slot) {
    const auto held = std::ranges::lower_bound(doubt_.put_off, slot, {}, &RecoveredSlot::slot);
    if (held == doubt_.put_off.end() || held->slot != slot) return;
    acceptor_.restore(slot, {.ballot = held->ballot, .value = held->value, .chosen = held->chosen});
}

/// Also where the journal has that very vote already: it stands before the damage, where recovery
/// cannot tell that it is the newest. A start after this one has to doubt less.
void Node::record_decided(Slot slot) {
    const LogEntry& entry = *acceptor_.log().find(slot);
    journal_.add(DecidedRecord{.slot = slot, .ballot = entry.ballot, .value = entry.value});
}

/// What was put off and is known chosen is in doubt no more; it only waits for room in the log.
bool Node::take_back_chosen() {
    const Slot limit = log_limit();
    const std::size_t before = doubt_.put_off.size();
    for (const RecoveredSlot& held : doubt_.put_off) {
        if (held.chosen && held.slot <= limit) take_back(held.slot);
    }
    std::erase_if(doubt_.put_off,
                  [&](const RecoveredSlot& held) { return held.chosen && held.slot <= limit; });
    return doubt_.put_off.size() < before;
}

/// Ends the doubt once all that it was about is known chosen. That this is durable need not be
/// waited for: a promise waits for the disk anyway, and after a crash the next start doubts again
/// what it does not find.
void Node::end_doubt(Effects& out) {
    while (take_back_chosen()) {
        if (learner_.advance(acceptor_)) follow_chosen(out);
    }
    if (learner_.chosen_through < doubt_.through) return;
    out.took(Rule::DoubtEnded, {}, {}, doubt_.through);
    doubt_.through = Slot{};
    for (const RecoveredSlot& held : doubt_.put_off) take_back(held.slot);
    doubt_.put_off.clear();
    if (learner_.advance(acceptor_)) follow_chosen(out);
}

/// Through here a leader sees to it that something is chosen, so that all voters promise again: a
/// vote that is forgotten may have been for a slot that nobody else ever heard of. Beyond the
/// window nobody voted.
Slot Node::doubted_by_voters() const {
    Slot through;
    for (const Peer& peer : std::get<Leading>(role_).peers) {
        if (peer.voter && peer.doubt_through <= membership().horizon()) {
            through = std::max(through, peer.doubt_through);
        }
    }
    return through;
}

}  // namespace decree
