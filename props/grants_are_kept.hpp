#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// The leases that one node granted, as its answers told.
struct Granted {
    Ballot to;          ///< The last one, in this life.
    Time until;         ///< By the node's own clock.
    bool ever{};        ///< It granted some, in any life.
    Time silent_until;  ///< In this life no promise before: an earlier life may have granted.
    bool operator==(const Granted&) const = default;
};

/// GrantsAreKept: a node that granted a lease promises no higher ballot before it is over by its
/// own clock, also over restarts (one that starts anew waits as long as a lease), unless the leader
/// has handed over. [PML] 5.2 "master leases": "no other replica can become master while the lease
/// is held".
///
/// `node` promises `ballot` at `now`, by its own clock; `over`: ballots whose leaders handed over.
[[nodiscard]] std::optional<Violation> grants_are_kept(NodeId node, const Granted& granted,
                                                       Ballot ballot, Time now,
                                                       const std::vector<Ballot>& over,
                                                       std::string_view how);

}  // namespace decree::props
