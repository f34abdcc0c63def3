#pragma once

/// Every message between nodes. README.md has the table of who sends what when, and what it waits
/// for. Field order is wire order.

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/charter.hpp"
#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/request.hpp"
#include "core/value.hpp"

namespace decree {

/// Before it raises a ballot a node asks: do you, too, miss the leader, and am I a voter? Never who
/// has the longer log. [RAFT-DISS] 9.6, without its log comparison.
struct PreVote {
    std::uint64_t attempt{};  ///< Tells this question's answers from older ones'.
    bool operator==(const PreVote&) const = default;
};

/// The answer to PreVote.
struct PreVoteAnswer {
    std::uint64_t attempt{};
    bool granted{};
    bool leader_heard{};  ///< The answering node leads, or hears who does: it can pass things on.
    Ballot promised;      ///< So that the candidate opens a ballot above it.
    Slot chosen_through;  ///< So that a laggard knows whom to ask.
    bool operator==(const PreVoteAnswer&) const = default;
};

/// Phase 1a: asks for a promise to cast no vote below `ballot`, in any slot. [PMS] 2.2 Phase 1(a);
/// one Prepare covers every slot ([PMS] 3). Past votes are to be reported from `from_slot` on:
/// earlier ones the candidate knows chosen, or already has from this acceptor.
struct Prepare {
    Ballot ballot;
    Slot from_slot;
    bool operator==(const Prepare&) const = default;
};

/// A past vote, as a promise reports it.
struct Vote {
    Slot slot;
    Ballot ballot;
    Value value;
    bool chosen{};  ///< The acceptor knows that `value` is chosen in `slot`.
    bool operator==(const Vote&) const = default;
};

/// Phase 1b, one part of it: the acceptor's votes in slots [covers_from, covers_through]. The last
/// part covers through `last_slot`. A promise counts when its parts, in one ballot, leave no gap.
/// [PMS] 2.2 Phase 1(b).
///
/// Parts are numbered by the slots that they cover, not 1, 2, 3: votes below the ballot can no
/// longer change, so parts of two answers to one ballot join without harm.
struct Promise {
    Ballot ballot;
    Slot covers_from;
    Slot covers_through;
    /// Votes through here are no longer kept: they are chosen, and in the acceptor's snapshot.
    Slot trimmed_through;
    std::vector<Vote> votes;  ///< Ascending slots.
    bool operator==(const Promise&) const = default;
};

/// Phase 2a: asks for a vote. [PMS] 2.2 Phase 2(a). Claims that the ballot's round is durable, not
/// that its sender voted.
struct Accept {
    Ballot ballot;
    Slot slot;
    Value value;
    Slot chosen_through;  ///< Watermark, good for slots accepted in this very ballot.
    Round round;          ///< The leader's newest round of confirmation; an answer confirms it.
    bool operator==(const Accept&) const = default;
};

/// Phase 2b: the vote is cast and durable. [PMS] 2.2 Phase 2(b).
struct Accepted {
    Ballot ballot;
    Slot slot;
    Round round;
    bool operator==(const Accepted&) const = default;
};

/// What a Nack refuses.
enum class Refused : std::uint8_t { PrepareMessage, AcceptMessage, HeartbeatMessage };

/// "I have promised more": an optimisation that spares the refused one a wait. [PMS] 2.5.
struct Nack {
    Ballot ballot;    ///< Of the refused message.
    Ballot promised;  ///< Why.
    Refused refused{};
    Slot slot;  ///< Of the refused Accept; else 0.
    bool operator==(const Nack&) const = default;
};

/// What a node shows of itself; peers remember the latest. All 0: nothing yet.
struct Shown {
    Incarnation incarnation;
    std::uint64_t life{};  ///< Drawn at each start: tells apart two who call themselves the same.
    /// Where the journal ended that this start found; `known_damage` if some of it was bad.
    Position found;
    Position position;  ///< All of its journal below is durable; it ends a group with records.
    bool operator==(const Shown&) const = default;
};
/// What a damaged disk has lost, its node knows and doubts: no peer needs to tell it.
inline constexpr Position known_damage{~std::uint64_t{0}};

/// The leader lives, leads, and knows this much chosen.
struct Heartbeat {
    Ballot ballot;
    Slot chosen_through;  ///< Watermark, good for slots accepted in this very ballot.
    Round round;
    Shown shown;  ///< In rounds only.
    bool operator==(const Heartbeat&) const = default;
};

/// "At `round`, I had promised nothing above your ballot."
struct HeartbeatAnswer {
    Ballot ballot;
    Round round;
    Slot chosen_through;  ///< What the answering node knows chosen.
    Slot doubt_through;   ///< Up to here its votes may be forgotten: it wants these slots chosen.
    bool granted{};       ///< It promises no other ballot for the length of a lease, from now on.
    Shown shown;
    bool operator==(const HeartbeatAnswer&) const = default;
};

/// "Tell me what is chosen from `from_slot` on." Also resumes a snapshot: the pieces from
/// `next_piece` on of the snapshot through `snapshot_through`, if the answering node still has it.
struct CatchUp {
    Slot from_slot;
    Slot snapshot_through;  ///< 0: none begun.
    std::uint64_t next_piece{};
    bool operator==(const CatchUp&) const = default;
};

/// `value` is chosen in `slot`; `ballot` is one in which a quorum accepted it.
struct Decided {
    Slot slot;
    Ballot ballot;
    Value value;
    bool operator==(const Decided&) const = default;
};

/// Answers CatchUp from the log: consecutive slots.
struct Decide {
    std::vector<Decided> entries;
    Slot chosen_through;  ///< What the sender knows chosen in all: ask again when it is more.
    bool operator==(const Decide&) const = default;
};

/// Answers CatchUp where the log is trimmed: one piece of the snapshot through `through`.
struct SnapshotPiece {
    Slot through;
    std::uint64_t piece{};  ///< 0, 1, ...
    bool last{};
    Value bytes;
    bool operator==(const SnapshotPiece&) const = default;
};

/// Clients' commands on their way to the leader, or to a node that hears it when the sender does
/// not. Needs no answer: who forwarded applies the slot, too, and repeats itself if that takes
/// long.
struct Forward {
    std::vector<Command> commands;
    bool relayed{};  ///< Passed on once already: not again.
    bool operator==(const Forward&) const = default;
};

/// A follower or learner asks the leader for a read point.
struct ReadIndex {
    std::uint64_t id{};
    bool relayed{};  ///< Asked for another node: not passed on again.
    bool operator==(const ReadIndex&) const = default;
};

/// Whoever has applied through `slot` may serve the reads that came before the question `id`.
struct ReadPoint {
    std::uint64_t id{};
    Slot slot;
    Ballot ballot;  ///< Of the leader: the slot is its watermark, too. None when passed on.
    bool operator==(const ReadPoint&) const = default;
};

/// The leader asks a voter to take over: it opens a ballot at once, without PreVote.
/// [RAFT-DISS] 3.10.
struct Handover {
    Ballot ballot;
    bool operator==(const Handover&) const = default;
};

/// What was voted for in `slot` in `ballot` is chosen: to whoever is known to hold it. Like a
/// watermark, but of one slot.
struct Chosen {
    Ballot ballot;
    Slot slot;
    bool operator==(const Chosen&) const = default;
};

/// "So far I am with founding a cluster", to another founder, or to whoever may be a member.
struct FoundingWord {
    std::vector<Founder> founders;  ///< Its list, and who answered it there; 0: nobody so far.
    Value charter;  ///< The wire form of the record that it has stored durably; empty: none.
    bool asks{};    ///< Wants to hear the same of the receiver.
    bool operator==(const FoundingWord&) const = default;
};

/// A member's answer to a FoundingWord: the cluster of this founding record exists.
struct Welcome {
    Value charter;                ///< The record's wire form.
    std::vector<NodeId> members;  ///< The voters that the sender knows now.
    bool operator==(const Welcome&) const = default;
};

/// The leader in `ballot` has given up its lease, for good: a fact, whoever tells it. Whoever it
/// handed over to says so to those whose promises it needs.
struct LeaseOver {
    Ballot ballot;
    bool operator==(const LeaseOver&) const = default;
};

/// The leader has long heard nothing of a voter: has the receiver?
struct AskSilent {
    Ballot ballot;
    NodeId node;
    bool operator==(const AskSilent&) const = default;
};
/// What the receiver has to say of it.
struct TellSilent {
    Ballot ballot;
    NodeId node;
    bool silent{};  ///< It has heard nothing of it either, since it looks or for long.
    bool operator==(const TellSilent&) const = default;
};

/// "I was here before, and have this now": to all who may remember more.
struct Returned {
    Shown shown;
    bool operator==(const Returned&) const = default;
};
/// What the receiver remembers of it.
struct Recognized {
    Shown shown;  ///< Of the Returned that is answered: whoever it was.
    /// What was known of that node; 0: nothing. Of life 0: only that it made requests under that
    /// incarnation.
    Shown before;
    bool less{};      ///< That was more, or somebody lives under that name already.
    Ballot promised;  ///< By the sender: so that a ballot that was heard of is not opened again.
    bool operator==(const Recognized&) const = default;
};

/// What travels between nodes. The index is the wire number: add at the end, never reorder.
using Message = std::variant<PreVote, PreVoteAnswer, Prepare, Promise, Accept, Accepted, Nack,
                             Heartbeat, HeartbeatAnswer, CatchUp, Decide, SnapshotPiece, Forward,
                             ReadIndex, ReadPoint, Handover, Chosen, FoundingWord, Welcome,
                             LeaseOver, AskSilent, TellSilent, Returned, Recognized>;

/// The longest value that a message may carry: 64 MiB.
inline constexpr std::size_t max_value_bytes = std::size_t{1} << 26U;

/// Whether every slot, round and length in the message is one that a cluster can reach. Asked at
/// the door, so that no arithmetic behind it overflows.
[[nodiscard]] bool is_plausible(const Message& message);

/// A message and its ends.
struct Envelope {
    NodeId from;
    NodeId to;
    Message message;
    bool operator==(const Envelope&) const = default;
};

}  // namespace decree
