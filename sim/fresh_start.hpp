#pragma once

/// A failing run that is small to begin with, to shrink instead of the one that was found.

#include <cstdint>
#include <optional>
#include <string>

#include "sim/choices.hpp"
#include "sim/runner.hpp"
#include "sim/shrink.hpp"

namespace decree::sim {

/// A run that failed: what it drew, and how it ended.
struct FailingRun {
    ChoiceRecord record;
    RunResult result;
};

/// Most bugs do not need the seven nodes and the busy clients of the run that met them first. Draws
/// runs of simpler shapes and with fewer kinds of faults anew, and returns the shortest that fails
/// with the signature of `found`. Nothing if none has fewer events than `found`. Adds the runs made
/// to `runs`; makes no more than a quarter of what the budget allows.
[[nodiscard]] std::optional<FailingRun> fresh_start(const Runner& runner, const RunOptions& options,
                                                    const FailingRun& found,
                                                    const ShrinkBudget& budget,
                                                    std::uint64_t& runs);

}  // namespace decree::sim
