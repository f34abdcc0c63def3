#include "tests/unit/cluster.hpp"

namespace decree::test {
namespace {

constexpr std::uint64_t lease = 1'000'000;

Settings leased() {
    Settings settings;
    settings.voters = {n(1), n(2), n(3)};
    settings.lease_us = lease;
    return settings;
}

/// They miss a leader long before a lease is over.
Options impatient(std::uint32_t drift_ppm = 0) {
    Options options;
    options.election = 200'000;
    options.heartbeat = 50'000;
    options.drift_ppm = drift_ppm;
    return options;
}

/// They hold a leader for alive as long as a lease, and longer.
Options patient(std::uint32_t drift_ppm) {
    Options options = impatient(drift_ppm);
    options.election = 3 * lease;
    return options;
}

class Lease : public testing::Test {
protected:
    void SetUp() override {
        cluster_.elect(1);
        cluster_.submit(1, 1, AppendText{"a"});
        cluster_.run(500'000);
        ASSERT_EQ(cluster_.node(1).role(), Role::Leading);
    }
    /// What `node` says to a Prepare of N2.
    std::size_t promises_to_prepare(std::uint64_t node, std::uint64_t round) {
        cluster_.step(node, Received{.from = n(2),
                                     .message = Prepare{.ballot = {.round = round, .node = n(2)},
                                                        .from_slot = Slot{1}}});
        return static_cast<std::size_t>(
            std::ranges::count_if(cluster_.in_flight(), [&](const Envelope& envelope) {
                return envelope.from == n(node) &&
                       std::holds_alternative<Promise>(envelope.message);
            }));
    }
    Cluster cluster_{3, leased(), impatient()};
};

/// Goal: within its lease a leader answers reads at once, also those of others.
/// Method: a read at the leader with all messages held, and one at a follower.
TEST_F(Lease, ReadsNeedNoRound) {
    cluster_.read(1, 10);
    ASSERT_NE(cluster_.reply(10), nullptr);
    EXPECT_EQ(decode_answer(cluster_.reply(10)->answer)->length, 1U);
    const std::uint64_t rounds = cluster_.count(Rule::ReadRoundStarted);
    cluster_.read(3, 11);
    ASSERT_TRUE(cluster_.deliver<ReadIndex>(3, 1));
    ASSERT_TRUE(cluster_.deliver<ReadPoint>(1, 3));
    EXPECT_NE(cluster_.reply(11), nullptr);
    EXPECT_EQ(cluster_.count(Rule::ReadRoundStarted), rounds);
}

/// Goal: the lease counts from when the question left, not from when the answer came.
/// Method: a heartbeat is held for half a lease; its answer is good for a microsecond less than the
/// other half, and not for all of it.
TEST(LeaseBound, CountsFromWhenTheQuestionLeft) {
    Cluster cluster(3, leased(), patient(0));
    cluster.elect(1);
    cluster.run(500'000);
    cluster.lose_all();
    cluster.pass(50'000);
    const Time asked = cluster.now();
    cluster.pass(lease / 2);
    ASSERT_TRUE(cluster.deliver<Heartbeat>(1, 2));
    ASSERT_TRUE(cluster.deliver<HeartbeatAnswer>(2, 1));
    cluster.lose_all();
    cluster.pass_at(1, asked.value + lease - 1 - cluster.now().value);
    cluster.read(1, 10);
    EXPECT_NE(cluster.reply(10), nullptr);
    cluster.pass_at(1, 1);
    cluster.read(1, 11);
    EXPECT_EQ(cluster.reply(11), nullptr);
}

/// Goal: the leader's lease is shorter by what clocks may differ.
/// Method: clocks that may be half off: a third of a lease is sure.
TEST(LeaseBound, IsShorterByTheDriftOfClocks) {
    Cluster cluster(3, leased(), patient(most_drift_ppm));
    cluster.elect(1);
    cluster.run(500'000);
    cluster.pass(50'000);
    const Time asked = cluster.now();
    cluster.settle();
    const Leading* const leads = std::get_if<Leading>(&cluster.node(1).role_state());
    ASSERT_NE(leads, nullptr);
    for (const Peer& peer : leads->peers) EXPECT_EQ(peer.lease_until, asked + lease / 3);
}

/// Goal: whoever granted a lease promises nobody else, nor campaigns, nor lets others campaign,
/// until it is over. Method: the leader is cut off; the others miss it long before.
TEST_F(Lease, NobodyElseIsPromisedBeforeItIsOver) {
    cluster_.isolate(1);
    const Time cut = cluster_.now();
    while (cluster_.now().value < cut.value + lease - 100'000) {
        cluster_.pass(10'000);
        cluster_.settle();
        ASSERT_EQ(cluster_.node(2).promised(), cluster_.node(3).promised());
        ASSERT_EQ(cluster_.node(2).promised().node, n(1));
    }
    EXPECT_GT(cluster_.count(Rule::CampaignWithheldByLease), 0U);
    const std::uint64_t round = cluster_.node(3).promised().round + 1;
    EXPECT_EQ(promises_to_prepare(3, round), 0U);
    EXPECT_EQ(cluster_.count(Rule::PromiseWithheldByLease), 1U);
    cluster_.run(2'000'000);
    EXPECT_TRUE(cluster_.node(2).role() == Role::Leading ||
                cluster_.node(3).role() == Role::Leading);
}

/// Goal: a node that does not campaign itself lets nobody else begin, either.
/// Method: a follower that granted is asked for its pre-vote when it misses the leader already.
TEST_F(Lease, NoPreVoteBeforeItIsOver) {
    cluster_.isolate(1);
    cluster_.lose_all();
    cluster_.pass(400'000);
    const auto& said = cluster_.step(3, Received{.from = n(2), .message = PreVote{.attempt = 77}});
    EXPECT_FALSE(std::get<PreVoteAnswer>(said.envelopes.back().message).granted);
    EXPECT_EQ(cluster_.count(Rule::PreVoteRefusedByLease), 1U);
}

/// Goal: a node that starts again waits as long as a lease that it may have granted.
/// Method: a follower restarts; another one asks for its promise before and after.
TEST_F(Lease, ARestartWaitsItOut) {
    cluster_.isolate(1);
    cluster_.restart(3);
    cluster_.step(3, TimePassed{});
    cluster_.exchange<Returned, Recognized>(3, 2);
    const std::uint64_t round = cluster_.node(3).promised().round + 1;
    cluster_.pass_at(3, lease - 1);
    EXPECT_EQ(promises_to_prepare(3, round), 0U);
    EXPECT_EQ(cluster_.node(3).role(), Role::Following);
    cluster_.pass_at(3, 1);
    EXPECT_EQ(promises_to_prepare(3, round), 1U);
    EXPECT_EQ(cluster_.count(Rule::LeaseWaitedOut), 1U);
}

/// Goal: one that starts for the first time, or without leases, waits for nothing.
/// Method: an election in a new cluster is as quick as without leases.
TEST(LeaseStart, ANewNodeWaitsForNothing) {
    Cluster cluster(3, leased(), impatient());
    cluster.elect(1);
    EXPECT_LT(cluster.now(), Time{1'000'000 + lease});
    EXPECT_EQ(cluster.count(Rule::LeaseWaitedOut), 0U);
}

/// Goal: nothing is granted in a life of which a restart might find no sign.
/// Method: a follower whose first group is not durable yet hears a heartbeat.
TEST(LeaseStart, NothingIsGrantedBeforeTheStartIsDurable) {
    Cluster cluster(3, leased(), impatient());
    cluster.stall(3);
    const Heartbeat heartbeat{
        .ballot = {.round = 1, .node = n(1)}, .chosen_through = {}, .round = Round{1}, .shown = {}};
    const auto granted = [&] {
        const Effects& said = cluster.step(3, Received{.from = n(1), .message = heartbeat});
        return std::get<HeartbeatAnswer>(said.envelopes.back().message).granted;
    };
    EXPECT_FALSE(granted());
    EXPECT_EQ(cluster.node(3).grant(), Grant{});
    cluster.sync(3);
    cluster.pass_at(3, 1);
    EXPECT_TRUE(granted());
}

/// Goal: while one leader may hold a lease, another one is granted none.
/// Method: a follower that granted hears of a higher ballot by its heartbeat.
TEST_F(Lease, AnotherLeaderIsGrantedNoneYet) {
    const Ballot higher{.round = cluster_.node(3).promised().round + 1, .node = n(2)};
    const auto hear = [&] {
        cluster_.lose_all();
        cluster_.step(
            3,
            Received{.from = n(2),
                     .message = Heartbeat{
                         .ballot = higher, .chosen_through = {}, .round = Round{1}, .shown = {}}});
        for (const Envelope& envelope : cluster_.in_flight()) {
            const auto* const answer = std::get_if<HeartbeatAnswer>(&envelope.message);
            if (answer != nullptr) return answer->granted;
        }
        ADD_FAILURE() << "no answer";
        return false;
    };
    EXPECT_FALSE(hear());
    EXPECT_EQ(cluster_.count(Rule::LeaseNotGranted), 1U);
    // Also the promise that phase 1 needs is not given, though that ballot is promised in fact.
    EXPECT_EQ(promises_to_prepare(3, higher.round), 0U);
    cluster_.pass_at(3, lease);
    EXPECT_TRUE(hear());
}

/// Goal: handing over ends the lease: the next leader need not wait, and the old one reads by
/// rounds. Method: hand over in the middle of a lease; the old leader stays in office when the
/// message is lost.
TEST_F(Lease, HandingOverReleasesIt) {
    const Time began = cluster_.now();
    cluster_.step(1, HandoverRequested{n(2)});
    cluster_.settle();
    ASSERT_EQ(cluster_.count(Rule::HandoverSent), 1U);
    cluster_.run(100'000);
    EXPECT_EQ(cluster_.node(2).role(), Role::Leading);
    EXPECT_LT(cluster_.now().value, began.value + lease / 2);
    EXPECT_GE(cluster_.count(Rule::LeaseReleased), 2U);
}

TEST_F(Lease, WhoHandedOverUsesItNoMore) {
    cluster_.isolate(2);
    cluster_.step(1, HandoverRequested{n(2)});
    cluster_.exchange<Heartbeat, HeartbeatAnswer>(1, 2);
    ASSERT_EQ(cluster_.count(Rule::LeaseGivenUp), 1U);
    cluster_.read(1, 10);
    EXPECT_EQ(cluster_.reply(10), nullptr);
    cluster_.run(1'000'000);  // The handover is given up.
    EXPECT_NE(cluster_.reply(10), nullptr);
    ASSERT_EQ(cluster_.node(1).role(), Role::Leading);
    cluster_.read(1, 11);
    EXPECT_EQ(cluster_.reply(11), nullptr);
    cluster_.settle();
    EXPECT_NE(cluster_.reply(11), nullptr);
}

/// Goal: a lease is one of the voters of the next slot, not of those before.
/// Method: the leader's lease was granted by N2 alone; a change makes N1, N4 and N5 the voters.
TEST(LeaseVoters, AreThoseOfTheNextSlot) {
    Settings settings = leased();
    settings.alpha = 1;
    Cluster cluster(5, settings, impatient());
    cluster.elect(1);
    cluster.run(300'000);
    cluster.submit(1, 1, SetVoters{{n(1), n(4), n(5)}});
    cluster.exchange<Accept, Accepted>(1, 2);
    ASSERT_EQ(cluster.node(1).membership().voters(next(cluster.node(1).chosen_through())),
              (Voters{n(1), n(4), n(5)}));
    cluster.read(1, 10);
    EXPECT_EQ(cluster.reply(10), nullptr);
    cluster.run(300'000);
    EXPECT_NE(cluster.reply(10), nullptr);
}

/// Goal: settings and options that no clock can keep are refused.
TEST(LeaseStart, RefusesWhatCannotBe) {
    const auto starts = [](std::uint64_t lease_us, std::uint32_t drift_ppm) {
        Settings settings = leased();
        settings.lease_us = lease_us;
        Options options = impatient(drift_ppm);
        options.self = n(1);
        return Node::start(settings, options, std::make_unique<CommandLog>(settings), {}, Time{1})
            .has_value();
    };
    EXPECT_TRUE(starts(longest_lease_us, most_drift_ppm));
    EXPECT_FALSE(starts(longest_lease_us + 1, 0));
    EXPECT_FALSE(starts(lease, most_drift_ppm + 1));
}

}  // namespace
}  // namespace decree::test
