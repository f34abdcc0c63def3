#pragma once

#include <optional>
#include <span>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/paxos/quorum.hpp"
#include "props/ghost/electorate.hpp"
#include "props/ghost/vote_history.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// SafeAt: a ballot proposes a value only when no other value can have been chosen, or can still be
/// chosen, in a lower ballot. [PMS] 2.2 P2c; TLA+ Voting.tla "SafeAt(b, v)", by way of
/// "NoneOtherChoosableAt(c, v)": no quorum is left of those that voted otherwise at c and those
/// that have not promised more than c.
///
/// `promised`: by number of node, the highest ballot that it ever promised durably.
[[nodiscard]] std::optional<Violation> safe_at(Slot slot, const SlotVotes& votes,
                                               const BallotVotes& proposed,
                                               const QuorumSystem& system,
                                               const Electorate& electorate,
                                               std::span<const Ballot> promised);

}  // namespace decree::props
