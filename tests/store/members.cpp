/// Membership as data.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

const NodeId n1{1};
const NodeId n2{2};
const NodeId n3{3};
const NodeId n4{4};

std::string slot_path(int number) { return "/ctl/cal/" + std::to_string(number); }
Write known(NodeId node) { return put("/ctl/node/" + node_name(node) + "/addr", "host:1"); }

/// A cluster of N1, N2 and N3 with its slots filled, N4 known; a change takes four slots.
SmallStore founded() {
    SmallStore store;
    const CommandAnswer done = store.run(
        Transact{{},
                 {known(n1), known(n2), known(n3), known(n4), put(slot_path(0), node_name(n1)),
                  put(slot_path(1), node_name(n2)), put(slot_path(2), node_name(n3))}});
    EXPECT_EQ(done.code, Code::Ok);
    store.idle(4);
    return store;
}

/// Goal: the voters are the nodes that the slots name; before any is filled, the founders.
/// Method: found a cluster, then add N4 in a slot of its own.
TEST(StoreMembers, VotersAreWhoHoldsASlot) {
    EXPECT_EQ(SmallStore().store().voters(), (Voters{n1, n2, n3}));
    SmallStore store = founded();
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2, n3}));
    EXPECT_EQ(store.set(slot_path(3), 0, node_name(n4)).code, Code::Ok);
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2, n3, n4}));
    EXPECT_EQ(store.set("/ctl/cal/deep/0", 0, "not a slot").code, Code::Ok);
}

/// Goal: only /ctl/cal and what lies below it has to do with slots; other names may begin so.
/// Method: files of a session beside it, also while a change of voters is pending.
TEST(StoreMembers, NamesThatBeginLikeSlotsAreNone) {
    SmallStore store = founded();
    const SessionId session = store.open(5'000'000);
    EXPECT_EQ(store.set("/ctl/calendar/x", 0, "ours", session).code, Code::Ok);
    EXPECT_EQ(store.set(slot_path(4), 0, "", session).detail, "this file belongs to no session");
    EXPECT_FALSE(touches_slots("/ctl/calendar"));
    EXPECT_TRUE(touches_slots("/ctl/cal"));
    EXPECT_TRUE(touches_slots(slot_path(0)));
}

/// Goal: a slot that is emptied or deleted is a voter less; an empty one is free, and is told with
/// the revision to take it by.
/// Method: empty one, delete another.
TEST(StoreMembers, AnEmptySlotIsFree) {
    SmallStore store = founded();
    EXPECT_TRUE(store.store().free_slots().empty());
    const CommandAnswer emptied = store.set(slot_path(2), -1, "");
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2}));
    const std::vector<FreeSlot> wanted = {{slot_path(2), emptied.revision}};
    EXPECT_EQ(store.store().free_slots(), wanted);
    store.idle(4);
    store.del(slot_path(1), -1);
    EXPECT_EQ(store.store().voters(), Voters{n1});
    EXPECT_EQ(store.store().free_slots(), wanted);
}

/// Goal: the last voter cannot be removed: not emptied, not deleted, not in a transaction.
/// Method: try each; Doozer silently keeps the old set, here it is refused.
TEST(StoreMembers, DefectTheLastVoterStays) {
    SmallStore store({}, 4, {n1});
    store.run(Transact{{}, {known(n1), put(slot_path(0), node_name(n1))}});
    for (const StoreCommand& command :
         {StoreCommand(Set{slot_path(0), clobber, {}, {}}),
          StoreCommand(Del{slot_path(0), clobber}),
          StoreCommand(Transact{{}, {RemoveFile{slot_path(0)}, put("/x", "y")}})}) {
        const CommandAnswer answer = store.run(command);
        EXPECT_EQ(answer.code, Code::Other);
        EXPECT_EQ(answer.detail, "no voter left");
        EXPECT_EQ(store.get("/ctl/err"), "no voter left");
        EXPECT_EQ(store.get(slot_path(0)), node_name(n1));
    }
    EXPECT_EQ(store.get("/x"), "(missing)");
    EXPECT_EQ(store.store().voters(), Voters{n1});
}

/// Goal: the defect "a slot that names a node that does not exist ends all writes" is not here.
/// Method: an id without /ctl/node/<id>, and a text that is no id.
TEST(StoreMembers, DefectUnknownNodesGetNoSlot) {
    SmallStore store = founded();
    const CommandAnswer unknown = store.set(slot_path(3), 0, node_name(NodeId{9}));
    EXPECT_EQ(unknown.detail, "no node " + node_name(NodeId{9}));
    EXPECT_EQ(store.get("/ctl/err"), unknown.detail);
    EXPECT_EQ(store.set(slot_path(3), 0, "nonsense").detail, "a slot names no node");
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2, n3}));
}

/// Goal: one node has one slot.
/// Method: a second one for N1; moving it in one transaction is fine.
TEST(StoreMembers, NoNodeHasTwoSlots) {
    SmallStore store = founded();
    const std::string refusal = "node " + node_name(n1) + " in two slots";
    EXPECT_EQ(store.set(slot_path(3), 0, node_name(n1)).detail, refusal);
    EXPECT_EQ(store.get("/ctl/err"), refusal);
    const Transact move{{}, {put(slot_path(0), ""), put(slot_path(3), node_name(n1))}};
    EXPECT_EQ(store.run(move).code, Code::Ok);
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2, n3}));
}

/// Goal: while a change is on its way, alpha slots long, another is refused; what changes no voter
/// is not.
/// Method: a change in slot s; others in s (the same slot), s + 3, s + 4, with alpha 4.
TEST(StoreMembers, OneChangeAtATime) {
    SmallStore store = founded();
    const auto answers = store.slot(
        {Set{slot_path(3), clobber, text(node_name(n4)), {}}, Set{slot_path(2), clobber, {}, {}}});
    EXPECT_EQ(answers.at(0).code, Code::Ok);
    EXPECT_EQ(answers.at(1).detail, "a change of voters is pending");
    EXPECT_EQ(store.get("/ctl/err"), "a change of voters is pending");
    EXPECT_TRUE(store.store().change_pending(store.at_slot()));
    EXPECT_EQ(store.set(slot_path(4), 0, "").code, Code::Ok);
    store.idle();
    EXPECT_EQ(store.set(slot_path(2), -1, "").detail, "a change of voters is pending");
    EXPECT_FALSE(store.store().change_pending(next(store.at_slot())));
    EXPECT_EQ(store.set(slot_path(2), -1, "").code, Code::Ok);
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2, n4}));
}

/// Goal: a member is replaced in one transaction, which is one change.
/// Method: N4 for N3.
TEST(StoreMembers, AMemberIsReplacedAtOnce) {
    SmallStore store = founded();
    const Transact replace{{CompareFile{slot_path(2), store.revision_of(slot_path(2))}},
                           {put(slot_path(2), node_name(n4))}};
    EXPECT_EQ(store.run(replace).code, Code::Ok);
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2, n4}));
}

/// Goal: a node whose slot was taken away takes none again by itself; one that is named again may.
/// Method: remove N3, ask; name it again, remove it not.
TEST(StoreMembers, WhoLostItsSlotIsNotGivenOne) {
    SmallStore store = founded();
    EXPECT_TRUE(store.store().may_take_slot(n4));
    EXPECT_FALSE(store.store().may_take_slot(n3));
    EXPECT_FALSE(store.store().may_take_slot(NodeId{9}));
    store.set(slot_path(2), -1, "");
    EXPECT_EQ(store.state().electorate.retired(), std::vector<NodeId>{n3});
    EXPECT_FALSE(store.store().may_take_slot(n3));
    store.idle(4);
    store.set(slot_path(2), -1, node_name(n3));
    EXPECT_TRUE(store.state().electorate.retired().empty());
}

/// Goal: what a leader proposes to change a seat does that, once, and is refused where the slot was
/// changed meanwhile. Method: N4 replaces N3; N2's slot is emptied, and N3 gets none; the same
/// command again.
TEST(StoreMembers, ASeatIsChangedByCompareAndSet) {
    SmallStore store = founded();
    EXPECT_FALSE(store.store().has_free_seat());
    EXPECT_FALSE(store.store().seat({.in = n4, .out = {}}).has_value()) << "no slot is free";
    EXPECT_FALSE(store.store().seat({.in = NodeId{9}, .out = n3}).has_value()) << "unknown";
    EXPECT_FALSE(store.store().seat({.in = {}, .out = n4}).has_value()) << "has no slot";
    const auto replace = store.store().seat({.in = n4, .out = n3});
    ASSERT_TRUE(replace.has_value());
    EXPECT_EQ(store.raw({*replace}).front().code, Code::Ok);
    EXPECT_EQ(store.store().voters(), (Voters{n1, n2, n4}));
    store.idle(4);
    EXPECT_EQ(store.raw({*replace}).front().code, Code::RevMismatch);
    const auto remove = store.store().seat({.in = {}, .out = n2});
    ASSERT_TRUE(remove.has_value());
    EXPECT_EQ(store.raw({*remove}).front().code, Code::Ok);
    EXPECT_EQ(store.store().voters(), (Voters{n1, n4}));
    EXPECT_TRUE(store.store().has_free_seat());
    EXPECT_FALSE(store.store().may_vote(n3));
    EXPECT_FALSE(store.store().seat({.in = n3, .out = {}}).has_value());
}

/// Goal: voters for which the cluster's quorums do not work are refused.
/// Method: quorums of fixed sizes that are for three.
TEST(StoreMembers, QuorumsMustWork) {
    Settings cluster;
    cluster.voters = {n1, n2, n3};
    cluster.quorums = Sizes{.phase1 = 2, .phase2 = 2};
    cluster.alpha = 1;
    Electorate electorate(cluster.voters);
    Tree tree;
    for (const NodeId node : {n1, n2, n3, n4}) {
        tree.set("/ctl/node/" + node_name(node) + "/addr",
                 {.revision = {}, .value = {}, .session = {}});
        tree.set(slot_path(static_cast<int>(node.value)),
                 {.revision = {}, .value = text(node_name(node)), .session = {}});
    }
    const auto changed = electorate.change(tree, Slot{1}, cluster.alpha, cluster.quorums);
    ASSERT_FALSE(changed.has_value());
    EXPECT_TRUE(changed.error().detail.starts_with("no quorums: ")) << changed.error().detail;
    EXPECT_EQ(electorate.voters(), cluster.voters);
}

/// Goal: an origin of requests is forgotten by a command, which the node is told.
/// Method: one such command.
TEST(StoreMembers, OriginsAreForgottenByTheLog) {
    SmallStore store;
    store.run(ForgetOrigin{n2});
    EXPECT_EQ(store.dropped(), std::vector<NodeId>{n2});
    EXPECT_EQ(store.revision(), 0);
}

}  // namespace
}  // namespace decree::store
