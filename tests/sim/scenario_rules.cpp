#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/reflect.hpp"
#include "core/rule.hpp"
#include "sim/scenario/by_hand.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/parse.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/timed.hpp"
#include "traces/replay.hpp"

/// Rules, as scenarios expect them and take them.

namespace decree::sim::scenario {
namespace {

std::string_view name(Rule rule) {
    return reflect::enumerator_names<Rule>[static_cast<std::size_t>(rule)];
}

class RulesTaken final : public traces::Visitor {
public:
    void stepped(const traces::Moment&, const traces::Step&, const Event&, const Node&,
                 const Effects& effects, traces::MessageId) override {
        for (const RuleTaken& taken : effects.rules) rules.insert(taken.rule);
    }
    std::set<Rule> rules;
};

std::set<Rule> rules_of(const Scenario& scenario) {
    const std::uint64_t seed = scenario.setup.timed.seed.value_or(0);
    traces::Recorder recorder({.settings = settings_of(scenario.setup),
                               .store = {},
                               .seed = seed,
                               .profile = "scenario",
                               .title = ""});
    const auto way = scenario.is_timed() ? run_timed : run_by_hand;
    const Report report = way(scenario, seed, &recorder);
    const auto trace = traces::Trace::read(recorder.finish(std::nullopt));
    EXPECT_TRUE(trace.has_value());
    RulesTaken taken;
    if (trace && report.ending != Ending::Impossible) {
        EXPECT_TRUE(traces::replay(*trace, taken).has_value());
    }
    return taken.rules;
}

std::set<Rule> rules_of_all() {
    std::set<Rule> all;
    for (const char* const folder : {"/../scenario", "/../../traces/gallery"}) {
        const auto files =
            std::filesystem::directory_iterator(DECREE_TEST_DATA + std::string(folder));
        for (const auto& file : files) {
            if (file.path().extension() != ".scn") continue;
            std::ifstream in(file.path());
            const std::string text{std::istreambuf_iterator<char>(in),
                                   std::istreambuf_iterator<char>()};
            const auto read = parse(text);
            if (read && !check_timed(*read)) all.merge(rules_of(*read));
        }
    }
    return all;
}

// Founding, identity, members, damage and leases, from one rule to another of each group.
constexpr std::pair<Rule, Rule> groups[] = {
    {Rule::StartedInDoubt, Rule::DoubtEnded},
    {Rule::FoundingBegun, Rule::NamesakeRefused},
    {Rule::PreVoteRefusedNotAVoter, Rule::PreVoteRefusedByLease},
    {Rule::CampaignWithheldNotAVoter, Rule::CampaignWithheldByLease},
    {Rule::SteppedDownDiskHangs, Rule::SteppedDownOutcast},
    {Rule::PromiseWaitsForSnapshot, Rule::PromiseWithheldByLease},
    {Rule::WindowFilledWithNoop, Rule::DoubtFilledWithNoop},
    {Rule::VoteIgnoredNotAVoter, Rule::VoteIgnoredNotAVoter},
    {Rule::MembersChangeScheduled, Rule::MembersChanged},
    {Rule::ReadConfirmedByLease, Rule::ReadConfirmedByLease},
    {Rule::MemberSuspected, Rule::LeaseReleased},
    {Rule::GroupSealed, Rule::GroupSealed},
    {Rule::SnapshotRefusedBadBytes, Rule::SnapshotInstalled},
    {Rule::DiskBehind, Rule::DiskBehind},
};

// Those that no scenario can take, and why.
const std::map<Rule, std::string_view> exceptions = {
    {Rule::SnapshotRefusedBadBytes, "no node of a scenario sends bytes that are no snapshot's"},
    {Rule::DiskBehind, "scenarios have no words for 64 MiB of writes"},
};

/// Goal: each rule of founding, identity, members, damage and leases can be seen in a scenario.
/// Method: run all of tests/scenario and traces/gallery, and note the rules that are taken.
TEST(ScenarioRules, EachOfTheseGroupsIsShown) {
    const std::set<Rule> taken = rules_of_all();
    for (const auto& [first, last] : groups) {
        for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
            const auto rule = static_cast<Rule>(i);
            const auto why = exceptions.find(rule);
            EXPECT_EQ(taken.contains(rule), why == exceptions.end())
                << name(rule) << (why == exceptions.end() ? "" : why->second);
        }
    }
}

/// Goal: a rule that is expected must have been taken, by that node.
/// Method: the same run by hand and timed, with rules that were taken, and that were not.
TEST(ScenarioRules, ExpectedAreTaken) {
    const std::string by_hand = "nodes N1 N2 N3\nopen N1 1\ndeliver prepare N1>N2\nexpect took ";
    const std::string timed = "nodes N1 N2 N3\nat 1ms open N1 1\nat 1s expect took ";
    for (const std::string& begin : {by_hand, timed}) {
        for (const auto& [fact, holds] : std::map<std::string, bool>{{"N1 BallotOpened", true},
                                                                     {"N2 PromiseGiven", true},
                                                                     {"N2 BallotOpened", false},
                                                                     {"N1 DoubtEnded", false}}) {
            const auto read = parse(begin + fact + "\n");
            ASSERT_TRUE(read.has_value()) << read.error().what;
            EXPECT_EQ(parse(to_text(*read)).value(), *read);
            const auto way = read->is_timed() ? run_timed : run_by_hand;
            const Report report = way(*read, 0, nullptr);
            EXPECT_EQ(report.ending, holds ? Ending::Passed : Ending::Failed) << fact;
        }
    }
    const auto unknown = parse("nodes N1\nexpect took N1 Nonsense\n");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_NE(unknown.error().what.find("there is no rule"), std::string::npos);
}

/// Goal: who founds may be given a list and a window of its own, once each, of nodes that are
/// members; and a text says it as it was read.
/// Method: such lines, right and wrong.
TEST(ScenarioRules, FoundersHaveListsAndSettings) {
    const std::string right =
        "nodes N1 N2 N3\nfounding\nlist N2 N1,N2\ngiven N3 alpha 8\nat 1s crash N1\n";
    const auto read = parse(right);
    ASSERT_TRUE(read.has_value()) << read.error().what;
    EXPECT_EQ(read->setup.timed.lists.at(NodeId{2}), (std::vector{NodeId{1}, NodeId{2}}));
    EXPECT_EQ(read->setup.timed.given_alpha.at(NodeId{3}), 8U);
    EXPECT_EQ(to_text(*read), right);
    for (const char* const wrong :
         {"nodes N1 N2\nlist N2 N1\nat 1s crash N1\n",
          "nodes N1 N2\nfounding\nlist N2 N1\nlist N2 N2\nat 1s crash N1\n",
          "nodes N1 N2\nmembers N1\nfounding\nlist N1 N1,N2\nat 1s crash N1\n",
          "nodes N1 N2\nfounding\ngiven N2 beta 8\nat 1s crash N1\n",
          "nodes N1 N2\ngiven N2 alpha 8\nat 1s crash N1\n"}) {
        EXPECT_FALSE(parse(wrong).has_value()) << wrong;
    }
}

}  // namespace
}  // namespace decree::sim::scenario
