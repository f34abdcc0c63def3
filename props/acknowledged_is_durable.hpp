#pragma once

#include <optional>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "props/ghost/operations.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// AcknowledgedIsDurable: a client hears that its command is done only when the command lies in a
/// slot that durable votes of a quorum have chosen, as has every slot before. Since the chosen log
/// only grows (Agreement, StabilityOfChosen), it then stays for ever. [PMS] 2.5 on what survives
/// failures, and 3 on when a command may be executed.

/// A node replies Done: `reply.slot` is where the command was executed, or what a read had applied.
[[nodiscard]] std::optional<Violation> acknowledged_is_durable(NodeId node, const Reply& reply,
                                                               Slot chosen_through);

/// A client was told Done: its command was executed by the chosen log.
[[nodiscard]] std::optional<Violation> acknowledged_is_durable(const Operation& operation,
                                                               Slot chosen_through);

/// A client was told that nothing of it was even proposed, at the only time when it asked: then it
/// was not executed, nor will it be.
[[nodiscard]] std::optional<Violation> refused_is_not_executed(const Operation& operation);

}  // namespace decree::props
