#pragma once

/// A scenario that a test has written down.

#include <string_view>

#include <gtest/gtest.h>

#include "sim/scenario/parse.hpp"

namespace decree::sim::scenario {

inline Scenario read(std::string_view text) {
    auto scenario = parse(text);
    EXPECT_TRUE(scenario.has_value()) << text << (scenario ? "" : scenario.error().what);
    return scenario.value_or(Scenario{});
}

}  // namespace decree::sim::scenario
