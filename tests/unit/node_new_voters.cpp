#include "tests/unit/cluster.hpp"

/// A leader that stays, or comes back, while the voters change: what the new ones have decided
/// without it.

namespace decree::test {
namespace {

constexpr std::uint64_t last_acknowledged = 28;

Options trimming_soon() {
    Options options;
    options.batch_commands = 1;
    options.keep_slots = 0;
    options.snapshot_every = 4;
    options.contacts = {n(2), n(4)};
    return options;
}

/// N2 leads, chooses {N1, N4, N5} as voters, and the window behind that; N3 voted, N1 heard
/// nothing.
void change_voters(Cluster& cluster) {
    cluster.elect(2);
    cluster.run(2'000'000);
    cluster.isolate(1);
    cluster.submit(2, 1, SetVoters{{n(1), n(4), n(5)}});
    for (std::uint64_t i = 2; i <= 8; ++i) cluster.submit(2, i, AppendText{"x"});
    cluster.exchange<Accept, Accepted>(2, 3);
    for (const std::uint64_t other : {2U, 4U, 5U}) cluster.cut(3, other);
    for (int i = 0; i < 60; ++i) {
        for (const std::uint64_t id : {2U, 4U, 5U}) cluster.pass_at(id, 10'000);
        cluster.settle();
    }
}

/// N4 leads the new voters, also when N2 handed over to N5: it chooses eight texts with N5,
/// answers, and trims them.
void new_voters_go_on(Cluster& cluster) {
    cluster.step(5, HandoverRequested{n(4)});
    for (int i = 0; i < 400 && cluster.node(4).role() != Role::Leading; ++i) {
        for (const std::uint64_t id : {4U, 5U}) cluster.pass_at(id, 10'000);
        cluster.settle();
    }
    ASSERT_EQ(cluster.node(4).role(), Role::Leading);
    for (std::uint64_t i = 21; i <= last_acknowledged; ++i) {
        cluster.submit(4, i, AppendText{"acknowledged " + std::to_string(i)});
    }
    cluster.exchange<Accept, Accepted>(4, 5);
    for (int i = 0; i < 20; ++i) cluster.step(4, TimePassed{});
    ASSERT_NE(cluster.reply(last_acknowledged), nullptr);
    ASSERT_EQ(cluster.texts(4).size(), 15U);
    ASSERT_EQ(cluster.node(4).log().size(), 0U);
}

/// N1 leads the old voters again, by N3's word, above N4's ballot: with N3 it chooses the change
/// and the window a second time. The next slot is one of the new voters'.
void old_voters_come_back(Cluster& cluster) {
    cluster.heal();
    for (const std::uint64_t id : {2U, 4U, 5U}) cluster.isolate(id);
    cluster.lose_all();
    cluster.elect_with(1, 3, cluster.node(4).promised().round + 1);
    cluster.exchange<Accept, Accepted>(1, 3);
    const Membership& members = cluster.node(1).membership();
    ASSERT_EQ(members.voters(next(cluster.node(1).chosen_through())), (Voters{n(1), n(4), n(5)}));
    ASSERT_LT(cluster.node(1).chosen_through(), cluster.node(4).chosen_through());
}

class NewVoters : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_NO_FATAL_FAILURE(change_voters(cluster_));
        ASSERT_NO_FATAL_FAILURE(new_voters_go_on(cluster_));
        ASSERT_NO_FATAL_FAILURE(old_voters_come_back(cluster_));
        cluster_.lose_all();
    }
    Cluster cluster_{5, three_of(8), trimming_soon()};
};

/// Goal: what the new voters chose and trimmed is decided: a leader of the old ones proposes
/// nothing there. Method: N4's promise reports no vote, only that all is trimmed; commands wait at
/// N1.
TEST_F(NewVoters, ALeaderProposesNothingInWhatTheyHaveTrimmed) {
    cluster_.pass_at(1, 100'000);
    ASSERT_TRUE(cluster_.deliver<Prepare>(1, 4));
    cluster_.exchange<Promise>(4, 1);
    for (std::uint64_t i = 31; i <= 38; ++i) cluster_.submit(1, i, AppendText{"other"});
    EXPECT_FALSE(cluster_.deliver<Accept>(1, 4));
    EXPECT_FALSE(cluster_.deliver<Accept>(1, 5));
    EXPECT_GE(cluster_.count(Rule::PhaseOneMustCatchUp), 1U);
    for (int i = 0; i < 40; ++i) {
        cluster_.exchange<Heartbeat, HeartbeatAnswer, CatchUp, Decide, SnapshotPiece>(1, 4);
        cluster_.pass_at(1, 50'000);  // It may ask others first, in vain.
    }
    EXPECT_EQ(cluster_.node(1).chosen_through(), cluster_.node(4).chosen_through());
    EXPECT_EQ(cluster_.node(1).applied_digest(), cluster_.node(4).applied_digest());
    cluster_.heal();
    cluster_.run(5'000'000);
    for (std::uint64_t i = 31; i <= 38; ++i) EXPECT_NE(cluster_.reply(i), nullptr) << i;
    for (const std::uint64_t id : {1U, 4U, 5U}) {
        EXPECT_EQ(cluster_.texts(id).size(), 23U) << id;
        EXPECT_EQ(cluster_.texts(id), cluster_.texts(4)) << id;
    }
}

/// Goal: a leader serves no read in a slot whose voters have not promised its ballot: in a lower
/// one they may have chosen there. Method: N4's disk takes its time with the promise; its answers
/// to heartbeats confirm a round meanwhile.
TEST_F(NewVoters, ALeaderServesNoReadBeforeTheyHavePromised) {
    cluster_.stall(4);
    cluster_.pass_at(1, 100'000);
    ASSERT_TRUE(cluster_.deliver<Prepare>(1, 4));
    cluster_.read(1, 99);
    for (int i = 0; i < 4; ++i) {
        cluster_.pass_at(1, 1'000);
        cluster_.exchange<Heartbeat, HeartbeatAnswer>(1, 4);
    }
    EXPECT_EQ(cluster_.reply(99), nullptr);
    EXPECT_GE(cluster_.count(Rule::ReadWaitsForPhaseOne), 1U);
    cluster_.sync(4);
    cluster_.heal();
    cluster_.run(5'000'000);
    ASSERT_NE(cluster_.reply(99), nullptr);
    const auto written = decode_answer(cluster_.reply(last_acknowledged)->answer);
    const auto read = decode_answer(cluster_.reply(99)->answer);
    ASSERT_TRUE(written && read);
    EXPECT_GE(read->length, written->length);
}

/// Goal: a candidate that learns, while its own promise waits for the disk, that it is no voter any
/// more stops in the middle of that promise. Method: N3's votes make several parts; it catches up
/// with its removal before its disk syncs.
TEST(Members, ACandidateRemovedBeforeItsPromiseIsDurableGivesUp) {
    Options options;
    options.part_bytes = 64;
    options.batch_commands = 1;
    Cluster cluster(3, three_of(4), options);
    cluster.elect(1);
    cluster.run(200'000);
    cluster.submit(1, 1, SetVoters{{n(1), n(2)}});
    for (std::uint64_t i = 2; i <= 4; ++i) cluster.submit(1, i, AppendText{"x"});
    cluster.exchange<Accept>(1, 3);
    cluster.exchange<Accept, Accepted>(1, 2);
    cluster.lose_all();
    for (std::uint64_t slot = 1; slot <= 4; ++slot) {
        cluster.step(
            1, Received{.from = n(3),
                        .message = CatchUp{
                            .from_slot = Slot{slot}, .snapshot_through = {}, .next_piece = 0}});
    }
    for (int i = 0; i < 100 && cluster.node(3).role() != Role::Canvassing; ++i) {
        cluster.pass_at(3, 50'000);
    }
    cluster.stall(3);
    for (int i = 0; i < 100 && cluster.node(3).role() != Role::Preparing; ++i) {
        cluster.pass_at(3, 10'000);
        cluster.exchange<PreVote, PreVoteAnswer>(3, 2);
    }
    ASSERT_EQ(cluster.node(3).role(), Role::Preparing);
    cluster.exchange<Decide>(1, 3);
    ASSERT_EQ(cluster.node(3).chosen_through(), Slot{4});
    cluster.sync(3);
    EXPECT_EQ(cluster.node(3).role(), Role::Following);
    EXPECT_EQ(cluster.count(Rule::SteppedDownRemoved), 1U);
}

}  // namespace
}  // namespace decree::test
