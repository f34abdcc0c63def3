#pragma once

/// The world that a timed scenario sets up.

#include <cstdint>

#include "sim/director.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// The highest client that is named.
[[nodiscard]] ClientNumber highest_client(const Scenario& scenario);

/// `goes_on`: also when a property is broken.
[[nodiscard]] Plan plan_of(const Scenario& scenario, std::uint64_t seed, bool goes_on);

}  // namespace decree::sim::scenario
