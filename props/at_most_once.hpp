#pragma once

#include <cstdint>
#include <optional>

#include "core/ids.hpp"
#include "core/request.hpp"
#include "core/state_machine.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// AtMostOnce: a request takes effect at most once, however often it is sent and chosen.
/// [RAFT-DISS] 6.3 "each command executes exactly once".

/// Of a node's machine that differs from the reference: when it is a log of texts and holds one
/// more often than the reference does, that is why.
[[nodiscard]] std::optional<Violation> executed_twice(NodeId node, Slot applied,
                                                      const StateMachine& machine,
                                                      const StateMachine& reference);

/// The rules themselves would execute `id` in `slot` although it was executed in `before` (0: not).
[[nodiscard]] std::optional<Violation> executed_twice(const RequestId& id, Slot before, Slot slot);

}  // namespace decree::props
