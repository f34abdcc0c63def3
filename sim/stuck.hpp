#pragma once

/// Whether a core that makes no progress was allowed to make none.

#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/membership.hpp"
#include "core/paxos/quorum.hpp"

namespace decree::sim {

/// A member of the core, as its true disk and its memory show it.
struct CoreMember {
    NodeId node;
    Slot chosen_through;  ///< What it knows chosen, in memory or on its disk.
    Slot doubt_through;   ///< Above what it knows chosen, up to here, it may have forgotten votes.
    Slot snapshot_through;    ///< Its disk holds what is chosen through here ...
    std::vector<Slot> votes;  ///< ... and a vote or decision in these slots, ascending.
    bool operator==(const CoreMember&) const = default;
};

/// All that the judgement rests on.
struct CoreFacts {
    QuorumSystem quorums;
    std::vector<CoreMember> members;
    std::vector<Era> eras;  ///< Who votes in truth, whoever knows it; ascending.
    Slot chosen_through;    ///< What the cluster chose, whoever knows it.
};

/// Why no progress can be demanded, for a person; nothing when it can. A core is excused when
/// some slot that must come next is decided by voters of whom too few are in it, or of whom too few
/// may promise because nobody in it can tell them what they forgot; or when something that was
/// chosen is on none of its disks.
[[nodiscard]] std::optional<std::string> allowed_to_be_stuck(const CoreFacts& facts);

}  // namespace decree::sim
