#pragma once

/// What a run of the world would be as a scenario: who is there, what went wrong when, what clients
/// asked. Links, disks and timers of a scenario run otherwise than those of the run, so it need not
/// come to the same end; it is where to begin to look.

#include "sim/scenario/syntax.hpp"
#include "sim/shape.hpp"
#include "traces/format.hpp"

namespace decree::sim::scenario {

/// The lines of a timed scenario: ballots opened, faults and clients' questions until something was
/// violated, or until faults ended and progress was demanded. Times are scaled by how much quicker
/// or slower than here nodes elected.
[[nodiscard]] Scenario timed_from_trace(const traces::Trace& trace, const NetworkHabits& network);

}  // namespace decree::sim::scenario
