#pragma once

/// Reads a scenario.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// Why a text is no scenario.
struct BadLine {
    std::size_t line{};  ///< From 1.
    std::string what;    ///< What was expected, and what stands there instead.
    bool operator==(const BadLine&) const = default;
};

/// Reads what anybody may have written. Beyond the words it checks all that can be known without
/// running it: that every node named is there, that quorums meet, that timed lines are in order.
[[nodiscard]] std::expected<Scenario, BadLine> parse(std::string_view text);

/// One line behind the setting up, without its time: a verb and its arguments.
class Words;
[[nodiscard]] Action parse_action(Words& words);
/// What stands behind `expect`.
[[nodiscard]] Fact parse_fact(Words& words);

}  // namespace decree::sim::scenario
