#include "core/paxos/acceptor.hpp"

#include <gtest/gtest.h>

#include "core/contract.hpp"
#include "core/paxos/learner.hpp"
#include "tests/unit/values.hpp"

namespace decree {
namespace {

constexpr Slot far{1'000};
Ballot ballot(std::uint64_t round, std::uint64_t node) { return {round, NodeId{node}}; }

/// Goal: a promise refuses everything below it, and nothing else.
/// Method: prepare at a ballot, then below, at and above it.
TEST(Acceptor, RefusesBallotsBelowItsPromise) {
    Acceptor acceptor;
    EXPECT_EQ(acceptor.prepare(ballot(2, 1)), PrepareVerdict::Promised);
    EXPECT_EQ(acceptor.prepare(ballot(1, 9)), PrepareVerdict::Refused);
    EXPECT_EQ(acceptor.prepare(ballot(2, 1)), PrepareVerdict::PromisedAgain);
    EXPECT_EQ(acceptor.accept(ballot(1, 9), Slot{1}, value("a"), far), AcceptVerdict::Refused);
    EXPECT_EQ(acceptor.prepare(ballot(2, 2)), PrepareVerdict::Promised);
    EXPECT_EQ(acceptor.promised(), ballot(2, 2));
}

/// Goal: a vote is a promise, too ([PMS] leaves it implicit; a bug when forgotten).
/// Method: vote at a ballot never prepared, then offer a lower one.
TEST(Acceptor, VotingPromisesTheBallot) {
    Acceptor acceptor;
    EXPECT_EQ(acceptor.accept(ballot(3, 1), Slot{1}, value("a"), far), AcceptVerdict::Voted);
    EXPECT_EQ(acceptor.promised(), ballot(3, 1));
    EXPECT_EQ(acceptor.accept(ballot(2, 1), Slot{2}, value("b"), far), AcceptVerdict::Refused);
}

/// Goal: the report holds every vote from the asked slot on, holes or not, in parts that leave no
/// gap. Method: votes in slots 1, 2, 5 and 9, parts of one vote each.
TEST(Acceptor, ReportsEveryVoteAcrossHolesInParts) {
    Acceptor acceptor;
    for (const std::uint64_t slot : {1U, 2U, 5U, 9U}) {
        EXPECT_EQ(acceptor.accept(ballot(1, 1), Slot{slot}, value("v"), far), AcceptVerdict::Voted);
    }
    EXPECT_EQ(acceptor.prepare(ballot(2, 2)), PrepareVerdict::Promised);
    std::vector<Promise> parts;
    acceptor.report(ballot(2, 2), Slot{2}, 1, parts);
    ASSERT_EQ(parts.size(), 3U);
    Slot covered{1};
    std::vector<std::uint64_t> slots;
    for (const Promise& part : parts) {
        EXPECT_EQ(part.covers_from, next(covered));
        covered = part.covers_through;
        for (const Vote& vote : part.votes) slots.push_back(vote.slot.value);
    }
    EXPECT_EQ(covered, last_slot);
    EXPECT_EQ(slots, (std::vector<std::uint64_t>{2, 5, 9}));
}

/// Goal: the log's bound and its trimmed part take no votes.
/// Method: vote above the limit, and in a trimmed slot.
TEST(Acceptor, TakesNoVoteBeyondItsLogOrBelowIt) {
    Acceptor acceptor;
    EXPECT_EQ(acceptor.accept(ballot(1, 1), Slot{11}, value("a"), Slot{10}), AcceptVerdict::TooFar);
    EXPECT_EQ(acceptor.accept(ballot(1, 1), Slot{1}, value("a"), Slot{10}), AcceptVerdict::Voted);
    acceptor.trim(Slot{1});
    EXPECT_EQ(acceptor.accept(ballot(1, 1), Slot{1}, value("a"), Slot{10}), AcceptVerdict::Trimmed);
}

/// Goal: a decision overrides an older vote, and silences proposers that may not know of it.
/// Method: learn another value at a higher ballot, then hear the old proposer again.
TEST(Acceptor, ADecisionOverridesAnOlderVote) {
    Acceptor acceptor;
    EXPECT_EQ(acceptor.accept(ballot(1, 1), Slot{1}, value("old"), far), AcceptVerdict::Voted);
    EXPECT_TRUE(acceptor.learn(Slot{1}, ballot(2, 2), value("chosen")));
    EXPECT_EQ(acceptor.log().find(Slot{1})->value, value("chosen"));
    EXPECT_EQ(acceptor.accept(ballot(1, 1), Slot{1}, value("old"), far), AcceptVerdict::Refused);
    EXPECT_THROW(acceptor.learn(Slot{1}, ballot(3, 1), value("other")), ContractViolation);
}

/// Goal: what cannot be chosen beside what is held here is told from what can.
/// Method: a vote, then a decision, against the same and another value in lower, equal and higher
/// ballots; a slot where nothing is held.
TEST(Acceptor, KnowsWhatContradictsItsLog) {
    Acceptor acceptor;
    ASSERT_EQ(acceptor.accept(ballot(2, 1), Slot{1}, value("a"), far), AcceptVerdict::Voted);
    EXPECT_FALSE(acceptor.contradicts(Slot{2}, ballot(1, 1), value("b")));
    EXPECT_FALSE(acceptor.contradicts(Slot{1}, ballot(2, 1), value("a")));
    EXPECT_FALSE(acceptor.contradicts(Slot{1}, ballot(1, 1), value("a")));
    EXPECT_TRUE(acceptor.contradicts(Slot{1}, ballot(2, 1), value("b")));
    EXPECT_TRUE(acceptor.contradicts(Slot{1}, ballot(1, 9), value("b")));
    EXPECT_FALSE(acceptor.contradicts(Slot{1}, ballot(2, 2), value("b")));
    acceptor.mark_chosen(Slot{1});
    EXPECT_TRUE(acceptor.contradicts(Slot{1}, ballot(2, 2), value("b")));
    EXPECT_FALSE(acceptor.contradicts(Slot{1}, ballot(2, 2), value("a")));
    acceptor.trim(Slot{1});
    EXPECT_FALSE(acceptor.contradicts(Slot{1}, ballot(2, 2), value("b")));
}

/// Goal: a watermark blesses only votes of its own ballot.
/// Method: slots 1 and 3 voted at the watermark's ballot, slot 2 at an older one.
TEST(Learner, WatermarkBlessesOnlyItsOwnBallot) {
    Acceptor acceptor;
    Learner learner;
    ASSERT_EQ(acceptor.accept(ballot(1, 1), Slot{2}, value("stale"), far), AcceptVerdict::Voted);
    ASSERT_EQ(acceptor.accept(ballot(2, 2), Slot{1}, value("a"), far), AcceptVerdict::Voted);
    ASSERT_EQ(acceptor.accept(ballot(2, 2), Slot{3}, value("c"), far), AcceptVerdict::Voted);
    EXPECT_EQ(learner.watermark(acceptor, ballot(2, 2), Slot{3}), Slot{2});
    EXPECT_EQ(learner.chosen_through, Slot{1});
    EXPECT_FALSE(acceptor.log().find(Slot{2})->chosen);
    EXPECT_TRUE(acceptor.log().find(Slot{3})->chosen);
    acceptor.learn(Slot{2}, ballot(2, 2), value("b"));
    EXPECT_TRUE(learner.advance(acceptor));
    EXPECT_EQ(learner.chosen_through, Slot{3});
}

/// Goal: a watermark beyond the log says what is missing, wherever the log ends.
/// Method: an empty log, and a log that ends below the watermark.
TEST(Learner, WatermarkBeyondTheLogNamesTheFirstMissingSlot) {
    Acceptor acceptor;
    Learner learner;
    EXPECT_EQ(learner.watermark(acceptor, ballot(1, 1), Slot{4}), Slot{1});
    ASSERT_EQ(acceptor.accept(ballot(1, 1), Slot{1}, value("a"), far), AcceptVerdict::Voted);
    EXPECT_EQ(learner.watermark(acceptor, ballot(1, 1), Slot{4}), Slot{2});
    EXPECT_EQ(learner.watermark(acceptor, ballot(1, 1), Slot{1}), std::nullopt);
}

}  // namespace
}  // namespace decree
