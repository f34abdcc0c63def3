#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/scenario/by_hand.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/parse.hpp"
#include "traces/replay.hpp"

namespace decree::sim::scenario {
namespace {

Report run_steps(const std::string& text) {
    const auto scenario = parse(text);
    if (!scenario) {
        ADD_FAILURE() << text << scenario.error().line << ": " << scenario.error().what;
        return {};
    }
    return run_by_hand(*scenario, 1, nullptr);
}

// X is chosen in 1.1 by N1 and N2, and known to both; N3 has promised 1.1, and is down.
const std::string chosen_once =
    "nodes N1 N2 N3\n"
    "submit C1>N1 X\n"
    "open N1 1\n"
    "deliver prepare N1>*\n"
    "deliver promise N2>N1\n"
    "deliver accept N1>N2\n"
    "deliver accepted N2>N1\n"
    "deliver decide N1>N2\n"
    "crash N3\n";

/// Goal: each fact holds where it should.
/// Method: one small run, and all that is true at its end.
TEST(ScenarioByHand, FactsThatHold) {
    for (const std::string fact : {
             "promised N3 1.1",  "accepted N2 #1 1.1 X", "accepted N3 #1 none",
             "proposes N1 #1 X", "chosen #1 X",          "chosen #1 X at 1.1 by N1,N2",
             "notchosen #2",     "knows N2 #1 X",        "unknown N3 #1",
             "unknown N1 #2",    "applied N2 X",         "applied N3 nothing",
             "phase N1 2",       "phase N3 0",           "sent prepare 2",
             "sent promise 2",   "sent accept 2",        "sent accepted 1",
             "sent decide 2",    "sent nack 0",          "sent heartbeat 0",
             "notconfirmed N1",  "notconfirmed N3",      "answered C1 X",
         }) {
        const Report report = run_steps(chosen_once + "expect " + fact + '\n');
        EXPECT_EQ(report.ending, Ending::Passed) << fact << ": " << report.why;
        EXPECT_EQ(report.expected, 1U);
    }
}

/// Goal: a fact that does not hold is told with what holds instead.
/// Method: the same run, and of each fact some that are false.
TEST(ScenarioByHand, FactsThatDoNotHoldSayWhatDoes) {
    struct Case {
        std::string fact;
        std::string instead;
    };
    for (const auto& [fact, instead] : std::vector<Case>{
             {"promised N3 0.0", "N3 has promised 1.1, durably"},
             {"accepted N2 #1 1.1 Y", "in slot 1 N2 has accepted 1.1 X, durably, and promised 1.1"},
             {"accepted N2 #1 none", "in slot 1 N2 has accepted 1.1 X"},
             {"accepted N3 #1 1.1 X", "in slot 1 N3 has accepted none"},
             {"proposes N1 #1 Y", "in slot 1 N1 proposes 1.1 X"},
             {"proposes N1 #2 X", "N1 leads in 1.1, and proposes nothing in slot 2"},
             {"proposes N2 #1 X", "N2 does not lead: it is in phase 0"},
             {"proposes N3 #1 X", "N3 is down"},
             {"chosen #1 Y", "slot 1: 1.1 X by N1,N2 (chosen)"},
             {"chosen #1 X at 1.1 by N1,N3", "slot 1: 1.1 X by N1,N2 (chosen)"},
             {"chosen #1 X at 2.1 by N1,N2", "slot 1: 1.1 X by N1,N2 (chosen)"},
             {"chosen #2 X", "slot 2: nobody has accepted anything"},
             {"notchosen #1", "slot 1: 1.1 X by N1,N2 (chosen)"},
             {"conflict #1 X,Y", "slot 1: 1.1 X by N1,N2 (chosen)"},
             {"conflict #1 X,X", "slot 1: 1.1 X by N1,N2 (chosen)"},
             {"knows N2 #1 Y", "N2 knows that X is chosen in slot 1"},
             {"knows N2 #2 X", "N2 does not know what is chosen in slot 2"},
             {"knows N3 #1 X", "N3 does not know what is chosen in slot 1: it is down"},
             {"unknown N2 #1", "N2 knows that X is chosen in slot 1"},
             {"applied N2 nothing", "N2 has applied X"},
             {"applied N2 X,X", "N2 has applied X"},
             {"applied N3 X", "N3 has applied nothing: it is down"},
             {"phase N1 0", "N1 is in phase 2 of its ballot 1.1"},
             {"phase N3 1", "N3 is in phase 0: it is down"},
             {"nacked N2>N1 accept", "of N1's messages N2 has refused none"},
             {"sent accept 3", "so many different messages of the kind accept have left: 2"},
             {"confirmed N1", "N1 has asked nobody"},
             {"confirmed N2", "N2 does not lead"},
             {"answered C1 Y", "C1 never asked for Y"},
             {"answered C2 X", "C2 never asked for X"},
             {"answered C1 read X", "C1 never asked for read"},
             {"unanswered C1 X", "C1 was answered X since it asked last"},
             {"violated Agreement", "of all properties there broke none"},
         }) {
        const bool violates = fact.starts_with("conflict");
        const std::string head = violates ? "option expect-violation\n" : "";
        const Report report = run_steps(head + chosen_once + "expect " + fact + '\n');
        EXPECT_EQ(report.ending, Ending::Failed) << fact;
        EXPECT_EQ(report.line, violates ? 11U : 10U) << fact;
        EXPECT_EQ(report.why.find("expect " + fact + ": instead, " + instead), 0U)
            << report.why << "\nnot: " << instead;
    }
}

/// Goal: facts about refusals, confirmations and reads say what holds, too.
/// Method: a leader that is refused a heartbeat, and one that is confirmed and read.
TEST(ScenarioByHand, RefusalsAndReadsSayWhatHolds) {
    const std::string lead = chosen_once + "confirm N1\ndeliver heartbeat N1>N2\n";
    Report report = run_steps(lead + "expect confirmed N1\n");
    EXPECT_EQ(report.why,
              "expect confirmed N1: instead, its latest round was answered by N1 itself "
              "alone");
    report = run_steps(lead + "deliver heartbeat-ok N2>N1\nexpect notconfirmed N1\n");
    EXPECT_EQ(report.why,
              "expect notconfirmed N1: instead, its latest round was answered by N1 itself and N2");
    const std::string read =
        chosen_once + "read C2>N1\ndeliver heartbeat N1>N2\ndeliver heartbeat-ok N2>N1\n";
    report = run_steps(read + "expect answered C2 read Y\n");
    EXPECT_EQ(report.why, "expect answered C2 read Y: instead, C2 has read X");
    report = run_steps(read + "expect answered C2 read X\nexpect unanswered C2 read\n");
    EXPECT_EQ(report.why,
              "expect unanswered C2 read: instead, C2 was answered read since it asked last");
    report = run_steps(chosen_once +
                       "open N2 2\nconfirm N1\ndeliver heartbeat N1>N2\n"
                       "expect nacked N2>N1 heartbeat\nexpect nacked N2>N1 prepare\n");
    EXPECT_EQ(report.why,
              "expect nacked N2>N1 prepare: instead, of N1's messages N2 has refused only: "
              "heartbeat");
}

/// Goal: what cannot happen is told with what was expected and what is in flight.
/// Method: one line each, behind the same run.
TEST(ScenarioByHand, WhatCannotHappenIsTold) {
    struct Case {
        std::string line;
        std::string why;
    };
    const std::string in_flight =
        "in flight: promise N3>N1 1.1, accept N1>N3 1.1 #1, "
        "decide N1>N3 1.1 #1";
    for (const auto& [line, why] : std::vector<Case>{
             {"deliver accept N1>N2", "expected a message in flight: accept N1>N2; " + in_flight},
             {"deliver accept N1>N3 2.1", "accept N1>N3 2.1; " + in_flight},
             {"drop accept N1>N3 #2", "accept N1>N3 #2; " + in_flight},
             {"dup promise N3>N2", "promise N3>N2; " + in_flight},
             {"resend accept N1>N2 #2", "expected a message that was sent before: accept N1>N2 #2"},
             {"resend accept N3>N2 #1", "expected N3 to be up, and it is down"},
             {"crash N3", "expected N3 to be up, and it is down"},
             {"restart N1", "expected N1 to be down, and it is up"},
             {"stall-disk N3", "expected N3 to be up, and it is down"},
             {"sync N3", "expected N3 to be up, and it is down"},
             {"submit C1>N3 X", "expected N3 to be up, and it is down"},
             {"read C1>N3", "expected N3 to be up, and it is down"},
             {"open N3 2", "expected N3 to be up, and it is down"},
             {"catchup N3>N1", "expected N3 to be up, and it is down"},
             {"watermark N2>N1", "expected N2 to lead; it does not, who does: N1"},
             {"confirm N2", "expected N2 to lead; it does not, who does: N1"},
             {"compact N1 #2", "expected a slot that N1 has applied: it has all through #1"},
             {"compact N3 #1", "expected N3 to be up, and it is down"},
         }) {
        const Report report = run_steps(chosen_once + line + '\n');
        EXPECT_EQ(report.ending, Ending::Impossible) << line;
        EXPECT_EQ(report.line, 10U) << line;
        EXPECT_NE(report.why.find(why), std::string::npos) << report.why << "\nnot: " << why;
    }
    EXPECT_EQ(run_steps(chosen_once + "open N2 1\nexpect phase N2 1\n").ending, Ending::Passed);
    const Report low = run_steps(chosen_once + "open N1 1\n");
    EXPECT_EQ(low.why, "open N1 1: expected a ballot above 1.1, which N1 has promised, not 1.1");
    const Report learner = run_steps("nodes N1 N2\nmembers N1\nopen N2 1\n");
    EXPECT_EQ(learner.why, "open N2 1: expected a voter: N2 votes in no slot that is still open");
}

/// Goal: all messages of a kind may be none; everything else that undoes nothing is harmless.
/// Method: such lines, where there is nothing to do.
TEST(ScenarioByHand, NothingToDoIsDone) {
    for (const std::string line :
         {"deliver nack N1>*", "drop nack N1>*", "dup nack N1>*", "heal", "mend N1>N2", "sync N1",
          "cut N1>N2\ncut N1>N2\nmend N1>N2\nmend N1>N2"}) {
        EXPECT_EQ(run_steps(chosen_once + line + '\n').ending, Ending::Passed) << line;
    }
}

/// Goal: what is skipped in a recorded scenario is counted, and nothing else is forgiven.
/// Method: lines that cannot happen, and an expectation that does not hold.
TEST(ScenarioByHand, RecordedSkipsAndCounts) {
    std::string text = chosen_once;
    text.insert(text.find('\n') + 1, "option recorded\n");
    Report report = run_steps(text + "crash N3\ndeliver accept N1>N2\nheal\n");
    EXPECT_EQ(report.ending, Ending::Passed);
    EXPECT_EQ(report.skipped, 2U);
    EXPECT_EQ(report.done, 9U);
    report = run_steps(text + "crash N3\nexpect notchosen #1\n");
    EXPECT_EQ(report.ending, Ending::Failed);
    EXPECT_EQ(report.line, 12U);
}

/// Goal: without the patch that it needs a scenario is judged by the properties alone.
/// Method: expectations that do not hold, and a property that breaks.
TEST(ScenarioByHand, WithoutItsMutantOnlyPropertiesCount) {
    const std::string needs = "nodes N1 N2 N3\nneeds-mutant PX-99\n";
    EXPECT_EQ(run_steps(needs + "deliver accept N1>N2\nexpect chosen #1 X\n").ending,
              Ending::Passed);
    EXPECT_EQ(run_steps(needs + "option expect-violation\nopen N1 1\n").ending, Ending::Passed);
    const Report report = run_steps(
        "nodes N1 N2\nquorum q1=1 q2=1\noption unsafe-quorums expect-violation\n"
        "needs-mutant PX-99\nsubmit C1>N1 X\nsubmit C2>N2 Y\nopen N1 1\nopen N2 1\n");
    EXPECT_EQ(report.ending, Ending::Failed);
    EXPECT_FALSE(report.judged);
    EXPECT_EQ(report.line, 8U);
}

/// Goal: the same scenario is the same run, and its trace is that run.
/// Method: twice, once recorded; then the trace is executed again.
TEST(ScenarioByHand, RunsAreEqualAndTracesReplay) {
    const auto scenario = parse(chosen_once + "restart N3\ncatchup N3>N1\n");
    ASSERT_TRUE(scenario);
    traces::Recorder recorder({.settings = settings_of(scenario->setup),
                               .store = {},
                               .seed = 1,
                               .profile = "",
                               .title = ""});
    const Report once = run_by_hand(*scenario, 1, nullptr);
    const Report again = run_by_hand(*scenario, 1, &recorder);
    EXPECT_EQ(once.digest, again.digest);
    EXPECT_EQ(once.ending, Ending::Passed);
    const auto trace = traces::Trace::read(recorder.finish(std::nullopt));
    ASSERT_TRUE(trace);
    EXPECT_FALSE(traces::replay_check(*trace));
    EXPECT_EQ(trace->end().digest, once.digest);
    EXPECT_NE(once.digest, run_by_hand(*parse(chosen_once), 1, nullptr).digest);
}

}  // namespace
}  // namespace decree::sim::scenario
