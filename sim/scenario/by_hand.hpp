#pragma once

/// Runs a scenario by hand: line by line, while time stands still.

#include <cstdint>

#include "sim/scenario/report.hpp"
#include "sim/scenario/syntax.hpp"
#include "traces/recorder.hpp"

namespace decree::sim::scenario {

/// REQUIRES: the scenario is not timed. `recorder`: hears of everything; may be nullptr.
[[nodiscard]] Report run_by_hand(const Scenario& scenario, std::uint64_t seed,
                                 traces::Recorder* recorder);

}  // namespace decree::sim::scenario
