#include "traces/render/ledger.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "tests/traces/small_world.hpp"
#include "traces/replay.hpp"

namespace decree::traces::tests {
namespace {

/// Holds the ledger against what nodes come to know.
class Auditor final : public Visitor {
public:
    explicit Auditor(const Trace& trace) : ledger_(trace.header().settings) {}

    void started(const Moment& moment, const Recovered& disk, const Node& node) override {
        take(ledger_.started(moment.number, disk, node));
        compare(node);
    }
    void stepped(const Moment& moment, const Step&, const Event& event, const Node& after,
                 const Effects& effects, MessageId) override {
        take(ledger_.stepped(moment.number, event, after, effects));
        compare(after);
    }

    std::map<Slot, Choice> chosen;

private:
    void take(const std::vector<Choice>& choices) {
        for (const Choice& choice : choices) {
            if (choice.again) {
                EXPECT_EQ(chosen.at(choice.slot).value, choice.value);
                continue;
            }
            EXPECT_TRUE(chosen.emplace(choice.slot, choice).second)
                << "slot " << choice.slot.value << " is told twice";
            EXPECT_EQ(choice.voters.size(), choice.votes.size());
        }
    }
    void compare(const Node& node) const {
        for (Slot slot = next(node.log().trimmed_through()); slot <= node.chosen_through();
             slot = next(slot)) {
            const auto found = chosen.find(slot);
            ASSERT_NE(found, chosen.end()) << "slot " << slot.value << " is known, and not told";
            const LogEntry* entry = node.log().find(slot);
            if (entry != nullptr) {
                EXPECT_EQ(entry->value, found->second.value);
            }
        }
    }

    VoteLedger ledger_;
};

/// Goal: each choice is told once, and before anybody knows of it, over a change of leaders.
/// Method: a failover with a crash; after every step, what the node knows against what was told.
TEST(VoteLedger, TellsEachChoiceOnceBeforeItIsKnown) {
    const Trace trace = failover_trace();
    Auditor auditor(trace);
    ASSERT_TRUE(replay(trace, auditor).has_value());
    EXPECT_GE(auditor.chosen.size(), 2U);
}

/// Goal: the same when other nodes come to vote, whose era not every node knows yet.
/// Method: N4 takes the place of N1; its votes count from there on, those of N1 up to there.
TEST(VoteLedger, CountsTheVotersOfTheSlot) {
    const Trace trace = members_trace();
    Auditor auditor(trace);
    ASSERT_TRUE(replay(trace, auditor).has_value());
    const Slot change{2 + 4};  // The command's slot, and alpha.
    std::size_t after = 0;
    for (const auto& [slot, choice] : auditor.chosen) {
        if (slot >= change) ++after;
        const NodeId stranger{slot < change ? 4U : 1U};
        EXPECT_EQ(std::ranges::find(choice.voters, stranger), choice.voters.end())
            << "slot " << slot.value;
    }
    EXPECT_GE(after, 10U);
}

}  // namespace
}  // namespace decree::traces::tests
