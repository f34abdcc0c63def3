#include "tests/unit/cluster.hpp"

/// Messages of somebody who speaks the language, and does not keep to the protocol.

namespace decree::test {
namespace {

Accept proposal(Ballot ballot, std::uint64_t slot, std::string_view text) {
    return {.ballot = ballot,
            .slot = Slot{slot},
            .value = Value(as_bytes(text)),
            .chosen_through = {},
            .round = {}};
}

Decide decision(std::uint64_t slot, Ballot ballot, std::string_view text) {
    return {.entries = {{.slot = Slot{slot}, .ballot = ballot, .value = Value(as_bytes(text))}},
            .chosen_through = Slot{slot}};
}

Promise promise_of_vote(Ballot ballot, std::uint64_t slot) {
    return {.ballot = ballot,
            .covers_from = Slot{1},
            .covers_through = last_slot,
            .trimmed_through = {},
            .votes = {{.slot = Slot{slot},
                       .ballot = {0, n(3)},
                       .value = Value(as_bytes("far")),
                       .chosen = false}}};
}

/// Goal: a round that no cluster reaches is not believed: the next ballot would overflow.
/// Method: N2 is told that the highest round there is was promised; then it must win an election.
TEST(Hostile, AnImplausibleRoundIsRefused) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.step(2, Received{.from = n(3),
                             .message = PreVoteAnswer{.attempt = 0,
                                                      .granted = false,
                                                      .leader_heard = false,
                                                      .promised = {~0ULL, n(9)},
                                                      .chosen_through = {}}});
    EXPECT_EQ(cluster.node(2).bad_messages(), 1U);
    cluster.isolate(1);
    cluster.elect(2);
    EXPECT_LT(cluster.node(2).ballot().round, 10U);
}

/// Goal: a promise counts of whom it was asked only. Method: a stranger promises N1's ballot, and
/// reports a vote in a slot far away, which N1 would have to fill everything up to.
TEST(Hostile, APromiseThatNobodyAskedForIsIgnored) {
    Cluster cluster(3);
    cluster.elect(1);
    const Ballot ballot = cluster.node(1).ballot();
    cluster.step(1, Received{.from = n(77), .message = promise_of_vote(ballot, 1'000)});
    cluster.read(1, 5);
    cluster.run(100'000);
    EXPECT_NE(cluster.reply(5), nullptr);
    EXPECT_EQ(cluster.node(1).chosen_through(), Slot{0});
}

/// Goal: a vote further away than any log is long is not believed, whoever reports it.
/// Method: N3, which was asked and has not answered yet, reports one.
TEST(Hostile, AVoteBeyondAnyLogIsRefused) {
    Cluster cluster(3);
    cluster.elect_with(1, 2);
    const Ballot ballot = cluster.node(1).ballot();
    cluster.lose_all();
    cluster.step(1, Received{.from = n(3), .message = promise_of_vote(ballot, 1ULL << 60U)});
    EXPECT_EQ(cluster.node(1).bad_messages(), 1U);
    cluster.run(100'000);
    EXPECT_EQ(cluster.node(1).chosen_through(), Slot{0});
    EXPECT_EQ(cluster.node(1).role(), Role::Leading);
}

/// Goal: what is known chosen is not voted against, in any ballot; nor is a vote changed in its
/// own. Method: a stranger proposes another value in slot 1, and N1's ballot proposes one in
/// slot 2.
TEST(Hostile, AProposalThatContradictsIsRefused) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.run(300'000);
    const Ballot ballot = cluster.node(1).ballot();
    cluster.step(3, Received{.from = n(77), .message = proposal({50, n(77)}, 1, "q")});
    EXPECT_EQ(cluster.node(3).bad_messages(), 1U);
    EXPECT_EQ(cluster.node(3).promised(), ballot);
    cluster.step(3, Received{.from = n(1), .message = proposal(ballot, 2, "one")});
    cluster.step(3, Received{.from = n(1), .message = proposal(ballot, 2, "other")});
    EXPECT_EQ(cluster.node(3).bad_messages(), 2U);
    EXPECT_EQ(cluster.node(3).log().find(Slot{2})->value, Value(as_bytes("one")));
}

/// Goal: a stale proposal is no contradiction: its proposer is told of the higher promise.
/// Method: an old leader proposes where another value was voted for since.
TEST(Hostile, AStaleProposalIsAnsweredAsBefore) {
    Cluster cluster(3);
    cluster.elect(1);
    const Ballot ballot = cluster.node(1).ballot();
    const Ballot higher{ballot.round + 1, n(2)};
    cluster.step(3, Received{.from = n(2), .message = proposal(higher, 1, "new")});
    cluster.step(3, Received{.from = n(1), .message = proposal(ballot, 1, "old")});
    EXPECT_EQ(cluster.node(3).bad_messages(), 0U);
    EXPECT_TRUE(cluster.deliver<Nack>(3, 1));
}

/// Goal: of two decisions for one slot the second is refused, and stops nothing.
/// Method: slot 3 is decided twice, differently, above a gap; slot 1, long applied, again.
TEST(Hostile, ADecisionThatContradictsIsRefused) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.run(300'000);
    const auto tell = [&](std::uint64_t from, const Decide& message) {
        cluster.step(2, Received{.from = n(from), .message = message});
    };
    tell(77, decision(1, {9, n(77)}, "z"));
    tell(77, decision(3, {9, n(77)}, "z"));
    EXPECT_EQ(cluster.node(2).bad_messages(), 0U);
    tell(78, decision(3, {9, n(78)}, "y"));
    EXPECT_EQ(cluster.node(2).bad_messages(), 1U);
    EXPECT_EQ(cluster.node(2).log().find(Slot{3})->value, Value(as_bytes("z")));
    EXPECT_EQ(cluster.texts(2), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace decree::test
