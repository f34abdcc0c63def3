#include <gtest/gtest.h>

#include "tests/traces/small_world.hpp"
#include "traces/format.hpp"
#include "traces/replay.hpp"

namespace decree::traces::tests {
namespace {

// What a process wrote that was killed now and then: pieces as they came, and the end or not.
struct LiveRun {
    ByteBuffer file;
    std::vector<std::size_t> written;  // How long the file was after each writing.
    std::uint64_t steps = 0;           // That were recorded before the last one.
};

LiveRun live_run(bool ends) {
    SmallWorld world(3, "live", 64, 1'700'000'000'000'000);
    LiveRun run;
    const auto write = [&](bool now_whole) {
        world.recorder().take_blocks(run.file, now_whole);
        run.written.push_back(run.file.size());
    };
    write(true);
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    write(true);
    for (int i = 0; i < 400; ++i) {
        world.ask(world.leader().value(), "command");
        world.run(world.now() + 5'000);
        write(i % 50 == 0);
    }
    write(true);
    if (ends) {
        const ByteBuffer rest = world.recorder().finish(std::nullopt);
        run.file.insert(run.file.end(), rest.begin(), rest.end());
    }
    return run;
}

/// Goal: a trace that is written while it is made is whole in the end, and replays.
/// Method: take what is there again and again, put it together, read and replay it.
TEST(LiveTrace, PiecesMakeTheWhole) {
    const auto trace = Trace::read(live_run(true).file);
    ASSERT_TRUE(trace.has_value()) << trace.error().what;
    EXPECT_FALSE(trace->broken_off().has_value());
    EXPECT_EQ(trace->header().live_since, 1'700'000'000'000'000);
    EXPECT_GT(trace->end().steps, 1'000U);
    EXPECT_FALSE(replay_check(*trace).has_value());
}

/// Goal: what a killed process had written can be read and replayed, and says that it breaks off.
/// Method: cut the file at each length that it had, one byte before, and somewhere behind.
TEST(LiveTrace, ReplaysAsFarAsItWasWritten) {
    const LiveRun run = live_run(false);
    std::uint64_t steps = 0;
    for (const std::size_t size : run.written) {
        for (const std::size_t cut : {size - 1, size, size + 5}) {
            if (cut > run.file.size()) continue;
            const auto trace = Trace::read(
                {run.file.begin(), run.file.begin() + static_cast<std::ptrdiff_t>(cut)});
            if (cut < run.written.front()) continue;
            ASSERT_TRUE(trace.has_value()) << trace.error().what;
            EXPECT_TRUE(trace->broken_off().has_value());
            EXPECT_FALSE(replay_check(*trace).has_value()) << cut;
            if (cut != size) continue;
            EXPECT_GE(trace->end().steps, steps);
            steps = trace->end().steps;
        }
    }
    EXPECT_GT(steps, 1'000U);
}

/// Goal: what stands before the damage is told, and nothing behind it, of whatever kind it is.
/// Method: flip bits all over the file; the header's own are refused.
TEST(LiveTrace, EndsBeforeDamage) {
    const LiveRun run = live_run(true);
    const std::size_t header = run.written.front();
    for (std::size_t at = 0; at < run.file.size(); at += 97) {
        ByteBuffer damaged = run.file;
        damaged[at] ^= std::byte{1};
        const auto trace = Trace::read(std::move(damaged));
        if (trace) {
            ASSERT_TRUE(trace->broken_off().has_value()) << at;
            ASSERT_LE(trace->broken_off()->offset, at);
            ASSERT_FALSE(replay_check(*trace).has_value()) << at;
        } else {
            ASSERT_LT(at, header);
        }
    }
}

/// Goal: a simulated run's trace is whole or refused.
/// Method: the same pieces without the end, under a header that does not say "live".
TEST(LiveTrace, OthersMayNotBreakOff) {
    SmallWorld world(1);
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    ByteBuffer file;
    world.recorder().take_blocks(file, true);
    const auto trace = Trace::read(file);
    ASSERT_FALSE(trace.has_value());
    EXPECT_NE(trace.error().what.find("cut off"), std::string::npos) << trace.error().what;
}

}  // namespace
}  // namespace decree::traces::tests
