#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/state_machine.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// EqualSnapshots: machines in equal states have equal snapshots, byte for byte; and what is made
/// of a snapshot is in that state again, and has that snapshot.
[[nodiscard]] std::optional<Violation> equal_snapshots(NodeId node, Slot applied,
                                                       const StateMachine& machine,
                                                       const StateMachine& reference);

}  // namespace decree::props
