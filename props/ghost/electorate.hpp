#pragma once

/// Who votes in which slot, and how many of them suffice: counted by hand, on purpose not with the
/// code that is judged.

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/quorum.hpp"
#include "props/ghost/node_set.hpp"

namespace decree::props {

/// The voters of a stretch of slots.
struct Electorate {
    Slot from;
    Voters voters;
    std::vector<NodeIndex> seats;  ///< The number of each voter, in their order.
    NodeSet members;
};

/// Whether those of `nodes` that vote in `electorate` suffice in that phase. Others do not count.
[[nodiscard]] bool suffices(const QuorumSystem& system, const Electorate& electorate, Phase phase,
                            const NodeSet& nodes);

/// Whether some sufficient set of phase 1 and some sufficient set of phase 2 have no voter in
/// common. Tries all sets; of more than 12 voters it says no.
[[nodiscard]] bool quorums_can_miss(const QuorumSystem& system, const Electorate& electorate);

/// The electorates of all slots so far.
class Electorates {
public:
    Electorates(const Voters& voters, NodeTable& nodes);

    /// From slot `from` on these are the voters. REQUIRES: `from` is above all earlier ones.
    /// Returns whether they are others than before.
    bool change(Slot from, const Voters& voters, NodeTable& nodes);
    /// Whoever governs `slot`, if no later change comes.
    [[nodiscard]] const Electorate& at(Slot slot) const;
    [[nodiscard]] const Electorate& newest() const { return all_.back(); }

private:
    std::vector<Electorate> all_;  // Ascending; at least one.
};

}  // namespace decree::props
