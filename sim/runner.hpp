#pragma once

/// The run as a parameter: what fuzzes and shrinks takes any, and tests give it one of their own.

#include <cstdint>
#include <functional>

#include "sim/run.hpp"

namespace decree::sim {

/// Like run(): wholly determined by its arguments; several threads may call it at once.
using Runner = std::function<RunResult(Choices&, const RunOptions&)>;

/// The property that a run violates when its second time ends with another digest.
inline constexpr const char* determinism = "Determinism";

/// Makes the run. What it throws becomes a violation, too.
[[nodiscard]] RunResult run_safely(const Runner& runner, Choices& choices,
                                   const RunOptions& options);

/// Makes the run of `choices`, which gives the same ones each time, twice, and compares: digests
/// that differ are a violation of `determinism`, where there is no other.
[[nodiscard]] RunResult run_twice(const Runner& runner, const std::function<Choices()>& choices,
                                  const RunOptions& options);

}  // namespace decree::sim
