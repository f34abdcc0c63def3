#include <gtest/gtest.h>

#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

Promise promise_of(Ballot ballot, std::vector<Vote> votes) {
    return {.ballot = ballot,
            .covers_from = Slot{1},
            .covers_through = last_slot,
            .trimmed_through = {},
            .votes = std::move(votes)};
}

/// Goal: a promise, a round, a vote is claimed only once it is durable.
/// Method: the record is written, the message is sent before the sync; then in its very step.
TEST(NoClaimBeyondDisk, MessagesBeforeTheSyncAreFound) {
    const std::vector<Message> claims = {Prepare{.ballot = ballot(2, 2), .from_slot = Slot{1}},
                                         promise_of(ballot(2, 2), {})};
    for (const Message& claim : claims) {
        FakeCluster cluster(3);
        cluster.node(2).promised = ballot(2, 2);
        cluster.write(2, PromiseRecord{.ballot = ballot(2, 2)});
        FakeCluster early = cluster;
        cluster.sync(2, {claim});
        EXPECT_EQ(cluster.found(), "") << cluster.details();
        early.say(2, claim);
        EXPECT_TRUE(early.found().starts_with("NoClaimBeyondDisk")) << early.found();
    }
}

/// Goal: Accepted before the vote is durable is found; after, it is fine, also when the node has
/// voted higher meanwhile.
/// Method: N2 votes; Accepted too early; in time; late, after a vote in ballot 2.
TEST(NoClaimBeyondDisk, AcceptedWaitsForItsVote) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Accepted accepted{.ballot = ballot(1, 1), .slot = Slot{1}, .round = {}};
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.accept(Slot{1}, ballot(1, 1), v);
    cluster.write(2, VoteRecord{.slot = Slot{1}, .ballot = ballot(1, 1), .value = v});
    FakeCluster early = cluster;
    early.say(2, accepted);
    EXPECT_EQ(early.found(), "NoClaimBeyondDisk (Accepted) at TimePassed");
    cluster.sync(2, {accepted});
    cluster.promise({2, 3}, ballot(2, 3));
    cluster.vote({2}, Slot{1}, ballot(2, 3), v);
    cluster.say(2, accepted);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.say(3, accepted);
    EXPECT_EQ(cluster.found(), "NoClaimBeyondDisk (Accepted) at TimePassed");
}

/// Goal: a durable record that a value is chosen is as good as a vote for it.
/// Method: v is chosen by N1 and N2; N3 learned it, and answers the leader's late Accept.
TEST(NoClaimBeyondDisk, WhoKnowsTheChoiceMayAcceptIt) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.write(3, DecidedRecord{.slot = Slot{1}, .ballot = ballot(1, 1), .value = v});
    cluster.sync(3, {Accepted{.ballot = ballot(1, 1), .slot = Slot{1}, .round = {}}});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: a vote lost in a crash is not claimed by the restarted node; one that survived may be.
/// Method: N2 writes a vote, crashes before the sync; the bytes are gone, or there by luck.
TEST(NoClaimBeyondDisk, ACrashTakesUnsyncedVotes) {
    for (const bool lost : {true, false}) {
        FakeCluster cluster(3);
        const Value v = cluster.value("v");
        cluster.promise({1, 2, 3}, ballot(1, 1));
        cluster.write(2, VoteRecord{.slot = Slot{1}, .ballot = ballot(1, 1), .value = v});
        cluster.crash(2, lost);
        cluster.restart(2);
        cluster.say(2, Accepted{.ballot = ballot(1, 1), .slot = Slot{1}, .round = {}});
        EXPECT_EQ(cluster.found(), lost ? "NoClaimBeyondDisk (Accepted) at TimePassed" : "")
            << cluster.details();
    }
}

/// Goal: a promise that hides a vote, also one behind a hole, is found; a complete one is fine.
/// Method: N2 has voted in slots 1 and 3, and promises ballot 2 with all, with the first only, and
/// with another value.
TEST(PromisesReportEveryVote, HiddenAndInventedVotesAreFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({2}, Slot{1}, ballot(1, 1), v);
    cluster.vote({2}, Slot{3}, ballot(1, 1), w);
    cluster.promise({2}, ballot(2, 3));
    const Vote first{.slot = Slot{1}, .ballot = ballot(1, 1), .value = v};
    const Vote third{.slot = Slot{3}, .ballot = ballot(1, 1), .value = w};
    const Vote other{.slot = Slot{3}, .ballot = ballot(1, 1), .value = v};
    FakeCluster hidden = cluster;
    FakeCluster invented = cluster;
    cluster.say(2, promise_of(ballot(2, 3), {first, third}));
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    hidden.say(2, promise_of(ballot(2, 3), {first}));
    EXPECT_EQ(hidden.found(), "PromisesReportEveryVote (Omitted) at TimePassed");
    invented.say(2, promise_of(ballot(2, 3), {first, other}));
    EXPECT_EQ(invented.found(), "PromisesReportEveryVote (Other) at TimePassed");
}

/// Goal: a late promise of a lower ballot is judged by the votes below that ballot.
/// Method: N2 promised ballot 2 with its vote of ballot 1; then it votes in ballot 3; then the old
/// promise leaves.
TEST(PromisesReportEveryVote, LaterVotesDoNotMatter) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({2}, Slot{1}, ballot(1, 1), v);
    cluster.promise({2}, ballot(2, 3));
    cluster.promise({2, 3}, ballot(3, 3));
    cluster.vote({2}, Slot{1}, ballot(3, 3), v);
    cluster.say(2,
                promise_of(ballot(2, 3), {{.slot = Slot{1}, .ballot = ballot(1, 1), .value = v}}));
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: slots said to be trimmed must be in a durable snapshot.
/// Method: N2 promises and says that slot 1 is trimmed, without any snapshot, and with one.
TEST(NoClaimBeyondDisk, TrimmedSlotsAreInASnapshot) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.promise({2}, ballot(2, 3));
    Promise promise = promise_of(ballot(2, 3), {});
    promise.trimmed_through = Slot{1};
    FakeCluster without = cluster;
    without.say(2, promise);
    EXPECT_EQ(without.found(), "NoClaimBeyondDisk (Promise) at TimePassed");
    cluster.step(2, {.now = Time{1}, .what = SnapshotStored{Slot{1}}}, {promise});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

}  // namespace
}  // namespace decree::props::test
