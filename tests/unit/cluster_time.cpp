/// Which batches tell cluster time: those whose order is the order in which they were made.

#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "core/node/executor.hpp"
#include "core/store/command_log.hpp"

namespace decree::test {
namespace {

/// Slots, one after the other; each says what the time is then.
struct Slots {
    Settings settings = [] {
        Settings one;
        one.voters = {NodeId{1}};
        return one;
    }();
    Executor executor{settings, std::make_unique<CommandLog>(settings)};

    std::uint64_t batch(std::uint64_t round, std::uint64_t since, std::uint64_t time) {
        ByteBuffer bytes;
        const Stamp stamp{.time = ClusterTime{time},
                          .by = Ballot{.round = round, .node = NodeId{round}},
                          .since = Slot{since}};
        return apply(encode_batch(stamp, {}, bytes));
    }
    std::uint64_t noop() { return apply({}); }
    std::uint64_t apply(const Value& value) {
        std::vector<CommandResult> results;
        std::vector<NodeId> dropped;
        executor.apply(next(executor.applied()), value, settings, results, dropped);
        return executor.stamp().time.value;
    }
};

/// Goal: one leader after the other tells the time; it never goes back; a no-op is no matter.
/// Method: two leaders, a no-op in the slots of each, a stamp that is earlier.
TEST(ClusterTime, EachLeaderTellsItFromItsFirstSlotOn) {
    Slots slots;
    EXPECT_EQ(slots.batch(1, 1, 100), 100U);
    EXPECT_EQ(slots.noop(), 100U);
    EXPECT_EQ(slots.batch(1, 1, 200), 200U);
    EXPECT_EQ(slots.batch(2, 4, 150), 200U);
    EXPECT_EQ(slots.noop(), 200U);
    EXPECT_EQ(slots.batch(2, 4, 250), 250U);
}

/// Goal: a leader that has not executed what it found tells no time.
/// Method: batches of such a leader, then one of its that begins behind them.
TEST(ClusterTime, IsNotToldBeforeWhatWasFoundIsExecuted) {
    Slots slots;
    EXPECT_EQ(slots.batch(1, 0, 100), 0U);
    EXPECT_EQ(slots.batch(1, 0, 200), 0U);
    EXPECT_EQ(slots.batch(1, 3, 150), 150U);
}

/// Goal: batches of a deposed leader that are chosen behind those of a later one count for nothing,
/// and neither does what the later one tells behind them: who knows what it saw of those.
/// Method: a slot of leader 2, two that leader 1 had put into flight, one of leader 2; leader 3.
TEST(ClusterTime, StaleBatchesTellNone) {
    Slots slots;
    EXPECT_EQ(slots.batch(1, 1, 100), 100U);
    EXPECT_EQ(slots.batch(2, 2, 110), 110U);
    EXPECT_EQ(slots.batch(1, 1, 500), 110U);
    EXPECT_EQ(slots.batch(1, 1, 600), 110U);
    EXPECT_EQ(slots.batch(2, 2, 700), 110U);
    EXPECT_EQ(slots.batch(3, 6, 120), 120U);
}

}  // namespace
}  // namespace decree::test
