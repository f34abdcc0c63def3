#include "tests/unit/cluster.hpp"

/// Who gets a vote by the leader's decision, and who loses it.

namespace decree::test {
namespace {

constexpr std::uint64_t dead_after = 400'000;
constexpr std::uint64_t stable_after = 600'000;

Settings with_voters(std::uint64_t count, std::uint64_t alpha = 8) {
    Settings settings;
    for (std::uint64_t id = 1; id <= count; ++id) settings.voters.push_back(n(id));
    settings.alpha = alpha;
    return settings;
}

Options judging(std::uint32_t least_voters) {
    Options options;
    options.election = 200'000;
    options.heartbeat = 50'000;
    options.contacts = {n(1)};
    options.members = {.promotes = true,
                       .dead_after = dead_after,
                       .stable_after = stable_after,
                       .least_voters = least_voters};
    return options;
}

Voters voters_at(Cluster& cluster, std::uint64_t id) {
    const Node& node = cluster.node(id);
    return node.membership().eras(next(node.chosen_through())).back().voters;
}

/// Goal: a learner that has caught up gets a free seat by itself; one whose vote was taken away
/// does not. Method: N3 loses its seat to nobody; N4 learns.
TEST(Seats, ALearnerThatHasCaughtUpGetsAFreeOne) {
    Cluster cluster(4, with_voters(3), judging(3));
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.run(1'000'000);
    ASSERT_EQ(voters_at(cluster, 1), (Voters{n(1), n(2), n(3)})) << "no seat is free";
    cluster.submit(1, 2, SetVoters{{n(1), n(2)}});
    cluster.run(2'000'000);
    EXPECT_EQ(voters_at(cluster, 1), (Voters{n(1), n(2), n(4)}));
    EXPECT_EQ(cluster.count(Rule::LearnerPromoted), 1U);
    ASSERT_EQ(cluster.node(1).member_changes().size(), 1U);
    const MemberChange& change = cluster.node(1).member_changes().front();
    EXPECT_EQ(change.state, ChangeState::Done);
    EXPECT_EQ(change.what, (SeatChange{.in = n(4), .out = {}}));
    EXPECT_EQ(change.id.origin, n(1));
    EXPECT_NE(change.slot, Slot{});
}

/// Goal: one that has not caught up gets none. Method: N4 hears the leader, and nothing of what is
/// chosen reaches it.
TEST(Seats, ALearnerThatLagsGetsNone) {
    Cluster cluster(4, with_voters(3), judging(3));
    cluster.elect(1);
    cluster.submit(1, 1, SetVoters{{n(1), n(2)}});
    cluster.exchange<Accept, Accepted>(1, 2);
    for (std::uint64_t i = 2; i <= 40; ++i) {
        cluster.submit(1, i, AppendText{"x"});
        cluster.exchange<Accept, Accepted>(1, 2);
    }
    for (int i = 0; i < 40; ++i) {
        cluster.pass_at(1, 50'000);
        cluster.exchange<Heartbeat, HeartbeatAnswer, Accept, Accepted>(1, 2);
        cluster.step(1,
                     Received{.from = n(4),
                              .message = CatchUp{
                                  .from_slot = Slot{1}, .snapshot_through = {}, .next_piece = 0}});
        cluster.exchange<Heartbeat, HeartbeatAnswer>(1, 4);
    }
    EXPECT_EQ(cluster.count(Rule::LearnerPromoted), 0U);
    cluster.run(1'000'000);
    EXPECT_EQ(cluster.count(Rule::LearnerPromoted), 1U);
}

/// Goal: a learner that keeps up with a busy cluster has caught up, although it never knows all
/// that the leader knows by then. Method: between one heartbeat and the next forty slots are
/// chosen.
TEST(Seats, ALearnerThatKeepsUpWithABusyClusterGetsOne) {
    Cluster cluster(4, with_voters(3), judging(3));
    cluster.elect(1);
    cluster.submit(1, 1, SetVoters{{n(1), n(2)}});
    cluster.settle();
    cluster.step(1, Received{.from = n(4),
                             .message = CatchUp{
                                 .from_slot = Slot{1}, .snapshot_through = {}, .next_piece = 0}});
    std::uint64_t command = 2;
    for (int beat = 0; beat < 60 && cluster.count(Rule::LearnerPromoted) == 0; ++beat) {
        cluster.pass_at(1, 50'000);
        cluster.exchange<Heartbeat, HeartbeatAnswer, Accept, Accepted>(1, 2);
        cluster.settle();
        for (int i = 0; i < 40; ++i) {
            cluster.submit(1, command++, AppendText{"x"});
            cluster.exchange<Accept, Accepted>(1, 2);
        }
    }
    EXPECT_EQ(cluster.count(Rule::LearnerPromoted), 1U);
}

/// Goal: a voter that a majority calls dead loses its seat to a learner; when it comes back it
/// learns so, and disturbs nobody. Method: N3 is cut off, and comes back.
TEST(Seats, TheDeadAreReplaced) {
    Cluster cluster(4, with_voters(3), judging(3));
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.isolate(3);
    cluster.run(2'000'000);
    EXPECT_EQ(voters_at(cluster, 1), (Voters{n(1), n(2), n(4)}));
    EXPECT_EQ(cluster.count(Rule::DeadReplaced), 1U);
    EXPECT_EQ(cluster.node(1).member_changes().back().state, ChangeState::Done);
    const Ballot before = cluster.node(1).ballot();
    EXPECT_EQ(cluster.count(Rule::OwnRemovalLearned), 0U);
    cluster.heal();
    cluster.run(2'000'000);
    EXPECT_EQ(cluster.count(Rule::OwnRemovalLearned), 1U);
    EXPECT_EQ(cluster.node(1).ballot(), before);
    EXPECT_EQ(cluster.node(3).role(), Role::Following);
    EXPECT_EQ(voters_at(cluster, 3), (Voters{n(1), n(2), n(4)}));
}

/// Goal: without a learner the dead are removed, but never below the floor.
/// Method: three voters, one of them dead; a floor of three, or of two.
TEST(Seats, TheDeadAreNotRemovedBelowTheFloor) {
    for (const std::uint32_t floor : {3U, 2U}) {
        Cluster cluster(3, with_voters(3), judging(floor));
        cluster.elect(1);
        cluster.run(1'000'000);
        cluster.isolate(3);
        cluster.run(2'000'000);
        EXPECT_EQ(cluster.count(Rule::RemovalWithheldFloor) > 0, floor == 3);
        EXPECT_EQ(cluster.count(Rule::DeadRemoved), floor == 3 ? 0U : 1U);
        const auto& changes = cluster.node(1).member_changes();
        ASSERT_EQ(changes.size(), 1U);
        EXPECT_EQ(changes[0].what.out, n(3));
        EXPECT_EQ(changes[0].state, floor == 3 ? ChangeState::Withheld : ChangeState::Done);
        EXPECT_EQ(changes[0].bar, floor == 3 ? ChangeBar::Floor : ChangeBar::None);
        EXPECT_EQ(voters_at(cluster, 1).size(), floor);
    }
}

/// Goal: whom only the leader misses is not dead.
/// Method: the link between leader and N3 is cut; N2 hears both.
TEST(Seats, WhomAMajorityDoesNotMissStays) {
    Cluster cluster(4, with_voters(3), judging(1));
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.cut(1, 3);
    cluster.run(4'000'000);
    EXPECT_EQ(voters_at(cluster, 2), (Voters{n(1), n(2), n(3)}));
    EXPECT_GT(cluster.count(Rule::SilenceDenied), 0U);
    EXPECT_EQ(cluster.count(Rule::DeadReplaced), 0U);
}

/// Goal: half of the voters are no majority. Method: four voters; two of them hear nobody else.
TEST(Seats, HalfIsNoMajority) {
    Settings settings = with_voters(4);
    settings.quorums = Sizes{.phase1 = 3, .phase2 = 2};
    Cluster cluster(4, settings, judging(1));
    cluster.elect(1);
    cluster.run(1'000'000);
    for (const std::uint64_t a : {1U, 2U}) {
        for (const std::uint64_t b : {3U, 4U}) cluster.cut(a, b);
    }
    cluster.run(3'000'000);
    EXPECT_GT(cluster.count(Rule::SilenceConfirmed), 0U);
    EXPECT_EQ(cluster.count(Rule::DeadRemoved), 0U);
}

/// Goal: a change after which those that are heard would not suffice is not made.
/// Method: five voters, phase 1 needs four; of four that would be left one is dead, too.
TEST(Seats, AChangeThatWouldLoseTheQuorumIsNotMade) {
    Settings settings = with_voters(5);
    settings.quorums = Sizes{.phase1 = 4, .phase2 = 2};
    Cluster cluster(5, settings, judging(1));
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.isolate(4);
    cluster.isolate(5);
    cluster.run(2'000'000);
    EXPECT_GT(cluster.count(Rule::ChangeWithheldNoQuorum), 0U);
    EXPECT_EQ(cluster.count(Rule::DeadRemoved), 0U);
    const auto& changes = cluster.node(1).member_changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].state, ChangeState::Withheld);
    EXPECT_EQ(changes[0].bar, ChangeBar::NoQuorum);
}

/// Goal: what was withheld is told until a change about that node is made.
/// Method: a dead voter at the floor; then a learner comes.
TEST(Seats, WhatWasWithheldIsToldUntilItIsMade) {
    Cluster cluster(4, with_voters(3), judging(3));
    cluster.isolate(4);
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.isolate(3);
    cluster.run(2'000'000);
    const auto& changes = cluster.node(1).member_changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].state, ChangeState::Withheld);
    cluster.heal();
    cluster.isolate(3);
    cluster.run(5'000'000);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].what, (SeatChange{.in = n(4), .out = n(3)}));
    EXPECT_EQ(changes[0].state, ChangeState::Done);
}

/// Goal: one change at a time, and quiet after each.
/// Method: two of five die at once.
TEST(Seats, OneChangeAtATime) {
    Cluster cluster(5, with_voters(5), judging(1));
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.isolate(4);
    cluster.isolate(5);
    const Time died = cluster.now();
    cluster.run(2 * dead_after);
    ASSERT_EQ(cluster.count(Rule::DeadRemoved), 1U);
    while (cluster.count(Rule::DeadRemoved) < 2 && cluster.now().value < died.value + 5'000'000) {
        cluster.run(10'000);
    }
    EXPECT_GE(cluster.now().value, died.value + dead_after + stable_after);
    ASSERT_EQ(cluster.count(Rule::DeadRemoved), 2U);
    cluster.run(500'000);
    EXPECT_EQ(voters_at(cluster, 1), (Voters{n(1), n(2), n(3)}));
    const auto& changes = cluster.node(1).member_changes();
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_GE(changes[1].slot, changes[0].slot + cluster.settings().alpha);
}

/// Goal: a new leader judges nobody before it has led for a while.
/// Method: a voter is dead from the beginning.
TEST(Seats, NobodyIsJudgedSoonAfterAnElection) {
    Cluster cluster(3, with_voters(3), judging(1));
    cluster.isolate(3);
    cluster.elect(1);
    const Time led = cluster.now();
    while (cluster.count(Rule::DeadRemoved) == 0 && cluster.now().value < led.value + 5'000'000) {
        cluster.run(10'000);
    }
    EXPECT_EQ(cluster.count(Rule::DeadRemoved), 1U);
    EXPECT_GE(cluster.now().value, led.value + stable_after - 200'000);
}

/// Goal: it is off unless somebody turns it on. Method: a dead voter and a learner.
TEST(Seats, NobodyIsJudgedByDefault) {
    Options options;
    options.contacts = {n(1)};
    Cluster cluster(4, with_voters(3), options);
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.isolate(3);
    cluster.run(10'000'000);
    EXPECT_EQ(voters_at(cluster, 1), (Voters{n(1), n(2), n(3)}));
    EXPECT_EQ(cluster.count(Rule::MemberSuspected), 0U);
    EXPECT_TRUE(cluster.node(1).member_changes().empty());
}

/// N1 of three voters gives the free seat to a learner, and is cut off before anybody hears of it;
/// or all are cut off from each other.
void depose_with_a_change(Cluster& cluster, bool all) {
    cluster.elect(1);
    cluster.run(1'000'000);
    cluster.submit(1, 1, SetVoters{{n(1), n(2), n(3)}});
    cluster.settle();
    while (cluster.count(Rule::LearnerPromoted) == 0) {
        cluster.pass_at(1, 50'000);
        if (cluster.count(Rule::LearnerPromoted) == 0) cluster.settle();
        ASSERT_LT(cluster.now().value, 20'000'000U);
    }
    ASSERT_EQ(cluster.node(1).member_changes().back().state, ChangeState::Pending);
    cluster.lose_all();
    cluster.isolate(1);
    cluster.isolate(5);
    if (all) cluster.isolate(3);
    cluster.run(3'000'000);
}

/// Goal: a leader that is deposed before its change is made does not know what becomes of it, until
/// somebody else makes it. Method: all are cut off with the change in flight; the next leader hears
/// of it from N1.
TEST(Seats, ADeposedLeaderLearnsThatItsChangeWasMade) {
    Cluster cluster(5, with_voters(4), judging(1));
    depose_with_a_change(cluster, true);
    const std::size_t last = cluster.node(1).member_changes().size() - 1;
    const auto change = [&] { return cluster.node(1).member_changes()[last]; };
    EXPECT_EQ(change().state, ChangeState::Unknown);
    cluster.heal();
    cluster.isolate(3);
    cluster.run(3'000'000);
    EXPECT_EQ(change().state, ChangeState::Done);
}

/// Goal: ... or until nobody can make it any more: since it has asked for something newer.
/// Method: another leader's command takes the slot.
TEST(Seats, ADeposedLeaderLearnsThatItsChangeIsNeverMade) {
    Cluster cluster(5, with_voters(4), judging(1));
    depose_with_a_change(cluster, false);
    const std::size_t last = cluster.node(1).member_changes().size() - 1;
    const auto change = [&] { return cluster.node(1).member_changes()[last]; };
    cluster.submit(2, 2, AppendText{"x"});
    cluster.run(200'000);
    ASSERT_NE(cluster.reply(2), nullptr);
    cluster.heal();
    cluster.isolate(5);
    cluster.run(1'000'000);
    EXPECT_EQ(change().state, ChangeState::Unknown);
    cluster.step(
        1,
        Requested{
            .client = ClientId{1}, .id = {}, .tag = 7, .payload = encode_command(AppendText{"y"})});
    cluster.run(1'000'000);
    ASSERT_NE(cluster.reply(7), nullptr);
    EXPECT_EQ(change().state, ChangeState::Refused);
    EXPECT_EQ(change().bar, ChangeBar::TooLate);
}

}  // namespace
}  // namespace decree::test
