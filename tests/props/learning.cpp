#include <gtest/gtest.h>

#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

/// Three voters, of which N1 and N2 have chosen v in slot 1.
FakeCluster with_choice(const char* text) {
    FakeCluster cluster(3);
    const Value v = cluster.value(text);
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    return cluster;
}

/// Goal: a watermark, a read point, a decide, an apply beyond what is chosen is found.
/// Method: slot 1 is chosen; each is said of slot 1, and then of slot 2.
TEST(LearnedIsChosen, EveryClaimBeyondTheChoiceIsFound) {
    const auto claims = [](Slot slot) {
        return std::vector<Message>{
            Heartbeat{.ballot = ballot(1, 1), .chosen_through = slot, .round = {}, .shown = {}},
            HeartbeatAnswer{.ballot = ballot(1, 1),
                            .round = {},
                            .chosen_through = slot,
                            .doubt_through = {},
                            .shown = {}},
            ReadPoint{.id = 1, .slot = slot, .ballot = {}},
            Decide{.entries = {}, .chosen_through = slot},
            PreVoteAnswer{.attempt = 1, .granted = true, .promised = {}, .chosen_through = slot},
            SnapshotPiece{.through = slot, .piece = 0, .last = true, .bytes = {}}};
    };
    for (std::size_t i = 0; i < claims(Slot{}).size(); ++i) {
        FakeCluster cluster = with_choice("v");
        cluster.say(1, claims(Slot{1})[i]);
        EXPECT_EQ(cluster.found(), "") << cluster.details();
        cluster.say(1, claims(Slot{2})[i]);
        EXPECT_TRUE(cluster.found().starts_with("LearnedIsChosen (")) << cluster.found();
    }
    FakeCluster cluster = with_choice("v");
    cluster.node(3).chosen_through = Slot{2};
    cluster.step(3, {.now = Time{1}, .what = TimePassed{}});
    EXPECT_EQ(cluster.found(), "LearnedIsChosen (Memory) at TimePassed");
}

/// Goal: whoever is told that its vote in a ballot was for the chosen value can believe it.
/// Method: v is chosen in ballot 1 and again in ballot 2; elsewhere one voted for w first. Said of
/// each, of a slot of which nothing is chosen, and of a ballot in which nobody voted.
TEST(LearnedIsChosen, AChoiceToldByItsBallotIsThatBallots) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.promise({1, 2, 3}, ballot(2, 2));
    cluster.vote({2, 3}, Slot{1}, ballot(2, 2), v);
    for (const std::uint64_t round : {1U, 2U}) {
        cluster.say(1, Chosen{.ballot = ballot(round, round), .slot = Slot{1}});
        EXPECT_EQ(cluster.found(), "") << cluster.details();
    }
    for (const Chosen& wrong : {Chosen{.ballot = ballot(1, 1), .slot = Slot{2}},
                                Chosen{.ballot = ballot(7, 1), .slot = Slot{1}}}) {
        FakeCluster liar = cluster;
        liar.say(1, wrong);
        EXPECT_TRUE(liar.found().starts_with("LearnedIsChosen (Chosen)")) << liar.found();
    }
    FakeCluster stale(3);
    const Value w = stale.value("w");
    stale.promise({1, 2, 3}, ballot(1, 3));
    stale.vote({3}, Slot{1}, ballot(1, 3), w);
    stale.promise({1, 2}, ballot(2, 1));
    stale.vote({1, 2}, Slot{1}, ballot(2, 1), stale.value("x"));
    EXPECT_EQ(stale.found(), "") << stale.details();
    stale.say(1, Chosen{.ballot = ballot(1, 3), .slot = Slot{1}});
    EXPECT_TRUE(stale.found().starts_with("LearnedIsChosen (Chosen)")) << stale.found();
}

/// Goal: a watermark on disk that blesses a stale vote is found.
/// Method: N3 voted for w in ballot 0; v is chosen in ballot 1; N3 writes the watermark. Where it
/// had voted for v, all is well.
TEST(LearnedIsChosen, AWatermarkOverAStaleVoteIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 3));
    cluster.vote({3}, Slot{1}, ballot(1, 3), w);
    cluster.promise({1, 2}, ballot(2, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(2, 1), v);
    FakeCluster right = cluster;
    cluster.write(3, WatermarkRecord{.through = Slot{1}});
    EXPECT_EQ(cluster.found(), "LearnedIsChosen (Watermark) at TimePassed");
    right.write(2, WatermarkRecord{.through = Slot{1}});
    EXPECT_EQ(right.found(), "") << right.details();
}

/// Goal: a decision on disk that is none is found.
/// Method: N3 writes that w is chosen, when nothing is, and when v is.
TEST(LearnedIsChosen, AFalseDecisionIsFound) {
    FakeCluster cluster = with_choice("v");
    const Value w = cluster.value("w");
    FakeCluster none = cluster;
    cluster.write(3, DecidedRecord{.slot = Slot{1}, .ballot = ballot(1, 1), .value = w});
    EXPECT_EQ(cluster.found(), "LearnedIsChosen (Decided) at TimePassed");
    none.write(3, DecidedRecord{.slot = Slot{2}, .ballot = ballot(1, 1), .value = w});
    EXPECT_EQ(none.found(), "LearnedIsChosen (Decided) at TimePassed");
}

/// Goal: a machine that is not what the log leads to is found, and applying in order is fine.
/// Method: two slots; N1 applies both, N2 the second only.
TEST(AppliedPrefix, AJumpedSlotIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    const Value w = cluster.value("w");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.vote({1, 2}, Slot{2}, ballot(1, 1), w);
    cluster.apply(1, v);
    cluster.apply(1, w);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.node(2).log = Log(Slot{2});
    cluster.node(2).applied = Slot{1};
    cluster.apply(2, w);
    EXPECT_EQ(cluster.found(), "AppliedPrefix (Machine) at TimePassed");
}

/// Goal: applied slots do not go back; digests at equal slots are equal.
/// Method: N1 goes back; N1 and N2 show two digests of slot 64, and equal ones of slot 128.
TEST(AppliedPrefix, GoingBackAndOtherDigestsAreFound) {
    FakeCluster cluster = with_choice("v");
    FakeCluster back = cluster;
    back.apply(1, back.observer.chosen().find(Slot{1})->value);
    back.node(1).applied = Slot{};
    back.step(1, {.now = Time{1}, .what = TimePassed{}});
    EXPECT_EQ(back.found(), "AppliedPrefix (GoesBack) at TimePassed");
    cluster.observer.digested(NodeId{1}, Slot{128}, 7);
    cluster.observer.digested(NodeId{2}, Slot{128}, 7);
    cluster.observer.digested(NodeId{1}, Slot{64}, 8);
    EXPECT_EQ(cluster.found(), "");
    cluster.observer.digested(NodeId{2}, Slot{64}, 7);
    EXPECT_EQ(cluster.found(), "AppliedPrefix (Replicated) at Step");
}

/// Goal: a command that is chosen twice is executed once, by the reference, and a node that
/// executes it twice is found.
/// Method: the same command in slots 1 and 2; N1 executes it in both.
TEST(AtMostOnce, ASecondExecutionIsFound) {
    FakeCluster cluster(3);
    const Value v = cluster.value("v");
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), v);
    cluster.vote({1, 2}, Slot{2}, ballot(1, 1), v);
    EXPECT_EQ(cluster.observer.sometimes().executed, 1U);
    EXPECT_EQ(cluster.observer.sometimes().duplicates, 1U);
    cluster.apply(1, v);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.apply(1, v);
    EXPECT_EQ(cluster.found(), "AtMostOnce (Machine) at TimePassed");
}

/// Goal: the reference knows every reason not to execute a command.
/// Method: requests judged one after the other.
TEST(AtMostOnce, TheReferenceKnowsEveryReason) {
    Settings settings;
    settings.max_origins = 2;
    settings.origin_window = 4;
    GhostRequests requests(settings);
    const auto id = [](std::uint64_t origin, std::uint64_t incarnation, std::uint64_t number,
                       std::uint64_t lowest) {
        return RequestId{.origin = NodeId{origin},
                         .incarnation = Incarnation{incarnation},
                         .number = number,
                         .lowest_unanswered = lowest};
    };
    EXPECT_EQ(requests.judge(id(1, 1, 1, 1)), Fate::Executed);
    EXPECT_EQ(requests.judge(id(1, 1, 1, 1)), Fate::Duplicate);
    EXPECT_EQ(requests.judge(id(1, 1, 5, 1)), Fate::Refused) << "too far ahead";
    EXPECT_EQ(requests.judge(id(1, 1, 5, 2)), Fate::Executed);
    EXPECT_EQ(requests.judge(id(1, 1, 1, 1)), Fate::Refused) << "answered and forgotten";
    EXPECT_EQ(requests.judge(id(1, 1, 3, 4)), Fate::Refused) << "impossible";
    EXPECT_EQ(requests.judge(id(1, 2, 1, 1)), Fate::Executed);
    EXPECT_EQ(requests.judge(id(1, 1, 6, 6)), Fate::Refused) << "older incarnation";
    EXPECT_EQ(requests.judge(id(2, 1, 1, 1)), Fate::Executed);
    EXPECT_EQ(requests.judge(id(3, 1, 1, 1)), Fate::Refused) << "no room";
    requests.drop(NodeId{1});
    EXPECT_EQ(requests.judge(id(1, 9, 1, 1)), Fate::Refused) << "dropped";
    EXPECT_EQ(requests.judge(id(3, 1, 1, 1)), Fate::Executed) << "now there is room";
}

/// Goal: members of the core that are behind or differ are found.
/// Method: final states made by hand.
TEST(Convergence, LaggardsAndDifferencesAreFound) {
    FakeCluster cluster = with_choice("v");
    const FinalState good{
        .node = NodeId{1}, .chosen_through = Slot{1}, .applied = Slot{1}, .digest = 5};
    FinalState behind = good;
    behind.chosen_through = behind.applied = Slot{};
    FinalState differs = good;
    differs.digest = 6;
    FakeCluster other = cluster;
    cluster.observer.finish_convergence(std::vector{good, good});
    EXPECT_EQ(cluster.found(), "");
    cluster.observer.finish_convergence(std::vector{good, behind});
    EXPECT_EQ(cluster.found(), "Convergence (Behind) at End");
    other.observer.finish_convergence(std::vector{good, differs});
    EXPECT_EQ(other.found(), "Convergence (Differ) at End");
}

}  // namespace
}  // namespace decree::props::test
