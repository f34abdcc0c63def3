#pragma once

#include <optional>
#include <span>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/paxos/quorum.hpp"
#include "props/ghost/electorate.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// SlotQuorums: each slot has its own voters, those that the state after slot s - alpha names, and
/// every ballot that proposes in it has a phase 1 quorum of exactly them. [PMS] 2.2 Phase 2(a) "If
/// the proposer receives a response to its prepare requests from a majority of acceptors"; [PMS] 3
/// "the set of servers that execute instance i + alpha is specified by the state after execution of
/// the i-th command".

/// Of a leader's first proposal in `slot` in `ballot`: those that have promised it, or more, are a
/// phase 1 quorum. `promised`: by number of node, what it ever promised durably.
[[nodiscard]] std::optional<Violation> leader_has_quorum(Slot slot, Ballot ballot,
                                                         const QuorumSystem& system,
                                                         const Electorate& electorate,
                                                         std::span<const Ballot> promised);

/// Nobody proposes beyond the slots whose voters the chosen log has fixed.
[[nodiscard]] std::optional<Violation> within_horizon(Slot slot, Ballot ballot, Slot horizon);

/// The phases' quorums of a slot's voters meet. Howard, Malkhi, Spiegelman: Flexible Paxos, 4.
[[nodiscard]] std::optional<Violation> quorums_meet(const QuorumSystem& system,
                                                    const Electorate& electorate);

}  // namespace decree::props
