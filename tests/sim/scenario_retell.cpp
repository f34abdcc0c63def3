#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/value.hpp"
#include "sim/scenario/by_hand.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/parse.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/retell.hpp"
#include "sim/scenario/shorten.hpp"
#include "sim/scenario/timed.hpp"
#include "sim/scenario/walk.hpp"
#include "tests/sim/read_scenario.hpp"

namespace decree::sim::scenario {
namespace {

bool has_line(const Scenario& scenario, std::string_view text) {
    return std::ranges::any_of(scenario.lines,
                               [&](const Line& line) { return to_text(line.what) == text; });
}

// Shows it when all these lines are there.
Shows shows_with(std::vector<std::string> lines) {
    return [lines](const Scenario& scenario) -> std::optional<Scenario> {
        for (const std::string& line : lines) {
            if (!has_line(scenario, line)) return std::nullopt;
        }
        return scenario;
    };
}

std::string shortened(std::string_view text, const Shows& shows, const ShrinkBudget& budget = {}) {
    std::uint64_t runs = 0;
    return to_text(shorten(read(text), shows, budget, runs));
}

/// Goal: of many lines those stay that matter, wherever they stand.
/// Method: two lines among forty that only together show it.
TEST(ScenarioShorten, KeepsOnlyTheLinesThatMatter) {
    std::string text = "nodes N1 N2 N3\n";
    for (int i = 0; i < 20; ++i) {
        text += "heal\n";
        if (i == 7) text += "crash N2\n";
        text += "cut N1>N3\n";
        if (i == 13) text += "restart N2\n";
    }
    EXPECT_EQ(shortened(text, shows_with({"crash N2", "restart N2"})),
              "nodes N2\ncrash N2\nrestart N2\n");
}

/// Goal: lines that only go together go.
/// Method: it is shown only where as many nodes crash as restart.
TEST(ScenarioShorten, DropsLinesInPairs) {
    const Shows balanced = [](const Scenario& scenario) -> std::optional<Scenario> {
        int balance = 0;
        for (const Line& line : scenario.lines) {
            if (std::holds_alternative<CrashNode>(line.what)) ++balance;
            if (std::holds_alternative<RestartNode>(line.what)) --balance;
        }
        if (balance != 0 || !has_line(scenario, "heal")) return std::nullopt;
        return scenario;
    };
    EXPECT_EQ(
        shortened("nodes N1 N2\ncrash N1\nheal\ncrash N2\nrestart N2\nrestart N1\n", balanced),
        "nodes N1\nheal\n");
}

/// Goal: names and numbers become simple, and messages are named by no more than it takes.
/// Method: anything shows it that has as many lines of each kind.
TEST(ScenarioShorten, SimplifiesNamesAndNumbers) {
    const Shows any = [](const Scenario& scenario) -> std::optional<Scenario> {
        if (scenario.lines.size() != 4 || scenario.setup.nodes.size() != 2) return std::nullopt;
        return scenario;
    };
    EXPECT_EQ(shortened("nodes N3 N7\nmembers N3\nalpha 5\nquorum q1=1 q2=1\n"
                        "submit C9>N7 foo\nsubmit C4>N3 bar\nopen N7 8\n"
                        "deliver prepare N7>N3 8.7\n",
                        any),
              "nodes N1 N2\nsubmit C1>N1 A\nsubmit C1>N2 B\nopen N1 1\n"
              "deliver prepare N1>N2\n");
}

/// Goal: times come earlier and become round, as long as it is shown.
/// Method: it is shown while the second line comes at least 250 ms after the first.
TEST(ScenarioShorten, HurriesTimes) {
    const Shows apart = [](const Scenario& scenario) -> std::optional<Scenario> {
        if (scenario.lines.size() != 2) return std::nullopt;
        const std::uint64_t gap = scenario.lines[1].at->us - scenario.lines[0].at->us;
        if (gap < 250'000) return std::nullopt;
        return scenario;
    };
    const Scenario hurried = read(shortened(
        "nodes N1\nseed 5\nloss 3%\nat 1234567us crash N1\nat 3456789us restart N1\n", apart));
    EXPECT_EQ(hurried.lines[0].at->us, 0U);
    EXPECT_LE(hurried.lines[1].at->us, 300'000U);
    EXPECT_EQ(hurried.lines[1].at->us % 1'000, 0U);
    EXPECT_FALSE(hurried.setup.timed.loss.has_value());
}

/// Goal: the budget holds, and what is returned then still shows it.
/// Method: budgets from 0 on.
TEST(ScenarioShorten, StopsWithinItsBudget) {
    std::string text = "nodes N1 N2\n";
    for (int i = 0; i < 30; ++i) text += "heal\ncrash N1\n";
    const Shows shows = shows_with({"heal"});
    for (std::uint64_t most = 0; most < 60; most += 7) {
        std::uint64_t runs = 0;
        const ShrinkBudget budget{.runs = most, .spent = [] { return false; }};
        const Scenario left = shorten(read(text), shows, budget, runs);
        EXPECT_LE(runs, most);
        EXPECT_TRUE(has_line(left, "heal"));
    }
}

constexpr Sizes lonely{.phase1 = 1, .phase2 = 1};

Surroundings unsafe_cluster() {
    Surroundings where;
    where.quorum = lonely;
    where.unsafe_quorums = true;
    return where;
}

/// Goal: a walk finds what breaks, tells it line by line, and finds the same again.
/// Method: quorums that need not meet; what is found is run.
TEST(ScenarioWalk, FindsWhatBreaks) {
    for (int i = 0; i < 2; ++i) {
        std::uint64_t runs = 0;
        Walks walks(unsafe_cluster(), "Agreement");
        const auto found = walks.next({}, runs);
        ASSERT_TRUE(found.has_value());
        const Report report = run_by_hand(read(to_text(*found)), 0, nullptr);
        EXPECT_EQ(report.ending, Ending::Failed);
        EXPECT_EQ(report.skipped, 0U) << "a walk tells nothing but what happened";
        ASSERT_FALSE(report.violations.empty());
        EXPECT_EQ(report.violations.front().property, "Agreement");
        std::uint64_t again = 0;
        EXPECT_EQ(Walks(unsafe_cluster(), "Agreement").next({}, again), found);
        EXPECT_EQ(again, runs);
    }
}

/// Goal: where nothing breaks nothing is found, within the budget; also not when everything that
/// clusters can do is done.
/// Method: a sound core, all surroundings on.
TEST(ScenarioWalk, FindsNothingInASoundCore) {
    Surroundings where;
    where.learners = 1;
    where.members_change = where.crashes = where.reads = where.repeats = where.snapshots = true;
    std::uint64_t runs = 0;
    const ShrinkBudget budget{.runs = 2'000, .spent = [] { return false; }};
    EXPECT_FALSE(Walks(where, "").next(budget, runs).has_value());
    EXPECT_EQ(runs, 2'000U);
}

traces::Trace record(const Scenario& scenario, std::string& property) {
    traces::Recorder recorder({.settings = settings_of(scenario.setup),
                               .store = {},
                               .seed = 0,
                               .profile = "scenario",
                               .title = ""});
    const Report report = run_timed(scenario, 0, &recorder);
    EXPECT_EQ(report.ending, Ending::Failed);
    std::optional<props::Violation> violation;
    if (!report.violations.empty()) violation = report.violations.front();
    property = violation ? violation->property : "";
    auto trace = traces::Trace::read(recorder.finish(violation));
    EXPECT_TRUE(trace.has_value());
    return *std::move(trace);
}

props::Violation broken(const std::string& property) {
    return {.property = property, .details = "", .signature = property};
}

// Tells what `scenario` breaks; sees that what is told breaks it, too.
Scenario retold(const Scenario& scenario) {
    std::string property;
    const traces::Trace trace = record(scenario, property);
    const Failing failing{
        .trace = trace, .network = NetworkHabits{}, .violation = broken(property), .name = "Run 9"};
    const ShrinkBudget some{.runs = 30'000, .spent = [] { return false; }};
    const RetellBudget budget{.search = some, .whole = some};
    const Retold first = retell(failing, budget);
    EXPECT_TRUE(first.scenario.has_value()) << property;
    if (!first.scenario) return {};
    EXPECT_EQ(retell(failing, budget).scenario, first.scenario);
    const Scenario again = read(to_text(*first.scenario));
    const Report report = again.is_timed() ? run_timed(again, *again.setup.timed.seed, nullptr)
                                           : run_by_hand(again, 0, nullptr);
    EXPECT_EQ(report.ending, Ending::Failed);
    EXPECT_EQ(report.violations.size(), 1U);
    for (const props::Violation& each : report.violations) EXPECT_EQ(each.property, property);
    EXPECT_EQ(again.title, property + ": Run 9, made short");
    EXPECT_TRUE(again.setup.recorded);
    EXPECT_FALSE(again.lines.back().comment.empty()) << "says what broke";
    return again;
}

/// Goal: a long run is told in a few lines.
/// Method: a timed run with quorums that need not meet.
TEST(ScenarioRetell, TellsInAFewLines) {
    const Scenario told =
        retold(read("nodes N1 N2 N3 N4 N5\nquorum q1=2 q2=2\noption unsafe-quorums\n"
                    "at 0ms partition N1,N2 | N3,N4,N5\nat 1ms open N1 1\nat 1ms open N3 2\n"
                    "at 100ms submit C1>N1 A\nat 100ms submit C2>N3 B\nat 500ms heal\n"
                    "at 600ms submit C1>N4 C\n"));
    EXPECT_LE(lines_of(told), 12U) << to_text(told);
}

/// Goal: what only a bad disk shows is told with times.
/// Method: votes that rot unnoticed, where quorums share one node.
TEST(ScenarioRetell, TellsWithTimesWhatDisksShow) {
    const Scenario told =
        retold(read("nodes N1 N2 N3\nat 0ms partition N1,N2 | N3\nat 1ms open N1 1\n"
                    "at 100ms submit C1>N1 A\nat 110ms crash N1\nat 110ms crash N2\n"
                    "at 120ms rot N2 unsealed\nat 130ms restart N2\nat 140ms heal\n"
                    "at 200ms open N3 2\nat 300ms submit C2>N3 B\nat 400ms heal\n"));
    EXPECT_TRUE(told.is_timed());
    EXPECT_LE(lines_of(told), 16U) << to_text(told);
}

/// Goal: where nothing breaks the property, what breaks another one is told, and said to.
/// Method: a run with quorums that need not meet, said to have broken something else.
TEST(ScenarioRetell, TellsSomethingElseIfItMust) {
    std::string property;
    const traces::Trace trace =
        record(read("nodes N1 N2\nquorum q1=1 q2=1\noption unsafe-quorums\n"
                    "at 0ms partition N1 | N2\nat 1ms open N1 1\nat 1ms open N2 2\n"
                    "at 100ms submit C1>N1 A\nat 100ms submit C2>N2 B\n"),
               property);
    const Failing failing{.trace = trace,
                          .network = NetworkHabits{},
                          .violation = broken("Recovery"),
                          .name = "run 9"};
    const ShrinkBudget some{.runs = 10'000, .spent = [] { return false; }};
    const Retold told = retell(failing, {.search = some, .whole = {}});
    ASSERT_TRUE(told.scenario.has_value());
    EXPECT_NE(told.property, "Recovery");
    EXPECT_FALSE(told.scenario->is_timed());
    EXPECT_EQ(told.scenario->title, told.property + ": by the program whose run 9 broke Recovery");
}

/// Goal: what is not about clusters is not looked for.
/// Method: a run that breaks something else, called Determinism.
TEST(ScenarioRetell, TellsOnlyOfClusters) {
    std::string property;
    const traces::Trace trace =
        record(read("nodes N1 N2\nquorum q1=1 q2=1\noption unsafe-quorums\n"
                    "at 0ms partition N1 | N2\nat 1ms open N1 1\nat 1ms open N2 2\n"
                    "at 100ms submit C1>N1 A\nat 100ms submit C2>N2 B\n"),
               property);
    const Failing failing{
        .trace = trace, .network = NetworkHabits{}, .violation = broken("Determinism"), .name = ""};
    const Retold none = retell(failing, {});
    EXPECT_FALSE(none.scenario.has_value());
    EXPECT_EQ(none.runs, 0U);
}

}  // namespace
}  // namespace decree::sim::scenario
