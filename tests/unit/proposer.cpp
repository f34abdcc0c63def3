#include "core/paxos/proposer.hpp"

#include <gtest/gtest.h>

#include "core/contract.hpp"
#include "tests/unit/values.hpp"

namespace decree {
namespace {

const Ballot mine{5, NodeId{1}};
const Voters three{NodeId{1}, NodeId{2}, NodeId{3}};
const Voters five{NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}, NodeId{5}};

Promise promise(std::vector<Vote> votes, Slot from = Slot{1}, Slot through = last_slot) {
    return {.ballot = mine,
            .covers_from = from,
            .covers_through = through,
            .trimmed_through = {},
            .votes = std::move(votes)};
}
Vote vote(std::uint64_t slot, std::uint64_t round, std::string_view text) {
    return {
        .slot = Slot{slot}, .ballot = {round, NodeId{2}}, .value = value(text), .chosen = false};
}

/// Goal: the value of the highest ballot is found, whoever reports it first, however many report
/// another. Method: two reports of an old value around one of a newer.
TEST(PhaseOne, FindsTheValueOfTheHighestBallot) {
    PhaseOne phase1(mine, Slot{1});
    EXPECT_EQ(phase1.take(NodeId{1}, promise({vote(1, 1, "old")})), PromiseVerdict::Complete);
    EXPECT_EQ(phase1.take(NodeId{2}, promise({vote(1, 3, "new")})), PromiseVerdict::Complete);
    EXPECT_EQ(phase1.take(NodeId{3}, promise({vote(1, 2, "mid")})), PromiseVerdict::Complete);
    ASSERT_NE(phase1.found(Slot{1}), nullptr);
    EXPECT_EQ(phase1.found(Slot{1})->value, value("new"));
}

/// Goal: repeats of one acceptor's promise make no quorum.
/// Method: the same promise three times, with five voters.
TEST(PhaseOne, CountsAcceptorsNotAnswers) {
    PhaseOne phase1(mine, Slot{1});
    EXPECT_EQ(phase1.take(NodeId{1}, promise({})), PromiseVerdict::Complete);
    for (int i = 0; i < 3; ++i) std::ignore = phase1.take(NodeId{2}, promise({}));
    EXPECT_FALSE(phase1.covers(Majority{}, five));
    EXPECT_TRUE(phase1.covers(Majority{}, three));
}

/// Goal: a promise in parts counts when its parts leave no gap, in whatever order they come.
/// Method: the last part first, then the first, then the middle one.
TEST(PhaseOne, PartsCountTogetherOnceTheyLeaveNoGap) {
    PhaseOne phase1(mine, Slot{1});
    EXPECT_EQ(phase1.take(NodeId{2}, promise({vote(9, 1, "c")}, Slot{7})), PromiseVerdict::Taken);
    EXPECT_EQ(phase1.missing_from(NodeId{2}), Slot{1});
    EXPECT_EQ(phase1.take(NodeId{2}, promise({vote(2, 1, "a")}, Slot{1}, Slot{3})),
              PromiseVerdict::Taken);
    EXPECT_EQ(phase1.missing_from(NodeId{2}), Slot{4});
    EXPECT_FALSE(phase1.complete(NodeId{2}));
    EXPECT_EQ(phase1.take(NodeId{2}, promise({}, Slot{4}, Slot{6})), PromiseVerdict::Complete);
    EXPECT_EQ(phase1.highest_found(), Slot{9});
}

/// Goal: parts that come far too early take no endless memory, and are not counted unless they come
/// again. Method: three thousand parts behind a gap; the gap; then what is still missing.
TEST(PhaseOne, KeepsABoundedNumberOfPartsThatComeTooEarly) {
    PhaseOne phase1(mine, Slot{1});
    for (std::uint64_t slot = 2; slot <= 3'000; ++slot) {
        EXPECT_EQ(phase1.take(NodeId{2}, promise({}, Slot{slot}, Slot{slot})),
                  PromiseVerdict::Taken);
    }
    EXPECT_EQ(phase1.take(NodeId{2}, promise({}, Slot{3'001})), PromiseVerdict::Taken);
    EXPECT_EQ(phase1.take(NodeId{2}, promise({}, Slot{1}, Slot{1})), PromiseVerdict::Taken);
    const Slot missing = phase1.missing_from(NodeId{2});
    EXPECT_GT(missing, Slot{1'000});
    EXPECT_LT(missing, Slot{2'000});
    EXPECT_EQ(phase1.take(NodeId{2}, promise({}, missing)), PromiseVerdict::Complete);
}

/// Goal: the promise of another ballot is never taken.
/// Method: hand it in; the caller must have looked.
TEST(PhaseOne, RefusesThePromiseOfAnotherBallot) {
    PhaseOne phase1(mine, Slot{1});
    Promise other = promise({});
    other.ballot.round = 4;
    EXPECT_THROW(std::ignore = phase1.take(NodeId{2}, other), ContractViolation);
}

/// Goal: each era needs its own quorum, and one promise counts in all.
/// Method: eras {1,2,3} and {3,4,5}; promises of 2, 3, then 4.
TEST(PhaseOne, NeedsAQuorumOfEachEra) {
    const std::vector<Era> eras{{.from = Slot{1}, .voters = three},
                                {.from = Slot{9}, .voters = {NodeId{3}, NodeId{4}, NodeId{5}}}};
    PhaseOne phase1(mine, Slot{1});
    std::ignore = phase1.take(NodeId{2}, promise({}));
    std::ignore = phase1.take(NodeId{3}, promise({}));
    EXPECT_FALSE(phase1.covers(Majority{}, eras));
    std::ignore = phase1.take(NodeId{4}, promise({}));
    EXPECT_TRUE(phase1.covers(Majority{}, eras));
}

/// Goal: a value is chosen once, by different voters of its slot.
/// Method: votes of one voter twice, of a stranger, then of a second voter, then of the third.
TEST(PhaseTwo, CountsVotersOfTheSlotOnce) {
    PhaseTwo phase2(Slot{4});
    phase2.propose(value("a"), Time{1});
    EXPECT_FALSE(phase2.count(Majority{}, three, Slot{4}, NodeId{2}));
    EXPECT_FALSE(phase2.count(Majority{}, three, Slot{4}, NodeId{2}));
    EXPECT_FALSE(phase2.count(Majority{}, three, Slot{4}, NodeId{7}));
    EXPECT_TRUE(phase2.count(Majority{}, three, Slot{4}, NodeId{1}));
    EXPECT_FALSE(phase2.count(Majority{}, three, Slot{4}, NodeId{3}));
}

/// Goal: slots known chosen are forgotten, and never proposed in.
/// Method: forget through a slot beyond everything in flight.
TEST(PhaseTwo, GoesOnAboveWhatIsKnownChosen) {
    PhaseTwo phase2(Slot{1});
    phase2.propose(value("a"), Time{1});
    phase2.forget_through(Slot{7});
    EXPECT_EQ(phase2.next_slot(), Slot{8});
    EXPECT_EQ(phase2.find(Slot{1}), nullptr);
}

}  // namespace
}  // namespace decree
