#pragma once

/// A broken promise inside a node, as a violation like any other.

#include "core/contract.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// What `Node::step` threw while `node` handled `event`. The signature names the invariant and the
/// kind of the event.
[[nodiscard]] Violation contract_violation(const ContractViolation& broken, NodeId node,
                                           const Event& event);
/// What was thrown while a driver did what nodes had asked for, or a node started: it was asked for
/// something that cannot be.
[[nodiscard]] Violation contract_violation(const ContractViolation& broken);

}  // namespace decree::props
