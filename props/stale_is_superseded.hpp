#pragma once

#include <optional>

#include "core/effects.hpp"
#include "core/request.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// Stale is said only of requests that their origin has given up: those numbered below what it
/// called unanswered, of an older incarnation, or of an origin that was dropped. Here clients give
/// up none that they still wait for, and drop no origin that waits; so one that waits is never
/// told so. `anonymous`: the node named the request, and answers for its own restarts.
[[nodiscard]] std::optional<Violation> stale_is_superseded(const RequestId& id, Outcome outcome,
                                                           bool anonymous);

}  // namespace decree::props
