#include "core/paxos/quorum.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "core/contract.hpp"

namespace decree {
namespace {

Voters voters(std::size_t count) {
    Voters result;
    for (std::uint64_t i = 1; i <= count; ++i) result.push_back(NodeId{i});
    return result;
}

/// Why the system is refused; "" when it is not.
std::string refusal(const QuorumSystem& system, std::size_t count) {
    const auto checked = check_quorums(system, voters(count));
    return checked ? "" : checked.error();
}

bool quorum(const QuorumSystem& system, std::size_t count, Phase phase, std::uint64_t answered) {
    return is_quorum(system, voters(count), phase, VoterBits{answered});
}

/// Goal: a set of voters has one form.
/// Method: unordered nodes, one of them twice.
TEST(Quorum, VotersAscendAndNoOneIsTwice) {
    EXPECT_EQ(make_voters({NodeId{3}, NodeId{1}, NodeId{3}, NodeId{2}}), voters(3));
    EXPECT_EQ(make_voters({}), Voters{});
}

/// Goal: each voter has a bit of its own, and nobody else has one.
/// Method: the first, the last, strangers between and beyond.
TEST(Quorum, BitsAreOfVotersOnly) {
    const Voters odd{NodeId{1}, NodeId{3}, NodeId{5}};
    EXPECT_EQ(bit_of(odd, NodeId{1}), VoterBits{1});
    EXPECT_EQ(bit_of(odd, NodeId{5}), VoterBits{4});
    EXPECT_EQ(bit_of(odd, NodeId{2}), VoterBits{});
    EXPECT_EQ(bit_of(odd, NodeId{9}), VoterBits{});
    EXPECT_EQ(bit_of({}, NodeId{1}), VoterBits{});
    EXPECT_EQ(bit_of(voters(max_voters), NodeId{max_voters}), VoterBits{std::uint64_t{1} << 62U});
    EXPECT_THROW(static_cast<void>(bit_of(voters(64), NodeId{64})), ContractViolation);
}

/// Goal: half of an even number is not a majority.
/// Method: two, then three of four.
TEST(Quorum, MajorityOfFourIsThree) {
    EXPECT_FALSE(quorum(Majority{}, 4, Phase::One, 0b0011));
    EXPECT_TRUE(quorum(Majority{}, 4, Phase::One, 0b1011));
    EXPECT_FALSE(quorum(Majority{}, 4, Phase::Two, 0b1100));
    EXPECT_TRUE(quorum(Majority{}, 4, Phase::Two, 0b1110));
}

/// Goal: a majority of the fewest and of the most voters is right, too.
/// Method: 1, 2, 3 and 63 voters.
TEST(Quorum, MajorityOfAnyNumber) {
    EXPECT_FALSE(quorum(Majority{}, 1, Phase::One, 0));
    EXPECT_TRUE(quorum(Majority{}, 1, Phase::One, 1));
    EXPECT_FALSE(quorum(Majority{}, 2, Phase::Two, 0b10));
    EXPECT_TRUE(quorum(Majority{}, 2, Phase::Two, 0b11));
    EXPECT_TRUE(quorum(Majority{}, 3, Phase::Two, 0b101));
    const std::uint64_t half = (std::uint64_t{1} << 31U) - 1;
    EXPECT_FALSE(quorum(Majority{}, 63, Phase::One, half));
    EXPECT_TRUE(quorum(Majority{}, 63, Phase::One, half | (std::uint64_t{1} << 62U)));
}

/// Goal: no voters have no quorum, in any system.
/// Method: ask all five; none of them can be configured so, either.
TEST(Quorum, NoVotersNoQuorum) {
    for (const QuorumSystem& system :
         {QuorumSystem{Majority{}}, QuorumSystem{Sizes{}}, QuorumSystem{Grid{}},
          QuorumSystem{Weights{}}, QuorumSystem{UnsafeSizes{}}}) {
        EXPECT_FALSE(quorum(system, 0, Phase::One, 0));
        EXPECT_FALSE(quorum(system, 0, Phase::Two, 0));
        EXPECT_EQ(refusal(system, 0), "there are no voters");
    }
}

/// Goal: sets of voters fit into one word.
/// Method: the most voters, and one more.
TEST(Quorum, MoreThanSixtyThreeVotersAreRefused) {
    EXPECT_EQ(refusal(Majority{}, 63), "");
    EXPECT_EQ(refusal(Majority{}, 64), "64 voters are too many: at most 63 can vote in a slot");
}

/// Goal: with sizes, each phase has its own.
/// Method: four in phase 1 and two in phase 2, of five.
TEST(Quorum, SizesDifferByPhase) {
    const Sizes system{.phase1 = 4, .phase2 = 2};
    EXPECT_EQ(refusal(system, 5), "");
    EXPECT_FALSE(quorum(system, 5, Phase::One, 0b00111));
    EXPECT_TRUE(quorum(system, 5, Phase::One, 0b11101));
    EXPECT_FALSE(quorum(system, 5, Phase::Two, 0b10000));
    EXPECT_TRUE(quorum(system, 5, Phase::Two, 0b10001));
}

/// Goal: sizes that need not meet, or that nobody reaches, are refused in words.
/// Method: sums of exactly n, sizes of 0 and of more than n, and sums that would overflow.
TEST(Quorum, SizesMustMeetAndBeReachable) {
    EXPECT_EQ(refusal(Sizes{2, 3}, 4), "");
    EXPECT_EQ(refusal(Sizes{2, 2}, 4),
              "phase 1 (2 voters) and phase 2 (2 voters) need not meet: together they must be more "
              "than all 4");
    EXPECT_EQ(refusal(Sizes{0, 4}, 4), "phase 1 must need at least 1 voters");
    EXPECT_EQ(refusal(Sizes{4, 0}, 4), "phase 2 must need at least 1 voters");
    EXPECT_EQ(refusal(Sizes{5, 1}, 4),
              "phase 1 needs 5 voters, but all voters together are only 4");
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
    EXPECT_NE(refusal(Sizes{most, most}, 4), "");
}

/// Goal: sizes that need not meet can be had by whoever asks for them, and must be reachable.
/// Method: one of three in each phase; none; four of three.
TEST(Quorum, UnsafeSizesNeedNotMeet) {
    const UnsafeSizes system{.phase1 = 1, .phase2 = 2};
    EXPECT_EQ(refusal(system, 3), "");
    EXPECT_TRUE(quorum(system, 3, Phase::One, 0b001));
    EXPECT_FALSE(quorum(system, 3, Phase::Two, 0b001));
    EXPECT_TRUE(quorum(system, 3, Phase::Two, 0b101));
    EXPECT_EQ(refusal(UnsafeSizes{0, 1}, 3), "phase 1 must need at least 1 voters");
    EXPECT_EQ(refusal(UnsafeSizes{1, 4}, 3),
              "phase 2 needs 4 voters, but all voters together are only 3");
    const Voters voters{NodeId{1}, NodeId{2}, NodeId{3}};
    EXPECT_EQ(smallest_overlap(QuorumSystem{system}, voters), 0U);
    EXPECT_EQ(smallest_overlap(QuorumSystem{UnsafeSizes{2, 2}}, voters), 1U);
}

/// Goal: a grid needs a whole row in phase 1, a whole column in phase 2.
/// Method: two rows of three: voters 1 2 3 above 4 5 6.
TEST(Quorum, GridIsARowOrAColumn) {
    const Grid system{.rows = 2, .columns = 3};
    EXPECT_TRUE(quorum(system, 6, Phase::One, 0b111000));
    EXPECT_TRUE(quorum(system, 6, Phase::One, 0b010111));
    EXPECT_FALSE(quorum(system, 6, Phase::One, 0b011110));
    EXPECT_TRUE(quorum(system, 6, Phase::Two, 0b010010));
    EXPECT_FALSE(quorum(system, 6, Phase::Two, 0b000111));
    EXPECT_FALSE(quorum(system, 6, Phase::Two, 0b100010));
}

/// Goal: a grid has exactly one place for each voter.
/// Method: too few places, too many, none, and a product that would overflow 32 bits to fit.
TEST(Quorum, GridMustHoldAllVoters) {
    EXPECT_EQ(refusal(Grid{2, 3}, 6), "");
    EXPECT_EQ(refusal(Grid{2, 3}, 7),
              "a grid of 2 rows and 3 columns does not hold exactly 7 voters");
    EXPECT_NE(refusal(Grid{2, 3}, 5), "");
    EXPECT_NE(refusal(Grid{0, 3}, 3), "");
    EXPECT_NE(refusal(Grid{0x10000, 0x10000}, 1), "");
    EXPECT_NE(refusal(Grid{0x80000001, 2}, 2), "");
    EXPECT_FALSE(quorum(Grid{0x10000, 0x10000}, 6, Phase::One, 0b111111));
}

/// Goal: with weights the heavy count for more; who is not named weighs 1.
/// Method: weights 3, 1, 1 and phases of 3 and 3.
TEST(Quorum, WeightsCount) {
    const Weights system{.weights = {{NodeId{1}, 3}, {NodeId{9}, 100}}, .phase1 = 3, .phase2 = 3};
    EXPECT_EQ(refusal(system, 3), "");
    EXPECT_TRUE(quorum(system, 3, Phase::One, 0b001));
    EXPECT_FALSE(quorum(system, 3, Phase::Two, 0b110));
}

/// Goal: weights that need not meet, or that nobody reaches, are refused; sums do not overflow.
/// Method: sums of exactly the total, the greatest weights, the greatest thresholds.
TEST(Quorum, WeightsMustMeetAndBeReachable) {
    EXPECT_EQ(refusal(Weights{{{NodeId{1}, 3}}, 2, 3}, 3),
              "phase 1 (2 of weight) and phase 2 (3 of weight) need not meet: together they must "
              "be more than all 5");
    EXPECT_EQ(refusal(Weights{{}, 0, 3}, 3), "phase 1 must need at least 1 of weight");
    EXPECT_EQ(refusal(Weights{{}, 3, 4}, 3),
              "phase 2 needs 4 of weight, but all voters together are only 3");
    Weights heavy;
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
    for (const NodeId node : voters(63)) heavy.weights[node] = most;
    heavy.phase1 = std::uint64_t{32} * most;
    heavy.phase2 = heavy.phase1;
    EXPECT_EQ(refusal(heavy, 63), "");
    EXPECT_EQ(smallest_overlap(heavy, voters(63)), 1U);
    heavy.phase2 = ~std::uint64_t{0};
    EXPECT_NE(refusal(heavy, 63), "");
    heavy.phase1 = ~std::uint64_t{0};
    EXPECT_NE(refusal(heavy, 63), "");
}

/// Goal: the overlap of any two quorums is known in closed form where there is one.
/// Method: majorities of odd and even numbers, sizes, a grid.
TEST(Quorum, OverlapOfMajoritiesSizesAndGrids) {
    EXPECT_EQ(smallest_overlap(Majority{}, voters(5)), 1U);
    EXPECT_EQ(smallest_overlap(Majority{}, voters(4)), 2U);
    EXPECT_EQ(smallest_overlap(Sizes{4, 4}, voters(5)), 3U);
    EXPECT_EQ(smallest_overlap(Grid{2, 3}, voters(6)), 1U);
    EXPECT_THROW(static_cast<void>(smallest_overlap(Sizes{1, 1}, voters(5))), ContractViolation);
}

/// Goal: the overlap of weighted quorums is what sets of voters can do, not what weights could.
/// Method: three voters of 2, thresholds 3 and 4: by weight one shared voter would do, and does;
/// with thresholds 3 and 3 of five the coarse weights need two. Beyond 20 voters, a lower bound.
TEST(Quorum, OverlapOfWeightsIsExactForFewVoters) {
    const std::map<NodeId, std::uint32_t> twos{{NodeId{1}, 2}, {NodeId{2}, 2}, {NodeId{3}, 2}};
    EXPECT_EQ(smallest_overlap(Weights{twos, 3, 4}, voters(3)), 1U);
    EXPECT_EQ(smallest_overlap(Weights{twos, 5, 3}, voters(3)), 2U);
    EXPECT_EQ(smallest_overlap(Weights{{{NodeId{1}, 3}}, 3, 3}, voters(3)), 1U);
    EXPECT_EQ(smallest_overlap(Weights{{}, 20, 20}, voters(21)), 19U);
    EXPECT_EQ(smallest_overlap(Weights{{}, 15, 12}, voters(20)), 7U);
}

}  // namespace
}  // namespace decree
