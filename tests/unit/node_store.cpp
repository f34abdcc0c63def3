/// The store in real nodes: sessions by cluster time, members as data, snapshots.

#include <string>
#include <vector>

#include "core/node_name.hpp"
#include "core/store/store.hpp"
#include "tests/unit/cluster.hpp"

namespace decree::test {
namespace {

using namespace store;  // NOLINT(google-build-using-namespace): what this file is about.

Options small_log() {
    Options options;
    options.snapshot_every = 32;
    options.keep_slots = 8;
    options.contacts = {n(1), n(2), n(3)};
    return options;
}

std::unique_ptr<StateMachine> make_store(const Settings& settings) {
    StoreSettings store_settings;
    store_settings.shortest_session_us = 1;
    store_settings.history = 100;
    store_settings.limits.value_bytes = 1000;  // What fits into the cluster's commands.
    return std::make_unique<Store>(settings, store_settings);
}

class NodeStore : public testing::Test {
protected:
    CommandAnswer run(std::uint64_t id, const StoreCommand& command) {
        const std::uint64_t number = ++asked_;
        cluster_.submit_bytes(id, number, encode_command(command));
        cluster_.run(50'000);
        const Reply* reply = cluster_.reply(number);
        const bool done = reply != nullptr && reply->outcome == Outcome::Done;
        if (!done) return CommandAnswer{Code::NotYet, {}, {}, {}, {}};
        return decode_command_answer(reply->answer).value_or(CommandAnswer{});
    }
    [[nodiscard]] const Store& store(std::uint64_t id) {
        return dynamic_cast<const Store&>(cluster_.node(id).machine());
    }
    bool votes(std::uint64_t id) {
        const Membership& members = cluster_.node(id).membership();
        return members.votes_from(next(members.applied()), n(id));
    }
    bool has(std::uint64_t id, const std::string& path) {
        return store(id).state().tree().find(path).file != nullptr;
    }
    void expect_equal(const std::vector<std::uint64_t>& ids) {
        for (const std::uint64_t id : ids) {
            EXPECT_EQ(store(id).digest(), store(ids.front()).digest()) << id;
        }
    }
    static Write put(const std::string& path, const std::string& value) {
        return PutFile{path, Value(as_bytes(value)), {}};
    }

    Cluster cluster_{4, three_of(8), small_log(), make_store};
    std::uint64_t asked_ = 0;
};

/// Goal: a session that shows no life ends at every replica, by stamps that nobody asked for, and
/// not before its time.
/// Method: a session of a second; look at all nodes shortly before and after.
TEST_F(NodeStore, SessionsEndByStamps) {
    cluster_.elect(1);
    const SessionId session = run(1, OpenSession{1'000'000}).session;
    run(2, Set{"/e", Revision{0}, {}, session});
    cluster_.run(800'000);
    for (const std::uint64_t id : {1U, 2U, 3U}) EXPECT_TRUE(has(id, "/e")) << id;
    cluster_.run(600'000);
    for (const std::uint64_t id : {1U, 2U, 3U}) EXPECT_FALSE(has(id, "/e")) << id;
    expect_equal({1, 2, 3});
}

/// Goal: across a change of leader no session ends early: time between leaders counts for nothing.
/// Method: a session of a second, a leader that is cut off after half of it, two seconds without a
/// leader, and a new one; then it ends after the rest.
TEST_F(NodeStore, SessionsDoNotEndEarlyAcrossLeaders) {
    cluster_.elect(1);
    const SessionId session = run(1, OpenSession{1'000'000}).session;
    run(1, Set{"/e", Revision{0}, {}, session});
    cluster_.run(400'000);
    run(1, Nop{});
    cluster_.isolate(1);
    for (int i = 0; i < 40; ++i) {
        cluster_.pass_at(1, 50'000);
        cluster_.lose_all();
    }
    cluster_.elect(2);
    EXPECT_TRUE(has(2, "/e"));
    cluster_.run(300'000);
    EXPECT_TRUE(has(2, "/e"));
    EXPECT_TRUE(has(3, "/e"));
    cluster_.run(1'000'000);
    EXPECT_FALSE(has(2, "/e"));
    EXPECT_FALSE(has(3, "/e"));
}

/// Goal: what a deposed leader put into its slots before a session was opened hurries that session
/// by nothing, when it is chosen behind it later.
/// Method: N1 measures twenty seconds, and votes alone in two slots. N2 leads without N1 and opens
/// a session of five seconds in the first of those slots. Then N1 leads by N3's word, and finds its
/// own vote in the second.
TEST_F(NodeStore, ADeposedLeadersTimeHurriesNobody) {
    cluster_.elect(1);
    run(1, Nop{});
    cluster_.run(20'000'000);
    cluster_.isolate(1);
    for (const std::uint64_t number : {1U, 2U}) {
        cluster_.submit_bytes(1, number, encode_command(StoreCommand{Nop{}}), 101);
    }
    cluster_.lose_all();
    cluster_.elect(2);
    const SessionId session = run(2, OpenSession{5'000'000}).session;
    cluster_.heal();
    cluster_.isolate(2);
    cluster_.elect(1);
    const auto open = [&](std::uint64_t id) {
        return store(id).state().sessions.find(session) != nullptr;
    };
    // Its first command was lost, and asked again; the second was chosen where it had voted.
    ASSERT_EQ(store(1).state().revision(), Revision{3});
    EXPECT_TRUE(open(1));
    cluster_.run(4'500'000);
    EXPECT_TRUE(open(1));
    EXPECT_TRUE(open(3));
    cluster_.run(1'000'000);
    EXPECT_FALSE(open(1));
    EXPECT_FALSE(open(3));
}

/// Goal: keep-alives count at any member, and keep a session for as long as they come.
/// Method: a session of half a second, kept for three through two members.
TEST_F(NodeStore, SessionsLiveWhileKept) {
    cluster_.elect(1);
    const SessionId session = run(1, OpenSession{500'000}).session;
    run(1, Set{"/e", Revision{0}, {}, session});
    for (std::uint64_t i = 0; i < 10; ++i) {
        cluster_.run(250'000);
        EXPECT_EQ(run(2 + i % 2, KeepAlive{session}).code, Code::Ok);
    }
    EXPECT_TRUE(has(3, "/e"));
}

/// Goal: who votes is what /ctl/cal says: a learner that is named in a slot becomes a voter, a
/// leader whose slot is emptied leaves, and the rest go on.
/// Method: found three slots, add N4, take N1 away.
TEST_F(NodeStore, MembersAreData) {
    cluster_.elect(1);
    std::vector<Write> writes;
    for (const std::uint64_t id : {1U, 2U, 3U, 4U}) {
        writes.push_back(put("/ctl/node/" + node_name(n(id)) + "/addr", "host:1"));
        const bool votes = id < 4;
        writes.push_back(put("/ctl/cal/" + std::to_string(id), votes ? node_name(n(id)) : ""));
    }
    ASSERT_EQ(run(1, Transact{{}, writes}).code, Code::Ok);
    const std::vector<FreeSlot> free = store(1).free_slots();
    ASSERT_EQ(free.size(), 1U);
    EXPECT_TRUE(store(1).may_take_slot(n(4)));
    const Value four(as_bytes(node_name(n(4))));
    EXPECT_EQ(run(1, Set{free[0].path, free[0].revision, four, {}}).code, Code::Ok);
    cluster_.run(500'000);
    EXPECT_TRUE(votes(4));
    EXPECT_EQ(run(1, Set{"/ctl/cal/1", clobber, {}, {}}).code, Code::Ok);
    cluster_.run(2'000'000);
    EXPECT_FALSE(votes(1));
    EXPECT_NE(cluster_.node(1).role(), Role::Leading);
    EXPECT_EQ(run(2, Set{"/goes/on", Revision{0}, {}, {}}).code, Code::Ok);
    expect_equal({2, 3, 4});
    EXPECT_FALSE(store(2).may_take_slot(n(1)));
}

/// Goal: the defect "a member that is removed is never told, and its writes hang" is not here: it
/// learns all that is chosen, that it votes no more among it, and its clients are answered.
/// Method: empty N3's slot while it runs; write through it.
TEST_F(NodeStore, DefectARemovedMemberIsTold) {
    cluster_.elect(1);
    std::vector<Write> writes;
    for (const std::uint64_t id : {1U, 2U, 3U}) {
        writes.push_back(put("/ctl/node/" + node_name(n(id)) + "/addr", "host:1"));
        writes.push_back(put("/ctl/cal/" + std::to_string(id), node_name(n(id))));
    }
    ASSERT_EQ(run(1, Transact{{}, writes}).code, Code::Ok);
    ASSERT_EQ(run(1, Set{"/ctl/cal/3", clobber, {}, {}}).code, Code::Ok);
    cluster_.run(2'000'000);
    EXPECT_FALSE(votes(3));
    EXPECT_TRUE(store(3).state().electorate.is_retired(n(3)));
    EXPECT_EQ(run(1, Set{"/later", clobber, {}, {}}).code, Code::Ok);
    EXPECT_EQ(run(3, Set{"/through/it", clobber, {}, {}}).code, Code::Ok);
    cluster_.run(500'000);
    EXPECT_TRUE(has(3, "/later"));
    expect_equal({1, 2, 3});
}

/// Goal: a learner that has caught up is given a free slot of /ctl/cal by the leader, unasked; who
/// lost its slot is not.
/// Method: N4 is known and learns; N3's slot is emptied.
TEST_F(NodeStore, ALearnerIsGivenTheFreeSlot) {
    Options options = small_log();
    options.members = {
        .promotes = true, .dead_after = 400'000, .stable_after = 600'000, .least_voters = 3};
    cluster_ = Cluster(4, three_of(8), options, make_store);
    cluster_.elect(1);
    std::vector<Write> writes;
    for (const std::uint64_t id : {1U, 2U, 3U, 4U}) {
        writes.push_back(put("/ctl/node/" + node_name(n(id)) + "/addr", "host:1"));
        if (id < 4) writes.push_back(put("/ctl/cal/" + std::to_string(id), node_name(n(id))));
    }
    ASSERT_EQ(run(1, Transact{{}, writes}).code, Code::Ok);
    cluster_.run(1'000'000);
    ASSERT_FALSE(votes(4));
    ASSERT_EQ(run(1, Set{"/ctl/cal/3", clobber, {}, {}}).code, Code::Ok);
    cluster_.run(3'000'000);
    EXPECT_EQ(cluster_.count(Rule::LearnerPromoted), 1U);
    EXPECT_TRUE(votes(4));
    EXPECT_FALSE(votes(3));
    EXPECT_EQ(store(4).voters(), (Voters{n(1), n(2), n(4)}));
    EXPECT_TRUE(store(4).free_slots().empty());
}

/// Goal: the defect "a slot that another node fills with a no-op counts as a client's NOP, so that
/// it is no barrier" is not here: such a slot is nobody's, and the client is answered when its own
/// NOP is done, behind what was there when it asked.
/// Method: the accepts of a client's NOP are lost, those of a write behind it reach N2, which leads
/// then, and fills the hole; then N1 hears of it.
TEST_F(NodeStore, DefectAnothersFillerIsNobodysNop) {
    cluster_.elect(1);
    const std::uint64_t nop = ++asked_;
    cluster_.submit_bytes(1, nop, encode_command(StoreCommand{Nop{}}));
    cluster_.lose_all();
    cluster_.submit_bytes(1, ++asked_, encode_command(StoreCommand{Set{"/a", clobber, {}, {}}}));
    ASSERT_TRUE(cluster_.deliver<Accept>(1, 2));
    cluster_.isolate(1);
    cluster_.lose_all();
    cluster_.elect(2);
    ASSERT_EQ(cluster_.count(Rule::GapFilledWithNoop), 1U);
    ASSERT_TRUE(has(2, "/a"));
    EXPECT_EQ(store(2).state().revision(), Revision{1}) << "the filler takes no revision";
    EXPECT_EQ(cluster_.reply(nop), nullptr);
    cluster_.heal();
    cluster_.run(3'000'000);
    const Reply* const reply = cluster_.reply(nop);
    ASSERT_NE(reply, nullptr);
    ASSERT_EQ(reply->outcome, Outcome::Done);
    const auto answer = decode_command_answer(reply->answer);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->revision, Revision{2});
    EXPECT_TRUE(has(1, "/a")) << "where it asked, all before it is there";
}

/// Goal: a node that was away for longer than the log reaches gets a snapshot, with the history,
/// and is then equal to the others. The defect "a node that is behind by more than the history can
/// never catch up" is not here.
/// Method: cut one off, write twice as much as history keeps, heal; read at a retained revision
/// there.
TEST_F(NodeStore, DefectALaggardGetsTheHistoryToo) {
    cluster_.elect(1);
    run(1, Set{"/f", clobber, Value(as_bytes("first")), {}});
    cluster_.isolate(3);
    const SessionId session = run(1, OpenSession{60'000'000}).session;
    run(1, Acquire{"/lock", session, {}});
    for (int i = 0; i < 200; ++i) run(1, Set{"/f", clobber, {}, {}});
    const Revision old{150};
    ASSERT_LT(store(3).state().revision(), store(1).state().history.first());
    cluster_.heal();
    cluster_.run(3'000'000);
    expect_equal({1, 2, 3});
    EXPECT_GE(cluster_.count(Rule::SnapshotInstalled), 1U);
    EXPECT_EQ(store(3).state().history.first(), store(1).state().history.first());
    const auto read = [&](std::uint64_t id) { return query(store(id).state(), Get{"/f", old}); };
    EXPECT_EQ(read(3), read(1));
    EXPECT_EQ(read(3).code, Code::Ok);
}

/// Goal: however many reads may be answered at once, a step answers what a node may hold of them,
/// and the rest at once after it.
/// Method: answers of which one is as much as a step makes; three reads wait while a round is open.
TEST(LargeReads, AreAnsweredStepByStep) {
    Options options = small_log();
    options.part_bytes = 60;
    Cluster cluster(3, three_of(), options, make_store);
    cluster.elect(1);
    const std::string large(990, 'x');
    cluster.submit_bytes(1, 1, encode_command(Set{"/a", Revision{0}, Value(as_bytes(large)), {}}));
    cluster.run(50'000);
    const Value question = encode_query(Get{"/a", {}});
    for (const std::uint64_t tag : {11U, 12U, 13U, 14U}) {
        cluster.step(
            1, ReadRequested{.client = ClientId{1}, .tag = tag, .local = false, .query = question});
    }
    const auto answered = [&](std::uint64_t tag) { return cluster.reply(tag) != nullptr; };
    cluster.exchange<Heartbeat, HeartbeatAnswer>(1, 2);
    ASSERT_TRUE(answered(11) && answered(12)) << "the second round is confirmed, too";
    EXPECT_FALSE(answered(13));
    EXPECT_EQ(cluster.node(1).deadline(), cluster.now());
    cluster.step(1, TimePassed{});
    EXPECT_TRUE(answered(13));
    EXPECT_FALSE(answered(14));
    cluster.step(1, ClientGone{ClientId{1}});
    cluster.step(1, TimePassed{});
    EXPECT_FALSE(answered(14)) << "nobody waits for it";
    EXPECT_GT(cluster.node(1).deadline(), cluster.now());
}

}  // namespace
}  // namespace decree::test
