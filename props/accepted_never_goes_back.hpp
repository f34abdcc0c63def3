#pragma once

#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// AcceptedNeverGoesBack: in each slot an acceptor's latest vote is in the highest ballot, also
/// across restarts. It follows from [PMS] 2.2 P1a: accepting a ballot promises it, too; TLA+
/// Paxos.tla "maxVBal".
///
/// In `slot`, `node` held a vote in ballot `before`, and now has one in `now`.
[[nodiscard]] std::optional<Violation> accepted_went_back(NodeId node, Slot slot, Ballot before,
                                                          Ballot now, std::string_view how);
[[nodiscard]] inline std::optional<Violation> accepted_never_goes_back(NodeId node, Slot slot,
                                                                       Ballot before, Ballot now,
                                                                       std::string_view how) {
    if (now >= before) [[likely]]
        return std::nullopt;
    return accepted_went_back(node, slot, before, now, how);
}

}  // namespace decree::props
