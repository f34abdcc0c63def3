#include "net/cluster_view.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

NodeStatus status_of(const std::string& id, std::uint64_t applied) {
    NodeStatus status;
    status.node = id;
    status.standing = "voter";
    status.cluster.id = "1";
    status.log.chosen = status.log.applied = applied;
    status.log.leader = "a";
    return status;
}

/// Voters a, b and c, and a learner d; all of them are well.
ClusterView healthy() {
    ClusterView view;
    view.cluster.id = "1";
    view.cluster.voters = {"a", "b", "c"};
    for (const char* const id : {"a", "b", "c", "d"}) {
        const ListedNode listed{.id = id, .client = {}, .peer = {}, .slot = {}};
        view.nodes.push_back({.listed = listed, .status = status_of(id, 1000)});
    }
    return view;
}

void lose(ClusterView& view, const std::string& id) {
    for (AskedNode& node : view.nodes) {
        if (node.listed.id == id) node.status = std::unexpected(std::string("no answer"));
    }
}

NodeStatus& of(ClusterView& view, std::size_t index) { return *view.nodes[index].status; }

/// Goal: a change that leaves fewer voters that work than a majority is refused, with the reason;
/// others are not.
/// Method: three voters and a learner, with one and with two of them gone.
TEST(ClusterView, KnowsWhichChangesLoseTheQuorum) {
    ClusterView view = healthy();
    const VoterChange adds{.in = "d", .out = {}};
    const VoterChange removes{.in = {}, .out = "a"};
    EXPECT_EQ(loses_quorum(view, adds), std::nullopt);
    EXPECT_EQ(loses_quorum(view, removes), std::nullopt);
    lose(view, "c");
    EXPECT_EQ(loses_quorum(view, {.in = {}, .out = "c"}), std::nullopt) << "the dead may go";
    EXPECT_EQ(loses_quorum(view, {.in = "d", .out = "c"}), std::nullopt);
    const auto why = loses_quorum(view, removes);
    ASSERT_TRUE(why.has_value());
    EXPECT_NE(why->find("c (no answer)"), std::string::npos) << *why;
    EXPECT_EQ(loses_quorum(view, adds), std::nullopt) << "three of four work";
    lose(view, "b");
    EXPECT_NE(loses_quorum(view, {.in = {}, .out = "c"}), std::nullopt) << "nobody could agree";
}

/// Goal: no voter left, and a change while another is on its way, are refused.
/// Method: one voter that is to go; a pending change.
TEST(ClusterView, RefusesWhatTheStoreWouldRefuse) {
    ClusterView view = healthy();
    view.cluster.voters = {"a"};
    EXPECT_NE(loses_quorum(view, {.in = {}, .out = "a"}), std::nullopt);
    view = healthy();
    view.cluster.change_pending = true;
    EXPECT_NE(loses_quorum(view, {.in = "d", .out = {}}), std::nullopt);
}

/// Goal: who is far behind, in doubt, not recognized, in another cluster or in none, no voter in
/// its own eyes, or follows nobody or another leader than most, does not count as one that works.
/// Method: each of these, of a voter; then a change that needs it, and one without it.
TEST(ClusterView, CountsOnlyVotersThatWork) {
    for (int which = 0; which < 8; ++which) {
        ClusterView view = healthy();
        if (which == 0) of(view, 1).log.applied = 1;
        if (which == 1) of(view, 1).log.in_doubt = true;
        if (which == 2) of(view, 1).cluster.id = "2";
        if (which == 3) of(view, 1).cluster.id.clear();
        if (which == 4) of(view, 1).log.unrecognized = true;
        if (which == 5) of(view, 1).standing = "learner";
        if (which == 6) of(view, 1).log.leader.clear();
        if (which == 7) of(view, 1).log.leader = "b";
        EXPECT_NE(view.unfit("b"), std::nullopt) << which;
        EXPECT_NE(loses_quorum(view, {.in = {}, .out = "c"}), std::nullopt) << which;
        EXPECT_EQ(loses_quorum(view, {.in = {}, .out = "b"}), std::nullopt) << which;
        lose(view, "c");
        EXPECT_NE(loses_quorum(view, {.in = "d", .out = {}}), std::nullopt) << which;
    }
    EXPECT_NE(healthy().unfit("e"), std::nullopt);
}

/// Goal: who leads is what a majority of the voters say.
/// Method: followers of one leader; then of two; then voters that are gone.
TEST(ClusterView, BelievesAMajorityAboutTheLeader) {
    ClusterView view = healthy();
    EXPECT_EQ(view.leader(), "a");
    of(view, 2).log.leader = "b";
    EXPECT_EQ(view.leader(), "a");
    of(view, 1).log.leader = "b";
    EXPECT_EQ(view.leader(), "b");
    lose(view, "b");
    EXPECT_EQ(view.leader(), "");
}

/// Goal: who leads is not said to follow itself.
/// Method: a leader whom no majority follows, or whose followers follow another one by now.
TEST(ClusterView, SaysOfALeaderThatItLeads) {
    ClusterView view = healthy();
    lose(view, "b");
    lose(view, "c");
    EXPECT_EQ(view.unfit("a"), "it leads, though no majority follows it");
    view = healthy();
    lose(view, "a");
    lose(view, "c");
    EXPECT_EQ(view.unfit("b"), "it follows a, though no majority follows that one");
    view = healthy();
    of(view, 1).log.leader = of(view, 2).log.leader = "b";
    EXPECT_EQ(view.unfit("a"), "it leads, while the others follow b");
    EXPECT_EQ(view.unfit("b"), std::nullopt);
}

/// Goal: a status says the same after it has travelled; what is no status is told.
/// Method: one with every field set, to JSON and back; then texts that are none.
TEST(NodeStatus, TravelsAsJson) {
    NodeStatus status = status_of("a\"b", 12);
    status.version = "1";
    status.role = "leading";
    status.start = 3;
    status.cluster.name = "local";
    status.cluster.voters = {"a", "b"};
    status.cluster.removed = {"c"};
    status.cluster.free_slots = {"2"};
    status.cluster.nodes = {{.id = "a", .client = "h:1", .peer = "h:2", .slot = "0"}};
    status.cluster.change_pending = true;
    status.log.ballot = "3.a";
    status.log.revision = -1;
    status.log.in_doubt = true;
    status.log.unrecognized = true;
    status.disk = {.journal = 1, .snapshots = 2, .free = ~std::uint64_t{0}};
    status.waits = {"x"};
    status.connected = {"b"};
    status.cluster.lease_us = 7;
    status.drift_ppm = 8;
    status.changes = {
        {.id = "a.1.2", .in = "d", .out = "c", .state = "done", .why = {}, .slot = 9}};
    const auto back = parse_status(to_json(status));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, status);
    EXPECT_FALSE(parse_status("").has_value());
    EXPECT_FALSE(parse_status("[1]").has_value());
    EXPECT_EQ(*parse_status(R"({"log":7,"start":"x"})"), NodeStatus{});
}

/// Goal: what became of a change is told in a sentence. Method: one of each kind.
TEST(NodeStatus, SaysWhatBecameOfAChange) {
    DecidedChange change{
        .id = "a.1.2", .in = "d", .out = "c", .state = "done", .why = {}, .slot = 9};
    EXPECT_EQ(sentence(change), "change a.1.2: d gets the vote of c: done");
    change.out.clear();
    EXPECT_EQ(sentence(change), "change a.1.2: d gets a free slot: done");
    change = {.id = {}, .in = {}, .out = "c", .state = "withheld", .why = "so few", .slot = 0};
    EXPECT_EQ(sentence(change), "c loses its vote: withheld: so few");
}

}  // namespace
}  // namespace decree::net::tests
