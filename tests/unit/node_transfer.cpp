#include <set>

#include "tests/unit/cluster.hpp"

/// Snapshots on their way to another node, while newer ones are made.

namespace decree::test {
namespace {

/// N1 alone votes, and writes all the time; the others are learners that know only N1. A message
/// takes one round.
class Transfer : public testing::Test {
protected:
    static Settings settings() {
        Settings settings;
        settings.voters = {n(1)};
        settings.alpha = 8;
        return settings;
    }
    static Options options() {
        Options options;
        options.snapshot_every = 80;
        options.keep_slots = 400;
        options.part_bytes = 512;
        options.contacts = {n(1)};
        return options;
    }
    void SetUp() override {
        for (const std::uint64_t id : {2U, 3U}) cluster_.isolate(id);
        cluster_.elect(1);
        for (int i = 0; i < 1'200; ++i) {
            write();
            cluster_.step(1, TimePassed{});
            cluster_.lose_all();
        }
        ASSERT_GT(cluster_.node(1).log().trimmed_through(), Slot{0});
    }
    void write() {
        ++written_;  // Eight requests an origin: many origins, and so many pieces.
        cluster_.submit(1, written_ % 8 + 1, AppendText{"x"}, 1'000 + written_ / 8);
    }
    /// One command, and one hop of every message in flight, each `microseconds`; until node `id`
    /// has installed a snapshot. Returns whether that came before `rounds` were over.
    bool written_on_until_installed(std::uint64_t id, int rounds, std::uint64_t microseconds) {
        for (int i = 0; i < rounds; ++i) {
            if (cluster_.node(id).chosen_through() > Slot{0}) return true;
            write();
            cluster_.pass(microseconds);
            hop();
        }
        return false;
    }
    void hop() {
        for (std::size_t left = cluster_.in_flight().size(); left > 0; --left) {
            const Envelope envelope = cluster_.in_flight().front();
            cluster_.in_flight().pop_front();
            if (away_.contains(envelope.from) || away_.contains(envelope.to)) continue;
            cluster_.step(envelope.to.value,
                          Received{.from = envelope.from, .message = envelope.message});
        }
    }
    /// Nobody writes any more: node `id` must come to know everything.
    void expect_equal_in_the_end(std::uint64_t id) {
        cluster_.run(3'000'000);
        EXPECT_EQ(cluster_.node(id).applied(), cluster_.node(1).applied());
        EXPECT_EQ(cluster_.node(id).applied_digest(), cluster_.node(1).applied_digest());
    }

    Cluster cluster_{3, settings(), options()};
    std::set<NodeId> away_;  // Neither sends nor receives.
    std::uint64_t written_ = 0;
};

/// Goal: a transfer finishes, though each snapshot is replaced by a newer one long before it is
/// through. Method: more than 150 pieces, two milliseconds each; a new snapshot each 80.
TEST_F(Transfer, FinishesWhileNewerSnapshotsAreMade) {
    cluster_.heal();
    away_.insert(n(3));
    EXPECT_TRUE(written_on_until_installed(2, 2'000, 1'000));
    EXPECT_GE(cluster_.count(Rule::SnapshotCommitted), 3U);
    expect_equal_in_the_end(2);
}

/// Goal: so does the transfer to another node that begins as soon as the first has ended.
/// Method: N3 comes when N2 has its snapshot; a new snapshot is made each 800 milliseconds.
TEST_F(Transfer, FinishesForOneNodeAfterAnother) {
    cluster_.heal();
    away_.insert(n(3));
    ASSERT_TRUE(written_on_until_installed(2, 2'000, 10'000));
    away_.clear();
    EXPECT_TRUE(written_on_until_installed(3, 2'000, 10'000));
    expect_equal_in_the_end(2);
    expect_equal_in_the_end(3);
}

/// Goal: a transfer whose source is gone is begun anew with another one's snapshot.
/// Method: N1 is away in the middle of it; N3, which has all, answers instead.
TEST_F(Transfer, GoesOnWithAnotherSourceWhenTheFirstIsGone) {
    cluster_.heal();
    away_.insert(n(2));
    ASSERT_TRUE(written_on_until_installed(3, 2'000, 1'000));
    away_.clear();
    for (int i = 0; i < 40; ++i) {
        cluster_.pass(1'000);
        hop();
    }
    ASSERT_EQ(cluster_.node(2).chosen_through(), Slot{0});
    away_.insert(n(1));
    const Slot known = cluster_.node(3).chosen_through();
    for (int i = 0; i < 3'000 && cluster_.node(2).chosen_through() < known; ++i) {
        cluster_.step(3,
                      Received{.from = n(2),
                               .message = CatchUp{
                                   .from_slot = Slot{1}, .snapshot_through = {}, .next_piece = 0}});
        cluster_.pass(1'000);
        hop();
    }
    EXPECT_GT(cluster_.node(2).chosen_through(), Slot{0});
}

/// Goal: a transfer that nobody goes on with gives way where a log that is full of slots, not of
/// bytes, needs a snapshot of its own.
/// Method: N2 gets one piece from N1, which is away from then on. N3 has no such snapshot; it tells
/// N2 more slots than N2's log holds until it makes a snapshot.
TEST(StrandedTransfer, GivesWayWhereTheLogHasNoRoom) {
    Settings settings;
    settings.voters = {n(1)};
    settings.alpha = 1;
    Options options;
    options.snapshot_every = 8;
    options.keep_slots = 40;
    options.part_bytes = 512;
    options.contacts = {n(1), n(3)};
    Cluster cluster(3, settings, options);
    ASSERT_LT(most_log_slots(settings, options), 80U);
    cluster.elect(1);
    std::uint64_t written = 0;
    const auto write_through = [&](std::uint64_t last) {
        while (written < last) {
            cluster.submit(1, ++written, AppendText{std::string(100, 'x')});
            cluster.settle();
        }
        cluster.run(1'000'000);
    };
    write_through(40);
    ASSERT_EQ(cluster.node(2).applied(), Slot{40});
    cluster.isolate(2);
    write_through(80);
    ASSERT_EQ(cluster.node(3).applied(), Slot{80});
    cluster.isolate(3);
    write_through(200);
    cluster.step(1, Received{.from = n(2),
                             .message = CatchUp{
                                 .from_slot = Slot{41}, .snapshot_through = {}, .next_piece = 0}});
    ASSERT_TRUE(cluster.deliver<SnapshotPiece>(1, 2));
    ASSERT_EQ(cluster.count(Rule::SnapshotPieceTaken), 1U);
    cluster.lose_all();
    cluster.heal();
    cluster.isolate(1);
    cluster.run(20'000'000);
    EXPECT_EQ(cluster.node(2).applied(), Slot{80});
}

}  // namespace
}  // namespace decree::test
