#include <gtest/gtest.h>

#include "tests/props/fake_cluster.hpp"

/// ReturnsRecognized, by histories made by hand.

namespace decree::props {
namespace {

using test::ballot;
using test::FakeCluster;

/// Five nodes; N2 has voted in slot 1, crashed, and started again.
FakeCluster returned() {
    FakeCluster cluster(5);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3, 4, 5}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.crash(2);
    cluster.restart(2, cluster.disk_of(2));
    return cluster;
}

const Accepted accepted{.ballot = ballot(1, 1), .slot = Slot{1}, .round = {}};

/// Goal: who came back speaks as an acceptor only when a quorum has recognized it.
/// Method: of five, N2 and one other are no quorum; N2 and two others are.
TEST(ReturnsRecognized, SpeakingBeforeAQuorumHasIsFound) {
    FakeCluster cluster = returned();
    cluster.recognize(2, 1);
    FakeCluster early = cluster;
    early.say(2, accepted);
    EXPECT_EQ(early.found(), "ReturnsRecognized (Unrecognized) at TimePassed");
    cluster.recognize(2, 3);
    cluster.say(2, accepted);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: the same peer twice is one peer.
/// Method: N1 recognizes N2 twice.
TEST(ReturnsRecognized, PeersAreCountedOnce) {
    FakeCluster cluster = returned();
    cluster.recognize(2, 1);
    cluster.recognize(2, 1);
    cluster.say(2, accepted);
    EXPECT_EQ(cluster.found(), "ReturnsRecognized (Unrecognized) at TimePassed");
}

/// Goal: what binds nobody may be said before.
/// Method: an unrecognized node asks to catch up.
TEST(ReturnsRecognized, AskingIsFree) {
    FakeCluster cluster = returned();
    cluster.say(2, CatchUp{.from_slot = Slot{1}, .snapshot_through = {}, .next_piece = 0});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: who was told that it came back with less says nothing any more.
/// Method: after a quorum has recognized it, N4 has seen more.
TEST(ReturnsRecognized, GoingOnInSpiteOfARefusalIsFound) {
    FakeCluster cluster = returned();
    for (const std::uint64_t peer : {1U, 3U}) cluster.recognize(2, peer);
    cluster.recognize(2, 4, true);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.say(2, CatchUp{.from_slot = Slot{1}, .snapshot_through = {}, .next_piece = 0});
    EXPECT_EQ(cluster.found(), "ReturnsRecognized (Refused) at TimePassed");
}

/// Goal: a node shows nothing of itself that a crash could take.
/// Method: it shows a position one byte beyond what is durable.
TEST(ReturnsRecognized, ShowingWhatIsNotDurableIsFound) {
    FakeCluster cluster = returned();
    cluster.recognize(2, 1);
    const Shown shown{.incarnation = cluster.node(2).heads.incarnation,
                      .life = 1,
                      .found = {},
                      .position = Position{cluster.node(2).synced.value + 1}};
    cluster.say(2, Returned{.shown = shown});
    EXPECT_EQ(cluster.found(), "ReturnsRecognized (Shown) at TimePassed");
}

}  // namespace
}  // namespace decree::props
