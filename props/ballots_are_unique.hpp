#pragma once

#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// BallotsAreUnique: a ballot has one owner, and its owner works in it during one life only: a
/// restarted node opens a higher one. [PMS] 2.5 "Different proposers choose their numbers from
/// disjoint sets of numbers ... and begins phase 1 with a higher proposal number than any it has
/// already used".
///
/// `node` acts as the owner of `ballot`; `earlier`: the highest ballot of its earlier lives.
[[nodiscard]] std::optional<Violation> ballots_are_unique(NodeId node, Ballot ballot,
                                                          Ballot earlier, std::string_view how);

}  // namespace decree::props
