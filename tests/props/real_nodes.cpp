#include <gtest/gtest.h>

#include "tests/props/little_world.hpp"

namespace decree::props::test {
namespace {

void expect_fine(LittleWorld& world, std::uint64_t seed) {
    const auto& violation = world.checker().violation();
    ASSERT_FALSE(violation.has_value()) << "seed " << seed << ", step " << world.steps() << ": "
                                        << violation->signature << ": " << violation->details;
}

/// Goal: nothing is found where nothing is wrong, and the run was not idle.
/// Method: three real nodes, no faults; commands and reads; then convergence.
TEST(RealNodes, NothingIsFoundWithoutFaults) {
    LittleWorld world(3, 1, {});
    world.run(20'000);
    world.calm(20'000);
    expect_fine(world, 1);
    world.checker().finish_history();
    const auto nodes = world.nodes();
    world.checker().finish_convergence(nodes);
    expect_fine(world, 1);
    const Sometimes& sometimes = world.checker().sometimes();
    EXPECT_GT(sometimes.commands_answered, 100U);
    EXPECT_GT(sometimes.reads_answered, 10U);
    EXPECT_EQ(sometimes.chosen, world.checker().chosen_through().value);
}

/// Goal: nothing is found in runs with losses, repetitions, crashes, snapshots, changes of voters.
/// Method: many seeds, each with its own number of nodes and weather.
TEST(RealNodes, NothingIsFoundInFoulWeather) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Weather weather;
        weather.drop = static_cast<std::uint32_t>(seed % 4 * 40);
        weather.duplicate = static_cast<std::uint32_t>(seed % 3 * 40);
        weather.crash = static_cast<std::uint32_t>(seed % 5 * 20);
        weather.change_voters = seed % 2 == 0;
        weather.snapshot_every = seed % 7 < 3 ? 32 : 1024;
        weather.slowest_us = 500 + seed % 6 * 4000;
        LittleWorld world(static_cast<std::uint32_t>(1 + seed % 5), seed, weather);
        world.run(10'000);
        expect_fine(world, seed);
        world.checker().finish_history();
        expect_fine(world, seed);
    }
}

}  // namespace
}  // namespace decree::props::test
