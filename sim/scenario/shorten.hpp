#pragma once

/// Makes a scenario short enough to be read: fewer lines, nodes, clients, and smaller numbers, as
/// long as it still shows what it is to show.

#include <cstddef>
#include <functional>
#include <optional>

#include "sim/scenario/syntax.hpp"
#include "sim/shrink.hpp"

namespace decree::sim::scenario {

/// Runs a scenario. When it shows what it is to show, returns it, maybe with another seed; else
/// nothing. The same scenario always has the same answer.
using Shows = std::function<std::optional<Scenario>(const Scenario&)>;

/// How many lines the file of a scenario has.
[[nodiscard]] std::size_t lines_of(const Scenario& scenario);

/// Shortens `scenario`, which shows it, as far as the budget goes. `runs` counts.
[[nodiscard]] Scenario shorten(Scenario scenario, const Shows& shows, const ShrinkBudget& budget,
                               std::uint64_t& runs);

}  // namespace decree::sim::scenario
