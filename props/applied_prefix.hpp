#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/state_machine.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// AppliedPrefix: replicas that have applied the same slots are in the same state, namely the one
/// to which the chosen log leads. [PMS] 3 "all servers execute the same sequence of commands".
///
/// `expected`: the digest of the reference after `applied`. Where the machine is a log that holds a
/// text twice, the violation is one of AtMostOnce. `how`: where the difference shows.
[[nodiscard]] std::optional<Violation> applied_prefix(NodeId node, Slot applied,
                                                      const StateMachine& machine,
                                                      std::uint64_t expected,
                                                      const StateMachine& reference);

/// The same of all that replicas must agree on, requests and voters included: `other` had another
/// digest after the same slots.
[[nodiscard]] std::optional<Violation> applied_prefix(NodeId node, Slot applied,
                                                      std::uint64_t digest, NodeId other,
                                                      std::uint64_t others);

/// Applied slots never go back in one life.
[[nodiscard]] std::optional<Violation> applied_never_goes_back(NodeId node, Slot before, Slot now);

}  // namespace decree::props
