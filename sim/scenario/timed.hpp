#pragma once

/// Runs a timed scenario: the world runs by itself from a seed, and each line comes at its time.

#include <cstdint>
#include <optional>

#include "sim/scenario/parse.hpp"
#include "sim/scenario/report.hpp"
#include "sim/scenario/syntax.hpp"
#include "traces/recorder.hpp"

namespace decree::sim::scenario {

/// After the last line the run goes on for so long: four elections' time.
inline constexpr std::uint64_t timed_rest_us = 2'000'000;

/// Why a scenario, if it is timed, cannot be run, whatever happens in it: it names nodes or clients
/// beyond those that a world can have, or goes on behind its end.
[[nodiscard]] std::optional<BadLine> check_timed(const Scenario& scenario);

/// REQUIRES: the scenario is timed, and check_timed() found nothing. `recorder`: hears of
/// everything; may be nullptr.
[[nodiscard]] Report run_timed(const Scenario& scenario, std::uint64_t seed,
                               traces::Recorder* recorder);

}  // namespace decree::sim::scenario
