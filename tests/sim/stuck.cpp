#include "sim/stuck.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace decree::sim {
namespace {

Voters voters(std::initializer_list<std::uint64_t> numbers) {
    std::vector<NodeId> nodes;
    for (const std::uint64_t number : numbers) nodes.push_back(NodeId{number});
    return make_voters(std::move(nodes));
}

CoreMember member(std::uint64_t node, std::uint64_t chosen_through) {
    return {.node = NodeId{node},
            .chosen_through = Slot{chosen_through},
            .doubt_through = Slot{},
            .snapshot_through = Slot{},
            .votes = {}};
}

/// Goal: a core with quorums and all that was chosen has no excuse.
/// Method: two of three voters, both knowing everything.
TEST(Stuck, AQuorumThatKnowsAllHasNoExcuse) {
    const CoreFacts facts{.quorums = Majority{},
                          .members = {member(1, 5), member(2, 5)},
                          .eras = {{.from = Slot{1}, .voters = voters({1, 2, 3})}},
                          .chosen_through = Slot{5}};
    EXPECT_EQ(allowed_to_be_stuck(facts), std::nullopt);
}

/// Goal: without a quorum nothing can be demanded.
/// Method: one of three voters.
TEST(Stuck, TooFewVotersAreAnExcuse) {
    const CoreFacts facts{.quorums = Majority{},
                          .members = {member(1, 5)},
                          .eras = {{.from = Slot{1}, .voters = voters({1, 2, 3})}},
                          .chosen_through = Slot{5}};
    EXPECT_TRUE(allowed_to_be_stuck(facts).has_value());
}

/// Goal: each phase counts by its own quorum.
/// Method: phase 1 wants all three, phase 2 any one: two of them are too few.
TEST(Stuck, BothPhasesNeedTheirQuorum) {
    const CoreFacts facts{.quorums = Sizes{.phase1 = 3, .phase2 = 1},
                          .members = {member(1, 5), member(2, 5)},
                          .eras = {{.from = Slot{1}, .voters = voters({1, 2, 3})}},
                          .chosen_through = Slot{5}};
    EXPECT_TRUE(allowed_to_be_stuck(facts).has_value());
}

/// Goal: a change of voters that moved the quorum out of the core excuses it.
/// Method: the window ends with an era whose voters are mostly elsewhere.
TEST(Stuck, VotersWhoLeftTheCoreAreAnExcuse) {
    const CoreFacts facts{.quorums = Majority{},
                          .members = {member(1, 5), member(2, 5)},
                          .eras = {{.from = Slot{1}, .voters = voters({1, 2, 3})},
                                   {.from = Slot{8}, .voters = voters({1, 4, 5})}},
                          .chosen_through = Slot{5}};
    EXPECT_TRUE(allowed_to_be_stuck(facts).has_value());
}

/// Goal: voters of slots that a member knows chosen are no excuse: it can tell the others.
/// Method: the laggard has yet to learn slots of an old set without quorum here.
TEST(Stuck, VotersOfSlotsThatAMemberKnowsAreNoExcuse) {
    const CoreFacts facts{.quorums = Majority{},
                          .members = {member(1, 9), member(2, 2)},
                          .eras = {{.from = Slot{1}, .voters = voters({4, 5, 6})},
                                   {.from = Slot{10}, .voters = voters({1, 2, 3})}},
                          .chosen_through = Slot{9}};
    EXPECT_EQ(allowed_to_be_stuck(facts), std::nullopt);
}

/// Goal: a chosen value that no disk of the core holds excuses it, one that a disk holds does not.
/// Method: the cluster chose through slot 6, the core knows through 5.
TEST(Stuck, AChosenValueThatIsGoneIsAnExcuse) {
    CoreFacts facts{.quorums = Majority{},
                    .members = {member(1, 5), member(2, 4)},
                    .eras = {{.from = Slot{1}, .voters = voters({1, 2, 3})}},
                    .chosen_through = Slot{6}};
    EXPECT_TRUE(allowed_to_be_stuck(facts).has_value());
    facts.members[1].votes = {Slot{5}, Slot{6}};
    EXPECT_EQ(allowed_to_be_stuck(facts), std::nullopt);
    facts.members[1].votes.clear();
    facts.members[1].snapshot_through = Slot{6};
    EXPECT_EQ(allowed_to_be_stuck(facts), std::nullopt);
}

/// Goal: a quorum of which too many may have forgotten votes is excused, unless a member can tell
/// what was chosen in those slots. Method: one of two voters doubts beyond what both know.
TEST(Stuck, ForgottenVotesAreAnExcuse) {
    CoreFacts facts{.quorums = Majority{},
                    .members = {member(1, 5), member(2, 3)},
                    .eras = {{.from = Slot{1}, .voters = voters({1, 2, 3})}},
                    .chosen_through = Slot{5}};
    facts.members[1].doubt_through = Slot{5};
    EXPECT_EQ(allowed_to_be_stuck(facts), std::nullopt);
    facts.members[1].doubt_through = Slot{6};
    EXPECT_TRUE(allowed_to_be_stuck(facts).has_value());
    facts.members.push_back(member(3, 0));
    EXPECT_EQ(allowed_to_be_stuck(facts), std::nullopt) << "two others may promise";
}

/// Goal: nobody is blamed where there is nobody.
/// Method: an empty core.
TEST(Stuck, AnEmptyCoreIsAnExcuse) {
    EXPECT_TRUE(allowed_to_be_stuck(
                    {.quorums = Majority{}, .members = {}, .eras = {}, .chosen_through = {}})
                    .has_value());
}

}  // namespace
}  // namespace decree::sim
