#include "sim/fresh_start.hpp"

#include <gtest/gtest.h>

#include "sim/shape.hpp"

namespace decree::sim {
namespace {

// Fails in runs of at least `needs` voters, after so many events as there are voters and
// operations.
Runner fails_from(std::uint32_t needs) {
    return [needs](Choices& choices, const RunOptions& options) {
        const Shape shape = draw_shape(choices, options.profile);
        RunResult result;
        result.statistics.events = 10 * shape.voters + shape.operations;
        if (shape.voters >= needs && choices.chance(Site::Fate, 0, 1, 4)) {
            result.violation = props::Violation{"Agreement", "planted", "Agreement: planted"};
        }
        return result;
    };
}

FailingRun found_by(const Runner& runner, std::uint32_t voters) {
    for (std::uint64_t seed = 1;; ++seed) {
        Choices choices = Choices::from_seed(seed);
        choices.keep_record();
        RunResult result = runner(choices, {});
        Choices again = Choices::from_record(choices.record());
        if (result.violation && draw_shape(again, {}).voters == voters) {
            return {choices.record(), std::move(result)};
        }
    }
}

Shape shape_of(const FailingRun& run) {
    Choices choices = Choices::from_record(run.record);
    return draw_shape(choices, {});
}

/// Goal: a bug that any cluster shows is shown in the smallest.
/// Method: a failure found with seven voters that needs no more than three.
TEST(FreshStart, FindsTheBugInTheCalmestShape) {
    const Runner runner = fails_from(1);
    const FailingRun found = found_by(runner, 7);
    std::uint64_t runs = 0;
    const auto fresh = fresh_start(runner, {}, found, {}, runs);
    ASSERT_TRUE(fresh.has_value());
    EXPECT_EQ(shape_of(*fresh).voters, 3U);
    EXPECT_EQ(shape_of(*fresh).operations, 1U);
    EXPECT_LT(fresh->result.statistics.events, found.result.statistics.events);
    Choices choices = Choices::from_record(fresh->record);
    EXPECT_EQ(runner(choices, {}).violation, fresh->result.violation);
}

/// Goal: a bug that needs many voters keeps them, and only them.
/// Method: a failure that needs five.
TEST(FreshStart, KeepsTheVotersThatTheBugNeeds) {
    const Runner runner = fails_from(5);
    const FailingRun found = found_by(runner, 6);
    std::uint64_t runs = 0;
    const auto fresh = fresh_start(runner, {}, found, {}, runs);
    ASSERT_TRUE(fresh.has_value());
    EXPECT_EQ(shape_of(*fresh).voters, 6U);
    EXPECT_EQ(shape_of(*fresh).operations, 16U);
}

/// Goal: another bug is no start, and a budget is kept.
/// Method: runs that fail with another signature than the one that was found.
TEST(FreshStart, OtherBugsDoNotCount) {
    const Runner runner = fails_from(1);
    FailingRun found = found_by(runner, 5);
    found.result.violation->signature = "Validity: another";
    std::uint64_t runs = 0;
    const ShrinkBudget budget{.runs = 400, .spent = [] { return false; }};
    EXPECT_FALSE(fresh_start(runner, {}, found, budget, runs).has_value());
    EXPECT_EQ(runs, 100U);
}

}  // namespace
}  // namespace decree::sim
