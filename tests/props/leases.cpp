#include <gtest/gtest.h>

#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

const Ballot held = ballot(1, 1);
const Ballot higher = ballot(2, 2);

/// N3 granted N1 a lease of 1,000 us at 5,000, having promised its ballot.
FakeCluster granted() {
    FakeCluster cluster(3);
    cluster.promise({1, 2, 3}, held);
    cluster.step(3, {.now = Time{5'000}, .what = TimePassed{}},
                 {HeartbeatAnswer{.ballot = held,
                                  .round = Round{1},
                                  .chosen_through = {},
                                  .doubt_through = {},
                                  .granted = true,
                                  .shown = {}}});
    return cluster;
}

/// Its promise of `ballot`, said at `now`.
std::string promising(FakeCluster& cluster, Ballot ballot, std::uint64_t now) {
    cluster.promise({3}, ballot);
    cluster.step(3, {.now = Time{now}, .what = TimePassed{}},
                 {Promise{.ballot = ballot,
                          .covers_from = Slot{1},
                          .covers_through = last_slot,
                          .trimmed_through = {},
                          .votes = {}}});
    return cluster.found();
}

/// Goal: a promise of a higher ballot before the lease is over is found; one after it is fine.
/// Method: a microsecond too early, and in time.
TEST(GrantsAreKept, APromiseBeforeTheEndIsFound) {
    FakeCluster early = granted();
    EXPECT_EQ(promising(early, higher, 5'999), "GrantsAreKept (Promise) at TimePassed");
    FakeCluster late = granted();
    EXPECT_EQ(promising(late, higher, 6'000), "") << late.details();
    FakeCluster same = granted();
    EXPECT_EQ(promising(same, held, 5'001), "") << same.details();
}

/// Goal: who prepares a ballot has promised it, too. Method: N3 prepares one of its own.
TEST(GrantsAreKept, AnOwnBallotBeforeTheEndIsFound) {
    FakeCluster cluster = granted();
    cluster.promise({3}, ballot(2, 3));
    cluster.step(3, {.now = Time{5'500}, .what = TimePassed{}},
                 {Prepare{.ballot = ballot(2, 3), .from_slot = Slot{1}}});
    EXPECT_EQ(cluster.found(), "GrantsAreKept (Prepare) at TimePassed");
}

/// Goal: what the leader has given up by handing over may be promised to others at once.
/// Method: N1 hands over first.
TEST(GrantsAreKept, AfterAHandoverAPromiseIsFine) {
    FakeCluster cluster = granted();
    cluster.say(1, Handover{.ballot = held});
    EXPECT_EQ(promising(cluster, higher, 5'500), "") << cluster.details();
}

/// Goal: after a restart a node waits as long as a lease, by its new clock.
/// Method: its first step is at 200; it promises at 1,199 or at 1,200.
TEST(GrantsAreKept, APromiseSoonAfterARestartIsFound) {
    FakeCluster cluster = granted();
    cluster.crash(3);
    cluster.restart(3, Time{200});
    FakeCluster late = cluster;
    EXPECT_EQ(promising(cluster, higher, 1'199), "GrantsAreKept (Promise) at TimePassed");
    EXPECT_EQ(promising(late, higher, 1'200), "") << late.details();
}

}  // namespace
}  // namespace decree::props::test
