#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/ids.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// A node at the end of a run.
struct FinalState {
    NodeId node;
    Slot chosen_through;
    Slot applied;
    std::uint64_t digest{};  ///< Of all that replicas must agree on.
};

/// Convergence: once faults have ended for the core, its members know and have applied everything
/// that is chosen, and are in the same state. Progress in the words of [PMS] 2.4: a single
/// distinguished proposer that a majority can reach succeeds.
///
/// `chosen`: the highest slot of which something is chosen.
[[nodiscard]] std::optional<Violation> convergence(std::span<const FinalState> core, Slot chosen);

}  // namespace decree::props
