#pragma once

/// How fast all this is, in figures that can be compared.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/runner.hpp"

namespace decree::sim {

/// One figure: the median of several repetitions, by the processor time of one thread.
struct Figure {
    std::string name;  ///< For programs: "checked_events".
    std::uint64_t value{};
    std::string unit;  ///< "events/s".
    std::string load;  ///< What was measured, in words: a figure without its load says nothing.
};

/// How thorough.
struct BenchOptions {
    std::uint32_t repetitions = 5;
    std::uint64_t repetition_ms = 400;  ///< About; of each repetition of each figure.
};

[[nodiscard]] std::vector<Figure> bench(const Runner& runner, const BenchOptions& options);

[[nodiscard]] std::string to_text(const std::vector<Figure>& figures);
/// One object: the name of each figure to an object of the rest of it.
[[nodiscard]] std::string to_json(const std::vector<Figure>& figures);

}  // namespace decree::sim
