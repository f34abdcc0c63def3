#include "tests/unit/cluster.hpp"

namespace decree::test {
namespace {

/// Goal: a change of voters takes hold alpha slots later, and the window is filled at once.
/// Method: replace N2 and N3 by N4 and N5, who must first promise; nobody writes anything more.
TEST(Members, AChangeTakesHoldAlphaSlotsLaterByItself) {
    Cluster cluster(5, three_of(8));
    cluster.elect(1);
    cluster.submit(1, 1, SetVoters{{n(1), n(4), n(5)}});
    cluster.run(1'000'000);
    const Membership& members = cluster.node(1).membership();
    EXPECT_EQ(members.voters(next(cluster.node(1).chosen_through())), (Voters{n(1), n(4), n(5)}));
    EXPECT_FALSE(members.change_pending(next(cluster.node(1).chosen_through())));
    EXPECT_EQ(cluster.count(Rule::WindowFilledWithNoop), 7U);
    EXPECT_GE(cluster.count(Rule::PhaseOneAsksNewVoters), 1U);
    cluster.isolate(2);
    cluster.isolate(3);
    cluster.submit(1, 2, AppendText{"without them"});
    cluster.run(1'000'000);
    EXPECT_EQ(cluster.texts(4), std::vector<std::string>{"without them"});
}

/// Goal: a leader that hears enough voters for phase 2, but never gets the promises of new ones,
/// stops leading: it could propose nothing more, and would keep the others from electing one.
/// Method: a grid in which each row gets a new voter, and a leader that reaches neither; the others
/// reach everybody.
TEST(Members, ALeaderWithoutPromisesOfNewVotersStepsDown) {
    Settings settings = three_of(4);
    settings.voters = {n(2), n(3), n(4), n(5), n(6), n(7)};
    settings.quorums = Grid{.rows = 2, .columns = 3};
    Cluster cluster(8, settings);
    cluster.elect(4);
    cluster.cut(4, 1);
    cluster.cut(4, 8);
    cluster.submit(4, 1, SetVoters{{n(1), n(3), n(4), n(5), n(6), n(8)}});
    cluster.run(4'000'000);
    EXPECT_GE(cluster.count(Rule::SteppedDownNoQuorum), 1U);
    EXPECT_NE(cluster.node(4).role(), Role::Leading);
    cluster.submit(5, 2, AppendText{"on"});
    cluster.run(1'000'000);
    EXPECT_EQ(cluster.texts(5), std::vector<std::string>{"on"});
}

/// Goal: a removed leader stops at s + alpha and hands over; the rest go on.
/// Method: the leader removes itself.
TEST(Members, ARemovedLeaderLeaves) {
    Cluster cluster(3, three_of(4));
    cluster.elect(1);
    cluster.submit(1, 1, SetVoters{{n(2), n(3)}});
    cluster.run(2'000'000);
    EXPECT_NE(cluster.node(1).role(), Role::Leading);
    EXPECT_TRUE(cluster.node(2).role() == Role::Leading || cluster.node(3).role() == Role::Leading);
    EXPECT_EQ(cluster.count(Rule::SteppedDownRemoved), 1U);
    cluster.submit(2, 2, AppendText{"on"});
    cluster.run(1'000'000);
    EXPECT_EQ(cluster.texts(2), std::vector<std::string>{"on"});
}

/// Goal: a removed node campaigns no more.
/// Method: remove N3, let it learn so, cut it off for long.
TEST(Members, ARemovedNodeDoesNotCampaign) {
    Cluster cluster(3, three_of(4));
    cluster.elect(1);
    cluster.submit(1, 1, SetVoters{{n(1), n(2)}});
    cluster.run(1'000'000);
    cluster.isolate(3);
    cluster.run(3'000'000);
    EXPECT_GT(cluster.count(Rule::CampaignWithheldNotAVoter), 0U);
    EXPECT_EQ(cluster.node(3).role(), Role::Following);
}

/// Goal: a learner learns without a vote, and votes after its promotion.
/// Method: N4 is no voter at first; it knows N1 only.
TEST(Members, ALearnerLearnsAndIsPromoted) {
    Options options;
    options.contacts = {n(1)};
    Cluster cluster(4, three_of(4), options);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.run(2'000'000);
    EXPECT_EQ(cluster.texts(4), std::vector<std::string>{"a"});
    EXPECT_EQ(cluster.count(Rule::VoteIgnoredNotAVoter), 0U);
    cluster.submit(1, 2, SetVoters{{n(1), n(2), n(3), n(4)}});
    cluster.run(1'000'000);
    cluster.isolate(3);
    cluster.submit(1, 3, AppendText{"b"});
    cluster.run(1'000'000);
    EXPECT_NE(cluster.reply(3), nullptr);
}

/// Goal: voters for whom the quorum system does not work are refused, at apply.
/// Method: flexible sizes made for three voters; ask for one.
TEST(Members, VotersWithoutQuorumsAreRefused) {
    Settings settings = three_of(4);
    settings.quorums = Sizes{.phase1 = 2, .phase2 = 2};
    Cluster cluster(3, settings);
    cluster.elect(1);
    cluster.submit(1, 1, SetVoters{{n(1)}});
    cluster.submit(1, 2, SetVoters{});
    cluster.settle();
    EXPECT_TRUE(decode_answer(cluster.reply(1)->answer)->refused);
    EXPECT_TRUE(decode_answer(cluster.reply(2)->answer)->refused);
}

/// Goal: a read is confirmed by a quorum after it arrived, also at a follower; a local one is not.
/// Method: reads at the leader, a follower, and an isolated old leader.
TEST(Reads, AreConfirmedByAQuorum) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.run(200'000);
    cluster.read(1, 10);
    EXPECT_EQ(cluster.reply(10), nullptr);
    cluster.read(3, 11);
    cluster.settle();
    ASSERT_NE(cluster.reply(10), nullptr);
    ASSERT_NE(cluster.reply(11), nullptr);
    EXPECT_EQ(decode_answer(cluster.reply(11)->answer)->length, 1U);
    cluster.isolate(1);
    cluster.read(1, 12);
    cluster.read(1, 13, true);
    cluster.settle();
    EXPECT_EQ(cluster.reply(12), nullptr);
    EXPECT_NE(cluster.reply(13), nullptr);
}

/// Goal: reads that come together share a round.
/// Method: twenty reads at the leader while the first round is open.
TEST(Reads, ShareRounds) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.run(100'000);
    const std::uint64_t before = cluster.count(Rule::ReadRoundStarted);
    for (std::uint64_t tag = 1; tag <= 20; ++tag) cluster.read(1, tag);
    cluster.settle();
    for (std::uint64_t tag = 1; tag <= 20; ++tag) EXPECT_NE(cluster.reply(tag), nullptr);
    EXPECT_EQ(cluster.count(Rule::ReadRoundStarted) - before, 2U);
}

/// Goal: a new leader serves no read before what it found is chosen.
/// Method: N2 finds a vote of N1's; its accepts are held back while a read waits.
TEST(Reads, WaitForWhatPhaseOneFound) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    ASSERT_TRUE(cluster.deliver<Accept>(1, 2));
    cluster.lose_all();
    cluster.isolate(1);
    for (int i = 0; i < 200 && cluster.node(2).role() != Role::Leading; ++i) {
        cluster.pass_at(2, 50'000);
        for (const auto& [from, to] : {std::pair{2, 3}, std::pair{3, 2}}) {
            const auto a = static_cast<std::uint64_t>(from);
            const auto b = static_cast<std::uint64_t>(to);
            while (cluster.deliver<PreVote>(a, b) || cluster.deliver<PreVoteAnswer>(a, b) ||
                   cluster.deliver<Prepare>(a, b) || cluster.deliver<Promise>(a, b)) {
            }
        }
    }
    ASSERT_EQ(cluster.node(2).role(), Role::Leading);
    cluster.read(2, 1);
    while (cluster.deliver<Heartbeat>(2, 3) || cluster.deliver<HeartbeatAnswer>(3, 2)) {
    }
    EXPECT_EQ(cluster.reply(1), nullptr);
    EXPECT_GT(cluster.count(Rule::ReadWaitsForInherited), 0U);
    cluster.settle();
    cluster.run(100'000);
    ASSERT_NE(cluster.reply(1), nullptr);
}

/// Goal: a node that does not hear the leader, but a node that does, is served all the same.
/// Method: cut N1 (leading) from N3 both ways; a command and a read at N3.
TEST(Reads, ANodeCutFromTheLeaderIsServedThroughAnother) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.cut(1, 3);
    cluster.run(2'000'000);
    ASSERT_EQ(cluster.node(1).role(), Role::Leading);
    cluster.submit(3, 1, AppendText{"a"});
    cluster.read(3, 2);
    cluster.run(3'000'000);
    EXPECT_EQ(cluster.node(1).role(), Role::Leading);
    ASSERT_NE(cluster.reply(1), nullptr);
    ASSERT_NE(cluster.reply(2), nullptr);
    EXPECT_GE(cluster.count(Rule::ForwardPassedOn), 1U);
    EXPECT_GE(cluster.count(Rule::ReadPassedOn), 1U);
}

/// Goal: a voter that knows only of voters that are gone, or cut off from it, comes to know of the
/// one that took their place.
/// Method: N2 hears nothing while N4 takes the place of N3, which is gone then. N1 leads N4, and N2
/// hears N4 alone, which misses no leader.
TEST(Members, AVoterThatMissedAChangeHearsOfTheNewOne) {
    Settings settings = three_of();
    Options options;
    options.contacts = {n(1), n(3)};
    Cluster cluster(4, settings, options);
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.isolate(2);
    cluster.submit(1, 1, SetVoters{{n(1), n(2), n(4)}});
    cluster.run(2'000'000);
    for (std::uint64_t number = 2; number <= 2 * settings.alpha; ++number) {
        cluster.submit(1, number, AppendText{"x"});
        cluster.settle();
    }
    cluster.run(2'000'000);
    ASSERT_TRUE(cluster.node(4).membership().votes_from(next(cluster.node(4).applied()), n(4)));
    cluster.heal();
    cluster.isolate(3);
    cluster.cut(1, 2);
    cluster.run(20'000'000);
    EXPECT_EQ(cluster.node(2).applied(), cluster.node(1).applied());
    EXPECT_GT(cluster.node(2).applied(), Slot{settings.alpha});
}

}  // namespace
}  // namespace decree::test
