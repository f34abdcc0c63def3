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
#include "core/paxos/proposer.hpp"

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
    Time asked;           ///< The last Prepare to it.
    bool voter{};         ///< In some slot still open. Else a learner.
    bool operator==(const Peer&) const = default;
};

/// Phase 1, until all eras of the window have promised and nothing trimmed is missing here.
struct Preparing {
    PhaseOne phase1;
    std::vector<Peer> peers;  ///< Ascending; without this node.
    Time until;               ///< Then it gives up, and backs off.
    Time repeat;              ///< Then Prepare is repeated.
    bool operator==(const Preparing&) const = default;
};

/// A handover that was asked for: nothing new is proposed until it ends.
struct HandingOver {
    NodeId to;
    Time until;  ///< Then it is given up.
    bool sent{};
    bool operator==(const HandingOver&) const = default;
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
    Time repeat;        ///< Next look for unanswered Accepts.
    Time since;         ///< Leads since then.
    ClusterTime stamp;  ///< Cluster time at `measured`.
    Time measured;
    Slot stamp_slot;   ///< A stamp that the machine wants is on its way there.
    Slot covered_era;  ///< Where the era began of which phase 1 is known to have a quorum.
    std::optional<HandingOver> handing_over;
    bool operator==(const Leading&) const = default;
};

using RoleState = std::variant<Following, Canvassing, Preparing, Leading>;

/// Catching up: at most one question is open.
struct CatchingUp {
    std::optional<NodeId> asked;  ///< Whom.
    Time asked_at;
    Slot gap;  ///< The first slot that a watermark could not tell.
    Time gap_since;
    std::uint64_t polled{};            ///< Counts through the nodes that may be asked.
    std::optional<Restorer> restorer;  ///< A snapshot is coming in.
    NodeId source;                     ///< From whom.
    Time piece_at;                     ///< Its last piece.
    bool operator==(const CatchingUp&) const = default;
};

/// Snapshots of one's own.
struct Snapshots {
    std::optional<Frozen> latest;  ///< The newest whole one; other nodes get its pieces.
    Time asked;                    ///< The last question for a later piece of it.
    std::optional<Frozen> sent;    ///< An older one that somebody is still taking in.
    Time sent_asked;               ///< The same, of that one.
    std::optional<Frozen> making;  ///< Being written.
    std::uint64_t next_piece{};    ///< Of `making`.
    Slot committed;                ///< Whole and given to the disk.
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

/// When what is due, apart from a role's own times.
struct Timers {
    Time leader_missed;  ///< Following: campaigns then.
    Time leader_heard;   ///< The last word of a leader.
    Time retry;          ///< Next look for requests and reads to repeat.
    Time seal;           ///< A quiet journal is sealed then.
    bool operator==(const Timers&) const = default;
};

}  // namespace decree
