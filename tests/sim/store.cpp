/// Runs in which nodes replicate the store.

#include <string>

#include <gtest/gtest.h>

#include "core/effects.hpp"
#include "sim/profile.hpp"
#include "sim/run.hpp"
#include "sim/shape.hpp"
#include "traces/format.hpp"
#include "traces/recorder.hpp"
#include "traces/replay.hpp"

namespace decree::sim {
namespace {

RunResult run_store(std::uint64_t seed, traces::Recorder* recorder = nullptr) {
    RunOptions options;
    options.profile = find_profile("store").value();
    options.recorder = recorder;
    Choices choices = Choices::from_seed(seed);
    return run(choices, options);
}

/// Goal: all that the store is judged by happens: refusals, expiries, locks, former holders that
/// are fenced off, reads of single nodes, watchers that are told, that are too late and whose
/// connections take nothing, other voters, and each refusal of voters. Method: the sum of 60 runs,
/// and of more until a former holder is fenced off: few runs see that, and those see it often.
TEST(StoreRuns, AreLively) {
    Statistics all;
    std::uint64_t seed = 1;
    for (; seed <= 60 || (seed <= 600 && all.fenced_off == 0); ++seed) {
        const RunResult result = run_store(seed);
        ASSERT_FALSE(result.violation) << seed << ": " << result.violation->details;
        all.merge(result.statistics);
    }
    EXPECT_EQ(all.stores, seed - 1);
    EXPECT_GT(all.store_refusals, 100U);
    EXPECT_GT(all.sessions_expired, 10U);
    EXPECT_GT(all.locks_acquired, 10U);
    EXPECT_GT(all.fenced_off, 0U);
    EXPECT_GT(all.local_reads, 100U);
    EXPECT_GT(all.watches_told, 100U);
    EXPECT_GT(all.watches_too_late, 10U);
    EXPECT_GT(all.voter_changes, 10U);
    EXPECT_GT(all.voterless_refused, 0U);
    EXPECT_GT(all.doubled_refused, 0U);
    EXPECT_GT(all.unknown_refused, 0U);
    EXPECT_GT(all.hasty_refused, 0U);
    EXPECT_GT(all.connections_full, 10U);
}

/// Goal: a trace says that nodes replicate the store, and replays bit for bit.
/// Method: record runs, and execute their steps again.
TEST(StoreRuns, TracesReplay) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Choices choices = Choices::from_seed(seed);
        const Shape shape = draw_shape(choices, find_profile("store").value());
        ASSERT_TRUE(shape.store.has_value());
        traces::Recorder recorder({.settings = shape.settings,
                                   .store = shape.store,
                                   .seed = seed,
                                   .profile = "store",
                                   .title = ""});
        const RunResult result = run_store(seed, &recorder);
        const auto trace = traces::Trace::read(recorder.finish(result.violation));
        ASSERT_TRUE(trace.has_value()) << trace.error().what;
        EXPECT_EQ(trace->header().store, shape.store);
        const auto difference = traces::replay_check(*trace);
        EXPECT_FALSE(difference) << traces::say(*difference);
        EXPECT_EQ(trace->end().digest, result.digest);
    }
}

/// Goal: the choices 0 are a run of the log of texts, also in the profile that always draws the
/// store: what is shrunk away is the store first.
/// Method: an empty record.
TEST(StoreRuns, CalmChoicesAreNoStore) {
    Choices calm = Choices::from_record({});
    EXPECT_FALSE(draw_shape(calm, find_profile("store").value()).store);
}

}  // namespace
}  // namespace decree::sim
