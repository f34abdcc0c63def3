#include <gtest/gtest.h>

#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

/// Goal: nobody works in another's ballot.
/// Method: N2 sends a heartbeat in a ballot of N1.
TEST(BallotsAreUnique, AnothersBallotIsFound) {
    FakeCluster cluster(3);
    cluster.promise({2}, ballot(1, 1));
    cluster.say(2,
                Heartbeat{.ballot = ballot(1, 1), .chosen_through = {}, .round = {}, .shown = {}});
    EXPECT_EQ(cluster.found(), "BallotsAreUnique (Heartbeat) at TimePassed");
}

/// Goal: a ballot that was used before a restart is not used again; a higher one may be.
/// Method: N1 prepares ballot 1, restarts, and prepares ballot 2, or ballot 1 again.
TEST(BallotsAreUnique, ReuseAfterARestartIsFound) {
    FakeCluster cluster(3);
    cluster.promise({1}, ballot(1, 1));
    cluster.say(1, Prepare{.ballot = ballot(1, 1), .from_slot = Slot{1}});
    cluster.say(1, Prepare{.ballot = ballot(1, 1), .from_slot = Slot{1}});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.crash(1);
    cluster.restart(1);
    FakeCluster other = cluster;
    cluster.promise({1}, ballot(2, 1));
    cluster.say(1, Prepare{.ballot = ballot(2, 1), .from_slot = Slot{1}});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    other.say(1, Prepare{.ballot = ballot(1, 1), .from_slot = Slot{1}});
    EXPECT_EQ(other.found(), "BallotsAreUnique (Prepare) at TimePassed");
}

/// Goal: one ballot has one value in a slot, whether it shows in a message or on a disk.
/// Method: N1 proposes v; then it sends w, or N2 writes a vote for w in the same ballot.
TEST(OneValuePerBallot, AnotherValueIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.accept(Slot{1}, ballot(1, 1), v);
    cluster.accept(Slot{1}, ballot(1, 1), v);
    cluster.accept(Slot{2}, ballot(1, 1), w);
    cluster.vote({3}, Slot{1}, ballot(1, 1), Value(v.bytes()));
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    FakeCluster other = cluster;
    cluster.accept(Slot{1}, ballot(1, 1), w);
    EXPECT_EQ(cluster.found(), "OneValuePerBallot (Accept) at TimePassed");
    other.vote({2}, Slot{1}, ballot(1, 1), w);
    EXPECT_EQ(other.found(), "OneValuePerBallot (Vote) at TimePassed");
}

/// Goal: what a node has promised does not fall, in memory, in its records, by its votes, or over
/// a restart.
/// Method: each of them after a promise of ballot 2.
TEST(PromisesNeverGoBack, EveryWayBackIsFound) {
    FakeCluster cluster(3);
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.promise({2}, ballot(2, 3));
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    FakeCluster memory = cluster;
    memory.node(2).promised = ballot(1, 1);
    memory.step(2, {.now = Time{2}, .what = TimePassed{}});
    EXPECT_EQ(memory.found(), "PromisesNeverGoBack (Memory) at TimePassed");
    FakeCluster record = cluster;
    record.write(2, PromiseRecord{.ballot = ballot(1, 1)});
    EXPECT_EQ(record.found(), "PromisesNeverGoBack (Record) at TimePassed");
    FakeCluster vote = cluster;
    const Value v = vote.value("v");
    vote.write(2, VoteRecord{.slot = Slot{1}, .ballot = ballot(1, 1), .value = v});
    EXPECT_EQ(vote.found(), "PromisesNeverGoBack (Vote) at TimePassed");
    FakeCluster restart = cluster;
    restart.crash(2);
    Recovered disk = restart.disk_of(2);
    disk.heads.promised = ballot(1, 1);
    restart.restart(2, disk);
    EXPECT_EQ(restart.found(), "DurableStateSurvives (Promise) at Start");
}

/// Goal: a promise that was not durable may be forgotten.
/// Method: N2 writes a promise, says nothing, loses it in a crash, and then promises less.
TEST(PromisesNeverGoBack, AnUnsyncedPromiseMayBeLost) {
    FakeCluster cluster(3);
    cluster.promise({2}, ballot(1, 1));
    cluster.node(2).promised = ballot(5, 3);
    cluster.write(2, PromiseRecord{.ballot = ballot(5, 3)});
    cluster.crash(2);
    cluster.restart(2);
    cluster.promise({2}, ballot(2, 3));
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: the vote that a node holds in a slot does not fall.
/// Method: N2 voted in ballot 2 (of which its promise record says nothing); a restart shows the
/// vote of ballot 1.
TEST(AcceptedNeverGoesBack, AnOlderVoteAfterARestartIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({2}, Slot{1}, ballot(1, 1), v);
    cluster.promise({2, 3}, ballot(2, 3));
    cluster.vote({2}, Slot{1}, ballot(2, 3), v);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.crash(2);
    Recovered disk = cluster.disk_of(2);
    disk.slots.at(0).ballot = ballot(1, 1);
    cluster.restart(2, disk);
    EXPECT_EQ(cluster.found(), "DurableStateSurvives (VoteOther) at Start");
}

}  // namespace
}  // namespace decree::props::test
