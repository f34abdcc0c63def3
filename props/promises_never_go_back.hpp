#pragma once

#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// PromisesNeverGoBack: what an acceptor has promised only rises, also across restarts, and it
/// casts no vote below. [PMS] 2.2 P1a "An acceptor can accept a proposal numbered n iff it has not
/// responded to a prepare request having a number greater than n"; TLA+ Voting.tla "maxBal".
///
/// `node` shows `now` (in memory, in a record, by a vote: `how`) after `before`.
[[nodiscard]] std::optional<Violation> promise_went_back(NodeId node, Ballot before, Ballot now,
                                                         std::string_view how);
[[nodiscard]] inline std::optional<Violation> promises_never_go_back(NodeId node, Ballot before,
                                                                     Ballot now,
                                                                     std::string_view how) {
    if (now >= before) [[likely]]
        return std::nullopt;
    return promise_went_back(node, before, now, how);
}

}  // namespace decree::props
