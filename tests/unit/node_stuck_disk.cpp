#include "tests/unit/cluster.hpp"

/// A disk that takes what it is given and never says that it has it.

namespace decree::test {
namespace {

/// N1 leads three nodes whose logs are soon full.
Cluster led_with_small_logs() {
    Options options;
    options.snapshot_every = 16;
    options.keep_slots = 4;
    Cluster cluster(3, three_of(8), options);
    cluster.elect(1);
    return cluster;
}

/// A client of N2 writes more slots than N1's log may hold, which ends N1's lead and loses nothing.
void overfill(Cluster& cluster) {
    constexpr std::uint64_t commands = 250;
    for (std::uint64_t i = 1; i <= commands; ++i) {
        cluster.submit(2, i, AppendText{"x"});
        cluster.run(10'000);
    }
    cluster.run(5'000'000);
    EXPECT_NE(cluster.node(1).role(), Role::Leading);
    for (std::uint64_t i = 1; i <= commands; ++i) EXPECT_NE(cluster.reply(i), nullptr) << i;
}

/// Goal: a leader whose disk hangs gives up the lead before its full log stops everybody.
/// Method: N1's disk hangs under writes.
TEST(StuckDisk, ALeaderGivesUpTheLead) {
    Cluster cluster = led_with_small_logs();
    cluster.stall(1);
    overfill(cluster);
    EXPECT_EQ(cluster.count(Rule::SteppedDownDiskHangs), 1U);
    cluster.sync(1);
    cluster.run(2'000'000);
    EXPECT_EQ(cluster.texts(1), cluster.texts(2));
}

/// Goal: the same where the journal is quick, and only the snapshot that would make room is not.
/// Method: N1's snapshots hang under writes; nothing waits for its journal.
TEST(StuckDisk, ALeaderWithoutRoomGivesUpTheLead) {
    Cluster cluster = led_with_small_logs();
    cluster.stall_snapshots(1);
    overfill(cluster);
    EXPECT_GE(cluster.count(Rule::SteppedDownDiskHangs), 1U);
}

/// Goal: a node whose disk hangs does not want to lead. Method: N3's vote waits for its disk; then
/// it hears nobody for long.
TEST(StuckDisk, AFollowerDoesNotCampaign) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.stall(3);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.settle();
    cluster.run(2'000'000);
    cluster.isolate(3);
    const std::uint64_t before = cluster.count(Rule::PreVoteAsked);
    cluster.run(3'000'000);
    EXPECT_EQ(cluster.count(Rule::PreVoteAsked), before);
    EXPECT_GE(cluster.count(Rule::CampaignWithheldDiskHangs), 1U);
    cluster.sync(3);
    cluster.run(2'000'000);
    EXPECT_GT(cluster.count(Rule::PreVoteAsked), before);
}

/// Goal: nobody hands the lead over to a node whose disk hangs.
/// Method: N3's vote waits for its disk; N1 is asked to hand over to it.
TEST(StuckDisk, AFollowerTakesNoHandover) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.stall(3);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.settle();
    cluster.run(2'500'000);
    const Ballot ballot = cluster.node(1).ballot();
    cluster.step(1, HandoverRequested{n(3)});
    cluster.run(1'000'000);
    EXPECT_EQ(cluster.count(Rule::HandoverSent), 1U);
    EXPECT_EQ(cluster.count(Rule::HandoverTaken), 0U);
    EXPECT_EQ(cluster.node(1).ballot(), ballot);
}

}  // namespace
}  // namespace decree::test
