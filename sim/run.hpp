#pragma once

/// One run of the world: choices in, verdict out.

#include <cstdint>
#include <optional>
#include <string>

#include "props/violation.hpp"
#include "sim/choices.hpp"
#include "sim/director.hpp"
#include "sim/profile.hpp"
#include "sim/statistics.hpp"
#include "traces/recorder.hpp"

namespace decree::sim {

/// How a run is made.
struct RunOptions {
    Profile profile;                       ///< Which faults may exist; limits of the run.
    traces::Recorder* recorder = nullptr;  ///< Where the run is recorded, if anywhere.
    bool count_rules = true;               ///< Fill Statistics::rules; a little slower.
    Director* director = nullptr;          ///< Who says what happens; nobody: it is drawn.
};

/// How a run ended.
struct RunResult {
    std::uint64_t digest{};  ///< Over every event and its effects: equal runs, equal digests.
    std::optional<props::Violation> violation;
    Statistics statistics;  ///< Events, faults, rules, elections, acknowledged operations, ...
};

/// Makes one run, wholly determined by `choices` and `options`.
[[nodiscard]] RunResult run(Choices& choices, const RunOptions& options);

}  // namespace decree::sim
