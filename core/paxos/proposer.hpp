#pragma once

/// The proposer: one ballot, from its Prepare to the last Accept. [PMS] 2.2 and 3.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/paxos/membership.hpp"
#include "core/paxos/message.hpp"
#include "core/paxos/quorum.hpp"
#include "core/ring.hpp"
#include "core/value.hpp"

namespace decree {

/// What a proposer makes of a Promise.
enum class PromiseVerdict : std::uint8_t {
    Taken,     ///< Some of the acceptor's votes are now known.
    Complete,  ///< All of them are; the promise counts from now on.
    Known,     ///< It counted before.
};

/// Phase 1 of one ballot, for all slots from the first open one when it began. Goes on
/// while the ballot leads: other voters come into view as the horizon moves.
///
/// A promise is for all slots, so it counts in every era, whenever its voters come into view. What
/// it reports stays true: below the ballot its giver casts no vote any more.
class PhaseOne {
public:
    PhaseOne(Ballot ballot, Slot from) : ballot_(ballot), from_(from) {}

    [[nodiscard]] Ballot ballot() const { return ballot_; }
    [[nodiscard]] Slot from() const { return from_; }

    /// Takes (a part of) the promise of `node`. REQUIRES: promise.ballot == ballot().
    [[nodiscard]] PromiseVerdict take(NodeId node, const Promise& promise);
    /// The first slot of which `node` has not reported its votes; `from()` before any answer.
    [[nodiscard]] Slot missing_from(NodeId node) const;
    [[nodiscard]] bool complete(NodeId node) const;

    /// Whether a phase 1 quorum of `voters` has promised, completely.
    [[nodiscard]] bool covers(const QuorumSystem& system, const Voters& voters) const;
    /// Whether that holds of each of `eras`.
    [[nodiscard]] bool covers(const QuorumSystem& system, std::span<const Era> eras) const;

    /// Slots through here are chosen and trimmed at an acceptor that promised: nobody may lead
    /// before it knows them. And who said so.
    [[nodiscard]] Slot trimmed_through() const { return trimmed_through_; }
    [[nodiscard]] NodeId trimmed_at() const { return trimmed_at_; }

    /// The reported vote of the highest ballot in `slot`: what must be proposed there. nullptr:
    /// nobody of the quorum voted there, any value may be proposed. [PMS] 2.2 Phase 2(a).
    [[nodiscard]] const Vote* found(Slot slot) const;
    /// The highest slot with a reported vote; 0 when there is none.
    [[nodiscard]] Slot highest_found() const;
    /// Forgets votes up to `through`, which are known chosen.
    void forget_through(Slot through);

    bool operator==(const PhaseOne&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    struct Answer {
        Slot covered_through;        // Reported without a gap from from_ on.
        std::map<Slot, Slot> ahead;  // Later parts that came earlier: covers from, covers through.
        bool operator==(const Answer&) const = default;
    };
    void merge(const Vote& vote);

    Ballot ballot_;
    Slot from_;
    Slot trimmed_through_;
    NodeId trimmed_at_;
    std::map<NodeId, Answer> answers_;  // At most one a node of the window's eras.
    std::map<Slot, Vote> found_;        // Above what is known chosen.
};

/// A value on its way in one slot.
struct Proposal {
    Value value;      ///< Never changes: one value per ballot and slot.
    VoterBits voted;  ///< Of the slot's voters, those whose vote is durable.
    Time sent;        ///< Last time.
    bool chosen{};
    bool operator==(const Proposal&) const = default;
};

/// Phase 2 of one ballot: a stretch of consecutive slots, the first of which is the first not known
/// chosen when this began, or later.
class PhaseTwo {
public:
    explicit PhaseTwo(Slot first) : first_(first) {}

    /// The slot that the next proposal gets.
    [[nodiscard]] Slot next_slot() const { return first_ + proposals_.size(); }
    /// The first slot whose proposal is still kept.
    [[nodiscard]] Slot first() const { return first_; }
    [[nodiscard]] std::size_t size() const { return proposals_.size(); }

    /// Proposes `value` in next_slot().
    void propose(Value value, Time now);
    /// nullptr when the slot is not in flight.
    [[nodiscard]] Proposal* find(Slot slot);
    [[nodiscard]] const Proposal* find(Slot slot) const;

    /// Counts the durable vote of `node`. Returns whether with it the value became chosen.
    [[nodiscard]] bool count(const QuorumSystem& system, const Voters& voters, Slot slot,
                             NodeId node);
    /// Forgets proposals up to `through`, which are known chosen; never proposes there.
    void forget_through(Slot through);

    bool operator==(const PhaseTwo&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    Slot first_;
    Ring<Proposal> proposals_;  // At most alpha.
};

}  // namespace decree
