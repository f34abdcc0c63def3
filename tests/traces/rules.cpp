#include "traces/rules.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/reflect.hpp"
#include "traces/render/words.hpp"

namespace decree::traces::tests {
namespace {

constexpr std::size_t rule_count = reflect::enumerator_count<Rule>;

std::string papers() {
    std::ifstream file(DECREE_TEST_DATA "/../../papers/README.md");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Goal: every rule can be said, and has a source that our papers/README.md knows.
/// Method: go through all rules; look for the source's key in a row of the table.
TEST(Rules, EveryRuleHasASentenceAndAKnownSource) {
    const std::string known = papers();
    ASSERT_FALSE(known.empty());
    for (std::size_t i = 0; i < rule_count; ++i) {
        const auto rule = static_cast<Rule>(i);
        const RuleText& text = text_of(rule);
        EXPECT_EQ(text.rule, rule);
        EXPECT_FALSE(text.section.empty());
        EXPECT_NE(known.find("| " + std::string(text.paper) + " |"), std::string::npos)
            << text.paper;
    }
}

/// Goal: nothing of the template is left in what is said.
/// Method: say every rule about a peer, a ballot and a slot.
TEST(Rules, SentencesAreFilledIn) {
    for (std::size_t i = 0; i < rule_count; ++i) {
        const std::string text = say({.rule = static_cast<Rule>(i),
                                      .peer = NodeId{3},
                                      .ballot = {7, NodeId{2}},
                                      .slot = Slot{5}});
        EXPECT_EQ(text.find_first_of("{}"), std::string::npos) << text;
    }
    EXPECT_EQ(say({Rule::BallotOpened, NodeId{1}, {2, NodeId{1}}, Slot{3}}), "opens ballot 2.1");
}

/// Goal: what a node does with its own is said so, and clients are not called nodes.
/// Method: rules about a peer that is the actor, another node, and an origin with a name.
TEST(Rules, PeersAreNamed) {
    const auto about = [](Rule rule, std::vector<NodeId> peers) {
        const RuleTaken first{
            .rule = rule, .peer = peers.front(), .ballot = {1, NodeId{2}}, .slot = Slot{3}};
        return RuleGroup{.first = first, .peers = std::move(peers)};
    };
    EXPECT_EQ(say(about(Rule::VoteCounted, {NodeId{2}}), NodeId{2}),
              "counts its own vote for slot 3 in ballot 1.2");
    EXPECT_EQ(say(about(Rule::VoteCounted, {NodeId{1}}), NodeId{2}),
              "counts the vote of N1 for slot 3 in ballot 1.2");
    const Names names{{NodeId{1003}, "C4"}};
    EXPECT_EQ(say(about(Rule::CommandExecuted, {NodeId{1003}}), NodeId{2}, names),
              "executes a command of C4, from slot 3");
    EXPECT_EQ(say(about(Rule::CommandExecuted, {NodeId{2}}), NodeId{2}, names),
              "executes a command of its own, from slot 3");
}

/// Goal: no two rules sound alike.
/// Method: collect all sentences.
TEST(Rules, SentencesDiffer) {
    std::set<std::string_view> sentences;
    for (std::size_t i = 0; i < rule_count; ++i) {
        EXPECT_TRUE(sentences.insert(text_of(static_cast<Rule>(i)).sentence).second)
            << text_of(static_cast<Rule>(i)).sentence;
    }
}

}  // namespace
}  // namespace decree::traces::tests
