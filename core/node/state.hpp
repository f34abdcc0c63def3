#pragma once

/// The state of a node, by role and duty. Plain data: copied, compared and digested field by field.

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "core/node/snapshot.hpp"
#include "core/paxos/ballot.hpp"
#include "core/paxos/message.hpp"
#include "core/paxos/proposer.hpp"
#include "core/request.hpp"
#include "core/ring.hpp"
#include "core/state_machine.hpp"

namespace decree {

/// Waits for a leader's word, or for the time to campaign.
struct Following {
    std::optional<NodeId>
        leader;     ///< Whom this node heard last, in a ballot that it did not refuse.
    Ballot ballot;  ///< That leader's.
    bool operator==(const Following&) const = default;
};

/// Asks whether others miss the leader, too.
struct Canvassing {
    std::uint64_t attempt{};
    std::vector<NodeId> granted;  ///< Ascending; this node included.
    Time until;                   ///< Then it asks again.
    bool operator==(const Canvassing&) const = default;
};

/// What a proposer knows of another node.
struct Peer {
    NodeId node;
    Round confirmed;      ///< The newest round that it answered in this ballot.
    Time heard;           ///< Its last answer in this ballot.
    Slot chosen_through;  ///< What it last said that it knows chosen.
    Slot doubt_through;   ///< What it last said of its doubt; 0: none.
    bool caught_up{};     ///< It answered a heartbeat, knowing all that the one before had told.
    Time asked;           ///< The last Prepare to it.
    Time lease_until;     ///< Until then, by this node's clock, it surely promises nobody else.
    bool voter{};         ///< In some slot still open. Else a learner.
    bool operator==(const Peer&) const = default;
};

/// Phase 1, until all eras of the window have promised and nothing trimmed is missing here.
struct Preparing {
    PhaseOne phase1;
    std::vector<Peer> peers;  ///< Ascending; without this node.
    Time until;               ///< Then it gives up, and backs off.
    Time repeat;              ///< Then Prepare is repeated.
    Ballot lease_over;        ///< Whose leader handed over to this node; 0: nobody's.
    bool operator==(const Preparing&) const = default;
};

/// A handover that was asked for: nothing new is proposed until it ends.
struct HandingOver {
    NodeId to;
    Time until;  ///< Then it is given up.
    bool sent{};
    bool operator==(const HandingOver&) const = default;
};

/// When a round of confirmation left, for leases that its answers grant.
struct RoundSent {
    Round round;
    Time sent;  ///< Not later than any message of this round or a later one.
    bool operator==(const RoundSent&) const = default;
};

/// A lease that this node granted: until then it promises no other ballot.
struct Grant {
    Ballot to;  ///< 0: an earlier life of this node may have granted it, nobody knows to whom.
    Time until;
    bool operator==(const Grant&) const = default;
};

/// Phase 2.
struct Leading {
    PhaseOne phase1;  ///< Goes on: other voters come into view.
    PhaseTwo phase2;
    std::vector<Peer> peers;  ///< Ascending; without this node.
    /// Phase 1 found votes up to here; no read is served before they are chosen.
    Slot inherited_through;
    Round round;        ///< The newest round of confirmation.
    Time heartbeat;     ///< Next.
    Round told_in;      ///< The round of the newest heartbeats to everybody.
    Slot told;          ///< What they told chosen.
    Slot told_before;   ///< What those before them told.
    Time repeat;        ///< Next look for unanswered Accepts.
    Time since;         ///< Leads since then.
    ClusterTime stamp;  ///< Cluster time at `measured`.
    Time measured;
    Slot stamp_since;  ///< Measured since all before was executed; 0: never yet.
    Slot stamp_slot;   ///< A stamp that the machine wants is on its way there.
    Slot covered_era;  ///< Where the era began of which phase 1 is known to have a quorum.
    std::optional<HandingOver> handing_over;
    Ring<RoundSent> rounds;  ///< Ascending; as old as a lease at most, and few.
    bool lease_over{};  ///< It has handed over once, and uses no lease in this ballot any more.
    bool operator==(const Leading&) const = default;
};

using RoleState = std::variant<Following, Canvassing, Preparing, Leading>;

/// Catching up: at most one question is open. Over a slow link each answer takes its time, and an
/// answer to the same question asked again takes it from what follows: so the pace of answers says
/// how long one is awaited.
struct CatchingUp {
    struct Asked {
        NodeId node;
        Time at;
        bool operator==(const Asked&) const = default;
    };
    std::optional<NodeId> asked;  ///< Whom, last.
    Slot asked_from;              ///< For what is chosen from there on.
    Time asked_at;
    std::vector<Asked> open;   ///< Each node that was asked that question, once: when first.
    std::uint64_t patience{};  ///< After so many microseconds it is asked again.
    std::uint64_t pace{};      ///< The last answer took so many, about; at most `patience` then.
    Slot gap;                  ///< The first slot that a watermark could not tell.
    Time gap_since;
    std::uint64_t polled{};            ///< Counts through the nodes that may be asked.
    std::optional<Restorer> restorer;  ///< A snapshot is coming in.
    NodeId source;                     ///< From whom.
    Time piece_at;                     ///< Its last piece.
    bool operator==(const CatchingUp&) const = default;
};

/// Questions for pieces of a snapshot.
struct Demand {
    Time last;                 ///< Time{}: none came.
    std::uint64_t interval{};  ///< The longest between two, microseconds; bounded.
    bool operator==(const Demand&) const = default;
};

/// Snapshots of one's own.
struct Snapshots {
    std::optional<Frozen> latest;  ///< The newest whole one; other nodes get its pieces.
    Demand demand;
    std::optional<Frozen> sent;  ///< An older one that somebody is still taking in.
    Demand sent_demand;
    std::optional<Frozen> making;  ///< Being written.
    std::uint64_t next_piece{};    ///< Of `making`.
    Slot committed;                ///< Whole and given to the disk.
    Time committed_at;             ///< When it was.
    Slot installed;                ///< Came from a peer; counts as committed.
    Slot stored;                   ///< Durable.
    Slot recorded;                 ///< The journal says so, durably: segments may be released.
    Slot trim_to;                  ///< Through here the log is to be trimmed, as it was told.
    bool operator==(const Snapshots&) const = default;
};

/// What the disk may have forgotten, from the start until it does not matter any more.
struct Doubt {
    /// In a slot through here, above what is known chosen, a vote may be forgotten. 0: in none.
    Slot through;
    /// Votes too far above the gap that a missing snapshot left to be kept in the log now; by slot.
    std::vector<RecoveredSlot> put_off;
    /// The highest slot that was recovered, where the disk is damaged: then the log may begin below
    /// an older snapshot, and is longer than otherwise.
    Slot recovered_through;
    bool operator==(const Doubt&) const = default;
};

/// A voter that the leader misses, at the leader and at those whom it asked.
struct Agreed {
    NodeId node;  ///< Has heard nothing of it for long, either.
    Time at;      ///< When it said so.
    bool operator==(const Agreed&) const = default;
};
struct Suspect {
    NodeId node;
    Time heard;                  ///< Its last message, or when this node began to look.
    Time asked;                  ///< When the leader asked last.
    std::vector<Agreed> agreed;  ///< Leader: one for each node at most.
    bool operator==(const Suspect&) const = default;
};

/// How far a change of voters that this node decided on has come.
enum class ChangeState : std::uint8_t {
    Pending,    ///< Proposed.
    Scheduled,  ///< Executed: in force alpha slots later.
    Done,       ///< In force.
    Refused,    ///< It will never be in force.
    Unknown,    ///< This node ceased to lead before; it may be executed, or never.
    Withheld,   ///< Wanted, and not proposed.
};
enum class ChangeBar : std::uint8_t {
    None,
    Floor,     ///< Withheld: too few voters would be left.
    NoQuorum,  ///< Withheld: those of the new voters that are heard would not suffice.
    Others,    ///< Refused: the voters were others by the time it was executed.
    TooLate,   ///< Refused: nobody executed it before this node asked for something newer.
};
struct MemberChange {
    /// Of the command: the table of requests has its answer. None of a change that was withheld; of
    /// those there is one about each node, the latest.
    RequestId id;
    SeatChange what;
    ChangeState state{};
    ChangeBar bar{};  ///< Why it is not made.
    Slot slot;        ///< Where it was executed; 0: not yet.
    bool operator==(const MemberChange&) const = default;
};

/// Who votes, as far as this node has a say.
struct Members {
    std::vector<Suspect> suspects;      ///< At most as many as may vote.
    std::vector<MemberChange> changes;  ///< The latest last; few.
    Time stable_since;                  ///< Leader: nothing about the voters has changed since.
    bool decides{};                     ///< Leader: a change is decided on when there is room.
    bool operator==(const Members&) const = default;

    /// Whether one is still on its way: there is one at a time.
    [[nodiscard]] bool is_open() const;
    [[nodiscard]] MemberChange* find(const RequestId& id);
    void keep(const MemberChange& change);
    void withhold(const SeatChange& what, ChangeBar bar);
};

/// Not recognized yet, after a start with something on the disk.
struct Returning {
    Time ask_at;                        ///< `never` until the start is durable, and it is a member.
    std::vector<NodeId> recognized_by;  ///< Ascending.
    bool operator==(const Returning&) const = default;
};

/// Why this node takes part no more: a peer has seen more of its name than it has.
struct Outcast {
    NodeId by;
    Shown before;  ///< What the peer had seen.
    bool operator==(const Outcast&) const = default;
};

/// What another node showed last.
struct Remembered {
    NodeId node;
    Shown shown;
    bool operator==(const Remembered&) const = default;
};

/// When what is due, apart from a role's own times.
struct Timers {
    Time leader_missed;  ///< Following: campaigns then.
    Time leader_heard;   ///< The last word of a leader.
    Time poll;           ///< A learner that follows no leader asks somebody then.
    Time greet;          ///< A voter that follows a leader asks somebody, too.
    Time retry;          ///< Next look for requests and reads to repeat.
    Time seal;           ///< A quiet journal is sealed then.
    bool operator==(const Timers&) const = default;
};

}  // namespace decree
