#include "props/agreement.hpp"

#include <gtest/gtest.h>

#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

/// Goal: votes of a quorum for one value in two ballots are agreement.
/// Method: the same value, chosen in ballot 1 and again in ballot 2.
TEST(Agreement, TheSameValueTwiceIsFine) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    EXPECT_TRUE(cluster.observer.chosen().find(Slot{1}) != nullptr);
    cluster.promise({2, 3}, ballot(2, 3));
    cluster.vote({2, 3}, Slot{1}, ballot(2, 3), v);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: half of four voters is no quorum, and votes in different ballots do not add up.
/// Method: two votes in ballot 1, one in ballot 2: nothing is chosen; one more in ballot 2 and one
/// more in ballot 2 choose.
TEST(Agreement, OnlyVotesOfOneBallotAddUp) {
    FakeCluster cluster(4);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3, 4}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.promise({1, 2, 3, 4}, ballot(2, 2));
    cluster.vote({2, 3}, Slot{1}, ballot(2, 2), v);
    EXPECT_EQ(cluster.observer.chosen().through(), Slot{});
    cluster.vote({4}, Slot{1}, ballot(2, 2), v);
    EXPECT_EQ(cluster.observer.chosen().through(), Slot{1});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: a vote counts when it is durable, not when it is written.
/// Method: N1's vote is durable, N2's only written; then it is synced.
TEST(Agreement, OnlyDurableVotesCount) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1}, Slot{1}, ballot(1, 1), v);
    cluster.node(2).promised = ballot(1, 1);
    cluster.write(2, VoteRecord{.slot = Slot{1}, .ballot = ballot(1, 1), .value = v});
    EXPECT_EQ(cluster.observer.chosen().through(), Slot{});
    cluster.sync(2);
    EXPECT_EQ(cluster.observer.chosen().through(), Slot{1});
}

/// Goal: two values chosen in one slot are found, also when of the first only a digest is left.
/// Method: plain data, since in a history something else always fires earlier.
TEST(Agreement, ComparesValuesAndForgottenValues) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    ChosenLog log;
    log.choose(Slot{1}, ballot(1, 1), v);
    log.forget_through(Slot{1});
    BallotVotes now;
    now.ballot = ballot(2, 2);
    now.value = v;
    EXPECT_FALSE(agreement(Slot{1}, *log.find(Slot{1}), now).has_value());
    now.value = w;
    EXPECT_TRUE(agreement(Slot{1}, *log.find(Slot{1}), now).has_value());
    now.value = Value{};
    EXPECT_TRUE(agreement(Slot{1}, *log.find(Slot{1}), now).has_value());
}

/// Goal: a node that holds another value for chosen is found when it applies it, and when it tells.
/// Method: v is chosen; N3's log has w there and it applies; in a second cluster N3 sends Decide.
TEST(Agreement, AnotherValueLearnedIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    FakeCluster other = cluster;
    cluster.node(3).log.place(Slot{1}) = {.ballot = ballot(1, 1), .value = w, .chosen = true};
    cluster.apply(3, w);
    EXPECT_EQ(cluster.found(), "Agreement (Learned) at TimePassed");
    other.say(3, Decide{.entries = {{.slot = Slot{1}, .ballot = ballot(1, 1), .value = w}},
                        .chosen_through = Slot{1}});
    EXPECT_EQ(other.found(), "Agreement (Learned) at TimePassed");
}

}  // namespace
}  // namespace decree::props::test
