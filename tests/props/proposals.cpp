#include <gtest/gtest.h>

#include "props/ghost/electorate.hpp"
#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

/// Goal: a later ballot that proposes something else where a value is chosen is found at once.
/// Method: v is chosen in ballot 1; ballot 2, with a true quorum, proposes w, or v.
TEST(StabilityOfChosen, AnotherLaterProposalIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.promise({2, 3}, ballot(2, 3));
    FakeCluster other = cluster;
    cluster.accept(Slot{1}, ballot(2, 3), v);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    other.accept(Slot{1}, ballot(2, 3), w);
    EXPECT_EQ(other.found(), "StabilityOfChosen at TimePassed");
}

/// Goal: an earlier ballot's late proposal of another value is no violation.
/// Method: ballot 1 proposes v in slot 1 and w in slot 2 is proposed by ballot 2 and chosen; then
/// the Accept of ballot 1 for slot 2 is sent for the first time, too late to be voted for.
TEST(StabilityOfChosen, AnEarlierBallotMayProposeLate) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.promise({2, 3}, ballot(2, 3));
    cluster.vote({2, 3}, Slot{1}, ballot(2, 3), w);
    cluster.accept(Slot{1}, ballot(1, 1), v);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: a proposal is found that overlooks a vote which may still become a choice.
/// Method: only N1 voted for v in ballot 1, and N2 can still vote there: w in ballot 2 with the
/// promises of N1 and N3 is wrong; with those of N2 and N3 it is right.
TEST(SafeAt, AnOverlookedVoteIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1}, Slot{1}, ballot(1, 1), v);
    FakeCluster right = cluster;
    cluster.promise({1, 3}, ballot(2, 3));
    cluster.accept(Slot{1}, ballot(2, 3), w);
    EXPECT_EQ(cluster.found(), "SafeAt at TimePassed");
    right.promise({2, 3}, ballot(2, 3));
    right.accept(Slot{1}, ballot(2, 3), w);
    EXPECT_EQ(right.found(), "") << right.details();
}

/// Goal: a leader without a phase 1 quorum is found; half of four is none.
/// Method: four voters; two promises, then three.
TEST(SlotQuorums, ALeaderWithoutAQuorumIsFound) {
    FakeCluster cluster(4);
    const Value v = cluster.value("v");
    cluster.promise({1, 2}, ballot(1, 1));
    FakeCluster enough = cluster;
    cluster.accept(Slot{1}, ballot(1, 1), v);
    EXPECT_EQ(cluster.found(), "SlotQuorums (LeaderWithoutQuorum) at TimePassed");
    enough.promise({4}, ballot(1, 1));
    enough.accept(Slot{1}, ballot(1, 1), v);
    EXPECT_EQ(enough.found(), "") << enough.details();
}

/// Goal: nobody proposes where the voters are not known.
/// Method: alpha is 4, nothing is chosen: slot 4, then slot 5.
TEST(SlotQuorums, BeyondTheHorizonIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.accept(Slot{4}, ballot(1, 1), v);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.accept(Slot{5}, ballot(1, 1), v);
    EXPECT_EQ(cluster.found(), "SlotQuorums (BeyondHorizon) at TimePassed");
}

/// Goal: after a change each slot is judged by its own voters.
/// Method: three voters; slot 1 makes N1 the only one from slot 5 on. Slot 4 still needs two votes,
/// slot 5 has enough with one, but only with that of N1.
TEST(SlotQuorums, AChangeCountsFromItsSlotOn) {
    FakeCluster cluster(3);
    const RequestId id{
        .origin = NodeId{1000}, .incarnation = Incarnation{1}, .number = 1, .lowest_unanswered = 1};
    const Value change = encode_command(SetVoters{{NodeId{1}}});
    cluster.observer.asked(0, id, change);
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), FakeCluster::value_of({{id, change}}));
    EXPECT_EQ(cluster.observer.electorates().at(Slot{4}).voters.size(), 3U);
    EXPECT_EQ(cluster.observer.electorates().at(Slot{5}).voters, Voters{NodeId{1}});
    cluster.vote({2}, Slot{5}, ballot(1, 1), Value{});
    EXPECT_EQ(cluster.observer.chosen().find(Slot{5}), nullptr);
    cluster.vote({1}, Slot{5}, ballot(1, 1), Value{});
    EXPECT_NE(cluster.observer.chosen().find(Slot{5}), nullptr);
    cluster.vote({1}, Slot{4}, ballot(1, 1), Value{});
    EXPECT_EQ(cluster.observer.chosen().find(Slot{4}), nullptr);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: the checker's own count of quorums is right, and finds systems whose quorums miss.
/// Method: majorities of even numbers, sizes, a grid, weights; by hand.
TEST(SlotQuorums, QuorumsAreCountedByHand) {
    NodeTable table;
    const Electorates four(Voters{NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}}, table);
    const Electorate& voters = four.newest();
    const auto set = [](std::initializer_list<NodeIndex> nodes) {
        NodeSet all;
        for (const NodeIndex node : nodes) all.add(node);
        return all;
    };
    EXPECT_FALSE(suffices(Majority{}, voters, Phase::Two, set({0, 1, 70})));
    EXPECT_TRUE(suffices(Majority{}, voters, Phase::Two, set({0, 1, 3})));
    EXPECT_TRUE(suffices(Sizes{3, 2}, voters, Phase::Two, set({0, 1})));
    EXPECT_FALSE(suffices(Sizes{3, 2}, voters, Phase::One, set({0, 1})));
    EXPECT_FALSE(quorums_can_miss(Sizes{3, 2}, voters));
    EXPECT_TRUE(quorums_can_miss(Sizes{2, 2}, voters));
    const Grid grid{.rows = 2, .columns = 2};
    EXPECT_TRUE(suffices(grid, voters, Phase::One, set({2, 3})));
    EXPECT_FALSE(suffices(grid, voters, Phase::One, set({0, 2})));
    EXPECT_TRUE(suffices(grid, voters, Phase::Two, set({0, 2})));
    EXPECT_FALSE(quorums_can_miss(grid, voters));
    const Weights weights{.weights = {{NodeId{1}, 3}}, .phase1 = 4, .phase2 = 3};
    EXPECT_TRUE(suffices(weights, voters, Phase::Two, set({0})));
    EXPECT_FALSE(suffices(weights, voters, Phase::One, set({1, 2, 3})));
    EXPECT_FALSE(quorums_can_miss(weights, voters));
    FakeCluster cluster(4, Sizes{2, 2});
    EXPECT_EQ(cluster.found(), "SlotQuorums (QuorumsMiss) at Founding");
}

/// Goal: what nobody asked, or asked otherwise, is found in a proposal; batches and no-ops are
/// fine. Method: proposals made by hand.
TEST(Validity, WhatNobodyAskedIsFound) {
    FakeCluster cluster(3);
    const Command a = cluster.ask("a");
    const Command b = cluster.ask("b");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.accept(Slot{1}, ballot(1, 1), Value{});
    cluster.accept(Slot{2}, ballot(1, 1), FakeCluster::value_of({}));
    cluster.accept(Slot{3}, ballot(1, 1), FakeCluster::value_of({b, a}));
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    FakeCluster never = cluster;
    Command other = a;
    other.id.number = 17;
    never.accept(Slot{4}, ballot(1, 1), FakeCluster::value_of({other}));
    EXPECT_EQ(never.found(), "Validity (NeverAsked) at TimePassed");
    FakeCluster bytes = cluster;
    other = a;
    other.payload = b.payload;
    bytes.accept(Slot{4}, ballot(1, 1), FakeCluster::value_of({other}));
    EXPECT_EQ(bytes.found(), "Validity (OtherBytes) at TimePassed");
    cluster.accept(Slot{4}, ballot(1, 1), Value(as_bytes("no batch at all")));
    EXPECT_EQ(cluster.found(), "Validity (NoBatch) at TimePassed");
}

}  // namespace
}  // namespace decree::props::test
