#pragma once

/// What came of a scenario.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "props/violation.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// How a run ended.
enum class Ending : std::uint8_t {
    Passed,
    Failed,      ///< Something that should hold did not.
    Impossible,  ///< A line cannot happen: the scenario is wrong.
};

struct Report {
    Ending ending = Ending::Passed;
    std::size_t line = 0;  ///< In the file, where it ended; 0: behind the last.
    std::string why;       ///< For a person; "" when it passed.
    bool judged = true;    ///< Its expectations count: the patch that it needs, if any, is planted.
    std::size_t done = 0;  ///< Lines that did something.
    std::size_t expected = 0;  ///< Expectations that held.
    std::size_t skipped = 0;   ///< Lines that could not happen, where that is forgiven.
    std::vector<props::Violation> violations;  ///< In the order in which they were found.
    std::uint64_t digest = 0;                  ///< Of the run.
};

/// The exit status of decree-sim.
[[nodiscard]] int status_of(const Report& report);

/// Where it ended, as "FILE:12"; or "FILE".
[[nodiscard]] std::string place_of(const Report& report, const std::string& file);
/// Some lines for a person.
[[nodiscard]] std::string say(const Report& report, const Scenario& scenario,
                              const std::string& file);
/// One JSON object, with a newline.
[[nodiscard]] std::string to_json(const Report& report, const Scenario& scenario,
                                  const std::string& file);

}  // namespace decree::sim::scenario
