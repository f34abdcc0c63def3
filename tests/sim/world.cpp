#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "sim/profile.hpp"
#include "sim/run.hpp"
#include "sim/shape.hpp"

namespace decree::sim {
namespace {

Profile profile_of(std::string_view name, std::optional<std::uint32_t> nodes = std::nullopt) {
    Profile profile = find_profile(name).value();
    profile.nodes = nodes;
    return profile;
}

RunResult run_seed(std::string_view profile, std::uint64_t seed,
                   std::optional<std::uint32_t> nodes = std::nullopt) {
    RunOptions options;
    options.profile = profile_of(profile, nodes);
    Choices choices = Choices::from_seed(seed);
    return run(choices, options);
}

std::string told(const RunResult& result) {
    return result.violation ? result.violation->property + ": " + result.violation->details : "";
}

/// Goal: one node alone, and three, elect a leader, choose and answer when nothing goes wrong.
/// Method: calm runs of several seeds.
TEST(World, CalmClustersAnswerEverything) {
    for (const std::uint32_t nodes : {1U, 3U}) {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const RunResult result = run_seed("calm", seed, nodes);
            ASSERT_EQ(told(result), "") << "seed " << seed;
            Choices choices = Choices::from_seed(seed);
            const std::uint32_t asked = draw_shape(choices, profile_of("calm", nodes)).operations;
            EXPECT_GE(result.statistics.acknowledged, std::min(asked, 50U));
            EXPECT_EQ(result.statistics.all_faults(), 0U);
            EXPECT_EQ(result.statistics.liveness_checked, 1U);
            EXPECT_EQ(result.statistics.stuck_allowed, 0U);
        }
    }
}

/// Goal: an empty record is a calm run that makes progress: what everything shrinks to.
/// Method: the default profile, read from nothing.
TEST(World, NoChoicesMakeACalmRun) {
    RunOptions options;
    options.profile = find_profile("default").value();
    Choices choices = Choices::from_record({});
    const RunResult result = run(choices, options);
    EXPECT_EQ(told(result), "");
    EXPECT_EQ(result.statistics.all_faults(), 0U);
    EXPECT_EQ(result.statistics.crashes, 0U);
    EXPECT_GT(result.statistics.acknowledged, 3U) << "of each node, a command and a read";
}

/// Goal: a run that has no end is a violation, not a campaign that hangs.
/// Method: a limit that any run exceeds.
TEST(World, ManyEventsAreAStorm) {
    RunOptions options;
    options.profile = find_profile("calm").value();
    options.profile.most_events = 100;
    Choices choices = Choices::from_seed(1);
    const RunResult result = run(choices, options);
    ASSERT_TRUE(result.violation.has_value());
    EXPECT_EQ(result.violation->property, "Storm");
    EXPECT_LE(result.statistics.events, 101U);
}

/// Goal: equal choices make equal runs, to the last byte.
/// Method: every profile twice; digests and statistics must agree.
TEST(World, RunsAreDeterministic) {
    for (const std::string_view profile : profile_names) {
        for (std::uint64_t seed = 100; seed < 110; ++seed) {
            const RunResult first = run_seed(profile, seed);
            const RunResult second = run_seed(profile, seed);
            EXPECT_EQ(first.digest, second.digest) << profile << " " << seed;
            EXPECT_EQ(first.statistics, second.statistics) << profile << " " << seed;
        }
    }
}

/// Goal: a recorded run replays.
/// Method: record the choices of a seed, run them again, compare.
TEST(World, RecordedChoicesReplay) {
    RunOptions options;
    options.profile = find_profile("default").value();
    for (std::uint64_t seed = 1; seed < 20; ++seed) {
        Choices original = Choices::from_seed(seed);
        original.keep_record();
        const RunResult first = run(original, options);
        Choices replay = Choices::from_record(original.record());
        const RunResult second = run(replay, options);
        EXPECT_EQ(first.digest, second.digest) << seed;
        EXPECT_EQ(first.statistics, second.statistics) << seed;
    }
}

/// Goal: whether rules are counted or the run is recorded makes no difference to it.
/// Method: the same seed with and without.
TEST(World, WatchingChangesNothing) {
    for (std::uint64_t seed = 1; seed < 10; ++seed) {
        RunOptions options;
        options.profile = find_profile("default").value();
        options.count_rules = false;
        Choices unwatched = Choices::from_seed(seed);
        const RunResult first = run(unwatched, options);
        traces::Recorder recorder(traces::RunHeader{});
        options.recorder = &recorder;
        Choices watched = Choices::from_seed(seed);
        const RunResult second = run(watched, options);
        EXPECT_EQ(first.digest, second.digest);
        EXPECT_EQ(first.statistics.events, second.statistics.events);
    }
}

/// Goal: where disks forget more than the protocol can survive, agreement breaks, and that is seen.
/// Method: seeds of the profile for that, until one does.
TEST(World, BeyondTheFaultModelAgreementBreaks) {
    std::optional<std::string> broken;
    for (std::uint64_t seed = 0; seed < 400 && !broken; ++seed) {
        const RunResult result = run_seed("amnesia", seed);
        if (result.violation) broken = result.violation->property;
    }
    ASSERT_TRUE(broken.has_value());
    EXPECT_TRUE(*broken == "SafeAt" || *broken == "StabilityOfChosen" || *broken == "Agreement")
        << *broken;
}

/// Goal: under every profile that keeps to the fault model no correct node is ever blamed, and
/// enough happens.
/// Method: some seeds of each profile; sums over them.
TEST(World, EveryProfileHoldsAndIsLively) {
    for (const std::string_view profile : profile_names) {
        if (find_profile(profile).value().beyond_fault_model) continue;
        Statistics all;
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            const RunResult result = run_seed(profile, seed);
            ASSERT_EQ(told(result), "") << profile << " seed " << seed;
            all.merge(result.statistics);
        }
        EXPECT_GT(all.acknowledged, 60U * 20U) << profile;
        EXPECT_GE(all.elections, 60U) << profile;
        EXPECT_EQ(all.all_faults() == 0, profile == "calm") << profile;
    }
}

/// Goal: a profile that does not exist is refused with the names of those that do.
/// Method: ask for one.
TEST(Profile, UnknownNamesAreRefusedWithTheKnownOnes) {
    const auto found = find_profile("stormy");
    ASSERT_FALSE(found.has_value());
    for (const std::string_view name : profile_names) {
        EXPECT_NE(found.error().find(name), std::string::npos);
        EXPECT_EQ(find_profile(name).value().name, name);
    }
}

/// Goal: sums of statistics are sums.
/// Method: merge two.
TEST(Statistics, MergeAdds) {
    Statistics a;
    a.events = 3;
    a.competing_ballots = 2;
    a.count(FaultKind::Crash);
    Statistics b = a;
    b.competing_ballots = 5;
    a.merge(b);
    EXPECT_EQ(a.events, 6U);
    EXPECT_EQ(a.competing_ballots, 5U);
    EXPECT_EQ(a.all_faults(), 2U);
}

}  // namespace
}  // namespace decree::sim
