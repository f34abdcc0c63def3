#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/value.hpp"
#include "sim/scenario/from_trace.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/parse.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/rename.hpp"
#include "sim/scenario/timed.hpp"
#include "sim/scenario/verbs.hpp"
#include "tests/sim/read_scenario.hpp"
#include "traces/format.hpp"

namespace decree::sim::scenario {
namespace {

Report run_text(std::string_view text, std::uint64_t seed = 0) {
    return run_timed(read(text), seed, nullptr);
}

traces::Trace record(const Scenario& scenario, std::uint64_t seed) {
    traces::Recorder recorder({.settings = settings_of(scenario.setup),
                               .store = {},
                               .seed = seed,
                               .profile = "scenario",
                               .title = ""});
    static_cast<void>(run_timed(scenario, seed, &recorder));
    auto trace = traces::Trace::read(recorder.finish(std::nullopt));
    EXPECT_TRUE(trace.has_value());
    return *std::move(trace);
}

constexpr std::string_view busy =
    "nodes N1 N2 N3\n"
    "delay 1ms..9ms\n"
    "loss 3%\n"
    "dup 3%\n"
    "at 1ms open N1 1\n"
    "at 100ms submit C1>N1 A\n"
    "at 150ms crash N1\n"
    "at 200ms submit C1>N2 B\n"
    "at 300ms partition N1,N2 | N3\n"
    "at 2s restart N1\n"
    "at 3s heal\n"
    "at 4s read C2>N3\n";

/// Goal: a timed run depends on its scenario and its seed, and on nothing else.
/// Method: the same twice, with and without a recorder; and with another seed.
TEST(ScenarioTimed, OneSeedIsOneRun) {
    const Report first = run_text(busy, 7);
    EXPECT_EQ(first.ending, Ending::Passed) << first.why;
    EXPECT_EQ(run_text(busy, 7).digest, first.digest);
    EXPECT_NE(run_text(busy, 8).digest, first.digest);
    const traces::Trace trace = record(read(busy), 7);
    EXPECT_EQ(trace.end().digest, first.digest);
}

/// Goal: chance decides delays, losses and copies only as the file says.
/// Method: with one delay, no loss and no copies, messages take exactly that long, and all seeds
/// agree on who learned what when.
TEST(ScenarioTimed, NothingIsDrawnThatIsNotSaid) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Report report = run_text(
            "nodes N1 N2 N3\n"
            "delay 10ms\n"
            "at 0ms open N1 1\n"
            "at 100ms submit C1>N1 A\n"
            "at 119ms expect accepted N2 #1 none\n"
            "at 121ms expect accepted N2 #1 1.1 A\n"
            "at 130ms expect unanswered C1 A\n"
            "at 142ms expect answered C1 A\n",
            seed);
        EXPECT_EQ(report.ending, Ending::Passed) << report.why;
        EXPECT_EQ(report.expected, 4U);
    }
}

/// Goal: what happens at one instant happens in the order of the lines, before all else then.
/// Method: a crash, a restart and a crash again at once.
TEST(ScenarioTimed, LinesOfOneInstantKeepTheirOrder) {
    const Report report = run_text(
        "nodes N1\n"
        "at 0ms crash N1\n"
        "at 0ms restart N1\n"
        "at 0ms crash N1\n"
        "at 0ms expect phase N1 0\n");
    EXPECT_EQ(report.ending, Ending::Passed) << report.why;
    EXPECT_EQ(report.done, 3U);
}

/// Goal: every verb of the table does something in the world, or says why it cannot.
/// Method: its example as a line of a run: no verb is forgotten, and none breaks the world.
TEST(ScenarioTimed, KnowsEveryAddedVerb) {
    for (const AddedVerb& verb : added_verbs) {
        const std::string text =
            "nodes N1 N2 N3\noption recorded\nat 1s " + std::string(verb.usage) + "\nat 2s heal\n";
        const Report report = run_text(text);
        EXPECT_EQ(report.ending, Ending::Passed) << verb.usage << ": " << report.why;
        EXPECT_EQ(report.done + report.skipped, 2U) << verb.usage;
    }
}

/// Goal: a broken property ends the run, unless it is meant to break: then it goes on, and both
/// what broke and what comes of it can be expected.
/// Method: quorums that need not meet, and two leaders apart.
TEST(ScenarioTimed, GoesOnWhenItIsMeantToBreak) {
    const std::string lines =
        "at 0ms partition N1 | N2,N3\n"
        "at 1ms open N1 1\n"
        "at 1ms open N2 2\n"
        "at 100ms submit C1>N1 A\n"
        "at 100ms submit C2>N2 B\n"
        "at 200ms expect violated Agreement\n";
    const std::string unsafe = "nodes N1 N2 N3\nquorum q1=1 q2=1\noption unsafe-quorums";
    const Report meant =
        run_text(unsafe + " expect-violation\n" + lines + "at 200ms expect conflict #1 A,B\n");
    EXPECT_EQ(meant.ending, Ending::Passed) << meant.why;
    EXPECT_EQ(meant.expected, 2U);
    const Report not_meant = run_text(unsafe + "\n" + lines);
    EXPECT_EQ(not_meant.ending, Ending::Failed);
    EXPECT_NE(not_meant.why.find("VIOLATION of"), std::string::npos) << not_meant.why;
    const Report none = run_text("nodes N1\noption expect-violation\nat 1ms heal\n");
    EXPECT_EQ(none.ending, Ending::Failed);
}

/// Goal: nodes may be numbered with gaps, and nobody speaks to one that is not there.
/// Method: two voters and a learner, of five numbers.
TEST(ScenarioTimed, NodesMayHaveGaps) {
    const Report report = run_text(
        "nodes N2 N3 N5\n"
        "members N3,N5\n"
        "at 1ms open N5 1\n"
        "at 100ms submit C1>N2 A\n"
        "at 2s expect chosen #1 A at 1.5 by N3,N5\n"
        "at 2s expect applied N2 A\n");
    EXPECT_EQ(report.ending, Ending::Passed) << report.why;
}

/// Goal: names beyond those of a world are refused before it begins; by hand they are not.
/// Method: the first ones too high.
TEST(ScenarioTimed, RefusesNamesThatAWorldHasNot) {
    EXPECT_FALSE(check_timed(read("nodes N16\nat 1ms submit C62>N16 A\n")));
    EXPECT_TRUE(check_timed(read("nodes N17\nat 1ms crash N17\n")));
    const auto client = check_timed(read("nodes N1\nat 1ms heal\nat 1ms read C63>N1\n"));
    ASSERT_TRUE(client.has_value());
    EXPECT_EQ(client->line, 3U);
    EXPECT_FALSE(check_timed(read("nodes N17\nread C63>N17\n")));
}

/// Goal: the trace of a run tells its faults and questions at their times.
/// Method: a timed scenario, run and translated back.
TEST(ScenarioFromTrace, TellsFaultsAndQuestions) {
    const std::string lines =
        "at 100ms submit C1>N1 X1\n"
        "at 200ms crash N2\n"
        "at 300ms partition N1 | N2,N3\n"
        "at 350ms pause N1\n"
        "at 360ms stall-disk N3\n"
        "at 400ms restart N2\n"
        "at 500ms heal\n"
        "at 600ms cut N1>N2\n"
        "at 650ms sync N3\n"
        "at 700ms resume N1\n"
        "at 750ms submit C2>N2 members=N1,N2\n"
        "at 800ms mend N1>N2\n"
        "at 850ms clock N1 jump 2s\n"
        "at 900ms tear N1\n"
        "at 950ms lose-disk N1\n"
        "at 1s read C2>N3\n";
    const Scenario scenario = read("nodes N1 N2 N3\nalpha 3\n" + lines);
    NetworkHabits network;
    network.base_us = 1'000;
    network.spread_us = 2'000;
    network.dropped = 16'384;
    const Scenario told = timed_from_trace(record(scenario, 3), network);
    std::string text;
    std::size_t opened = 0;
    for (const Line& line : told.lines) {
        const bool opens = std::holds_alternative<OpenBallot>(line.what);
        opened += opens ? 1U : 0U;
        if (!opens) text += to_text(line) + '\n';
    }
    EXPECT_EQ(text, lines);
    EXPECT_GE(opened, 1U) << "who led is told, too";
    EXPECT_EQ(told.setup.nodes, scenario.setup.nodes);
    EXPECT_EQ(told.setup.alpha, 3U);
    EXPECT_TRUE(told.setup.recorded);
    EXPECT_EQ(to_text(told.setup.timed.delay->most), "5ms");
    EXPECT_EQ(to_text(*told.setup.timed.loss), "25%");
}

/// Goal: everything that has a name can get another one, in setting up and in lines.
/// Method: nodes, clients and commands exchanged, in each kind of line.
TEST(ScenarioRename, ChangesEveryName) {
    const Scenario before = read(
        "nodes N1 N2 N3\nmembers N1,N2\nclients C1 C2\noption forgetful:N1\n"
        "submit C1>N1 A\nsubmit C2>N2 members=N1,N3\nopen N1 2\ndeliver accept N1>N2 2.1 #1\n"
        "deliver accept N1>*\npartition N1 | N2,N3\ncut N1>N2\nread C1>N3\n");
    NewNames names;
    names.nodes = {{NodeId{1}, NodeId{3}}, {NodeId{3}, NodeId{1}}};
    names.clients = {{1, 2}, {2, 1}};
    names.commands = {{"A", "B"}, {"B", "A"}};
    const Scenario after = read(
        "nodes N1 N2 N3\nmembers N2,N3\nclients C1 C2\noption forgetful:N3\n"
        "submit C2>N3 B\nsubmit C1>N2 members=N1,N3\nopen N3 2\ndeliver accept N3>N2 2.3 #1\n"
        "deliver accept N3>*\npartition N3 | N1,N2\ncut N3>N2\nread C2>N1\n");
    EXPECT_EQ(to_text(renamed(before, names)), to_text(after));
    EXPECT_EQ(renamed(renamed(before, names), names), before);
    EXPECT_EQ(clients_of(before), (std::vector<ClientNumber>{1, 2}));
    EXPECT_EQ(commands_of(before), std::vector<CommandText>{"A"});
    EXPECT_EQ(nodes_of(after).front(), NodeId{3});
}

/// Goal: a node can be left out: lines about it go, and lists lose it.
/// Method: one of four, in each kind of line.
TEST(ScenarioRename, LeavesANodeOut) {
    const Scenario before = read(
        "nodes N1 N2 N3 N4\nmembers N1,N2,N4\noption forgetful:N4\n"
        "submit C1>N1 members=N1,N4\nsubmit C1>N4 A\nopen N1 2\nopen N4 1\n"
        "deliver accept N1>N4\ndeliver accept N1>*\ndeliver promise N1>N2 2.4\n"
        "partition N1,N4 | N2,N3\npartition N4 | N2,N3\ncrash N2\n");
    const Scenario after = read(
        "nodes N1 N2 N3\nmembers N1,N2\n"
        "submit C1>N1 members=N1\nopen N1 2\ndeliver accept N1>*\npartition N1 | N2,N3\n"
        "crash N2\n");
    EXPECT_EQ(to_text(without_node(before, NodeId{4})), to_text(after));
}

}  // namespace
}  // namespace decree::sim::scenario
