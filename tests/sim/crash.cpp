#include "sim/crash.hpp"

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "sim/fuzz.hpp"

namespace decree::sim {
namespace {

Profile membership_of(std::optional<std::uint32_t> nodes) {
    Profile profile = find_profile("membership").value();
    profile.nodes = nodes;
    return profile;
}

// Uses stack until there is none.
std::uint64_t recurse(std::uint64_t depth) {  // NOLINT(misc-no-recursion)
    if (depth == UINT64_MAX) return 0;
    volatile std::uint64_t here = depth;
    const std::uint64_t below = recurse(depth + 1);
    return below + here;
}

// A campaign whose run of seed 7 never returns from calling itself.
void run_out_of_stack() {
    watch_for_crashes();
    Choices wanted = Choices::from_seed(7);
    const std::uint32_t bad = wanted.draw(Site::Fate, 0, 1'000'000);
    FuzzPlan plan;
    plan.seeds = {1, 64};
    plan.profile = membership_of(std::nullopt);
    const Runner runner = [bad](Choices& choices, const RunOptions&) {
        RunResult result;
        if (choices.draw(Site::Fate, 0, 1'000'000) == bad) result.digest = recurse(0);
        return result;
    };
    static_cast<void>(fuzz(plan, runner, {}));
}

/// Goal: a signal that ends the program names the run and how to make it again.
/// Method: each of the signals, raised while a run has its name.
TEST(CrashDeathTest, NamesTheSeed) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
        EXPECT_DEATH(
            {
                watch_for_crashes();
                const NamedRun named = name_seed(membership_of(5), 240'378);
                static_cast<void>(std::raise(signal));
            },
            "decree-sim: seed 240378 of profile membership crashed the program .signal " +
                std::to_string(signal) +
                ".; again: decree-sim digest --profile membership --nodes 5 --seeds "
                "240378..240378\n");
    }
}

/// Goal: also where no stack is left, and in a thread of a campaign.
/// Method: see run_out_of_stack().
TEST(CrashDeathTest, NamesTheSeedOfAWorkerWithoutStack) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(run_out_of_stack(),
                 "seed 7 of profile membership crashed the program .signal 11.; again: decree-sim "
                 "digest --profile membership --seeds 7..7\n");
}

}  // namespace
}  // namespace decree::sim
