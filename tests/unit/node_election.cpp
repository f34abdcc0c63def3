#include "tests/unit/cluster.hpp"

namespace decree::test {
namespace {

/// Goal: one node alone is a cluster: it leads, chooses, answers and reads.
/// Method: a single voter; a command and a read.
TEST(Election, ASingleNodeLeadsItself) {
    Cluster cluster(1);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.read(1, 2);
    cluster.run(100'000);
    ASSERT_NE(cluster.reply(1), nullptr);
    EXPECT_EQ(cluster.reply(1)->outcome, Outcome::Done);
    ASSERT_NE(cluster.reply(2), nullptr);
    EXPECT_EQ(decode_answer(cluster.reply(2)->answer)->length, 1U);
}

/// Goal: who hears the leader refuses a pre-vote, so that one deaf node deposes nobody.
/// Method: N3 is cut off from everybody's messages but can send; it asks for long.
TEST(Election, ADeafNodeDeposesNobody) {
    Cluster cluster(3);
    cluster.elect(1);
    const Ballot ballot = cluster.node(1).ballot();
    for (int i = 0; i < 60; ++i) {
        cluster.pass(50'000);
        std::erase_if(cluster.in_flight(), [](const Envelope& e) { return e.to == n(3); });
        cluster.settle();
    }
    EXPECT_GT(cluster.count(Rule::PreVoteRefusedLeaderAlive), 5U);
    EXPECT_EQ(cluster.node(1).role(), Role::Leading);
    EXPECT_EQ(cluster.node(1).ballot(), ballot);
}

/// Goal: a leader that hears no quorum stops leading, and the others elect one.
/// Method: isolate the leader for some election timeouts.
TEST(Election, AnIsolatedLeaderStepsDown) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.isolate(1);
    cluster.run(3'000'000);
    EXPECT_NE(cluster.node(1).role(), Role::Leading);
    EXPECT_TRUE(cluster.node(2).role() == Role::Leading || cluster.node(3).role() == Role::Leading);
    EXPECT_GE(cluster.count(Rule::SteppedDownNoQuorum), 1U);
}

/// Goal: a promise leaves when the disk has it, not before; a vote likewise.
/// Method: stall a follower's disk during phase 1 and phase 2.
TEST(Election, PromisesAndVotesWaitForTheDisk) {
    Cluster cluster(3);
    cluster.stall(2);
    cluster.stall(3);
    for (int i = 0; i < 200 && cluster.node(1).role() != Role::Preparing; ++i) {
        cluster.pass_at(1, 50'000);
        while (cluster.deliver<PreVote>(1, 2) || cluster.deliver<PreVoteAnswer>(2, 1)) {
        }
    }
    ASSERT_TRUE(cluster.deliver<Prepare>(1, 2));
    EXPECT_FALSE(cluster.deliver<Promise>(2, 1));
    cluster.sync(2);
    ASSERT_TRUE(cluster.deliver<Promise>(2, 1));
    cluster.pass_at(1, 1);
    ASSERT_EQ(cluster.node(1).role(), Role::Leading);
    cluster.stall(2);
    cluster.submit(1, 1, AppendText{"a"});
    ASSERT_TRUE(cluster.deliver<Accept>(1, 2));
    EXPECT_FALSE(cluster.deliver<Accepted>(2, 1));
    cluster.sync(2);
    EXPECT_TRUE(cluster.deliver<Accepted>(2, 1));
}

/// Goal: a leader's Accepts do not wait for its own disk, and its own vote counts only when
/// durable. Method: stall the leader's disk; one follower votes, then a second.
TEST(Election, TheLeadersDiskWorksBesideItsFollowers) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.stall(1);
    cluster.submit(1, 1, AppendText{"a"});
    ASSERT_TRUE(cluster.deliver<Accept>(1, 2));
    ASSERT_TRUE(cluster.deliver<Accepted>(2, 1));
    EXPECT_EQ(cluster.node(1).chosen_through(), Slot{0});
    ASSERT_TRUE(cluster.deliver<Accept>(1, 3));
    ASSERT_TRUE(cluster.deliver<Accepted>(3, 1));
    EXPECT_EQ(cluster.node(1).chosen_through(), Slot{1});
    ASSERT_NE(cluster.reply(1), nullptr);
}

/// Goal: leadership goes to whom it is asked to go, without a time in which nobody leads.
/// Method: hand over from N1 to N2 under load; no election timeout passes.
TEST(Election, HandsOver) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.settle();
    cluster.step(1, HandoverRequested{n(2)});
    cluster.run(300'000);
    EXPECT_EQ(cluster.node(2).role(), Role::Leading);
    EXPECT_EQ(cluster.node(1).leader(), n(2));
    EXPECT_EQ(cluster.count(Rule::LeaderMissed), 1U);  // The first election only.
}

/// Goal: a handover that fails is given up, and the leader goes on.
/// Method: the next leader is cut off.
TEST(Election, AFailedHandoverIsGivenUp) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.isolate(2);
    cluster.step(1, HandoverRequested{n(2)});
    cluster.submit(1, 1, AppendText{"a"});
    cluster.run(1'500'000);
    EXPECT_EQ(cluster.node(1).role(), Role::Leading);
    EXPECT_EQ(cluster.count(Rule::HandoverGivenUp), 1U);
    EXPECT_NE(cluster.reply(1), nullptr);
}

/// Goal: whatever a peer sends, a node refuses what cannot be, and counts it.
/// Method: ballots of somebody else, slot 0, votes out of order, decisions with gaps.
TEST(Election, RefusesMessagesThatCannotBe) {
    Cluster cluster(3);
    const auto receive = [&](Message message) {
        cluster.step(2, Received{.from = n(1), .message = std::move(message)});
    };
    const Ballot foreign{9, n(3)};
    const Ballot own{9, n(1)};
    receive(Prepare{.ballot = foreign, .from_slot = Slot{1}});
    receive(Prepare{.ballot = own, .from_slot = Slot{0}});
    receive(Accept{.ballot = own, .slot = {}, .value = {}, .chosen_through = {}, .round = {}});
    receive(Heartbeat{.ballot = foreign, .chosen_through = {}, .round = {}, .shown = {}});
    receive(CatchUp{.from_slot = {}, .snapshot_through = {}, .next_piece = 0});
    receive(Decide{.entries = {{.slot = Slot{1}, .ballot = own, .value = {}},
                               {.slot = Slot{3}, .ballot = own, .value = {}}},
                   .chosen_through = Slot{3}});
    EXPECT_EQ(cluster.node(2).bad_messages(), 6U);
    EXPECT_EQ(cluster.node(2).promised(), Ballot{});
    EXPECT_EQ(cluster.node(2).log().size(), 0U);
}

}  // namespace
}  // namespace decree::test
