#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sim/scenario/by_hand.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/parse.hpp"
#include "sim/scenario/timed.hpp"
#include "traces/explain.hpp"
#include "traces/render/layout.hpp"
#include "traces/render/narrator.hpp"
#include "traces/render/text.hpp"
#include "traces/replay.hpp"

namespace decree::sim::scenario {
namespace {

using traces::MarkKind;
using traces::Picture;
using traces::Row;
using traces::Trace;
using traces::View;

/// The trace that a scenario leaves.
Trace trace_of(const std::string& text) {
    const auto scenario = parse(text);
    EXPECT_TRUE(scenario.has_value()) << text;
    traces::Recorder recorder({.settings = settings_of(scenario->setup),
                               .store = {},
                               .seed = 1,
                               .profile = "scenario",
                               .title = scenario->title});
    const auto way = scenario->is_timed() ? run_timed : run_by_hand;
    const Report report = way(*scenario, 1, &recorder);
    EXPECT_NE(report.ending, Ending::Impossible) << report.why;
    auto trace = Trace::read(recorder.finish(std::nullopt));
    EXPECT_TRUE(trace.has_value());
    return *std::move(trace);
}

Picture picture_of(const Trace& trace, const View& view = {}) {
    auto picture = traces::take_picture(trace, view);
    EXPECT_TRUE(picture.has_value()) << picture.error();
    return picture.value_or(Picture{});
}

std::vector<std::string> words_of(const Picture& picture, MarkKind kind) {
    std::vector<std::string> words;
    for (const Row& row : picture.rows) {
        if (row.kind == kind) words.push_back(row.words);
    }
    return words;
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

const std::string two_quorums =
    "nodes N1 N2 N3\noption expect-violation unsafe-quorums\nquorum q1=1 q2=1\n"
    "submit C1>N1 X\nsubmit C2>N2 Y\nopen N1 1\nopen N2 1\n";

/// Goal: a violation stands at the event that broke it, also where the run goes on, and each does.
/// Method: a conflict, and a line after it; the text, the picture, and what is explained.
TEST(ScenarioPictures, ViolationStandsWhereItHappened) {
    const Trace trace = trace_of(two_quorums + "submit C1>N1 Z\n");
    const std::string text = traces::render_text(trace);
    const std::size_t another = text.find("chosen ANOTHER TIME");
    const std::size_t violation = text.find("VIOLATION of Agreement");
    ASSERT_NE(another, std::string::npos) << text;
    EXPECT_LT(another, violation);
    EXPECT_EQ(text.find('\n', another) + 1, text.rfind('\n', violation) + 1) << text;
    EXPECT_LT(violation, text.find("submit C1>N1 Z")) << text;
    const Picture picture = picture_of(trace);
    const auto broken = std::ranges::find(picture.rows, MarkKind::Broken, &Row::kind);
    ASSERT_NE(broken, picture.rows.end());
    EXPECT_NE(broken + 1, picture.rows.end());
    const auto explanation = traces::explain(trace, std::nullopt);
    ASSERT_TRUE(explanation.has_value());
    EXPECT_EQ(explanation->event + 1, broken->moment.number);
    EXPECT_EQ(explanation->chain.back().moment.number, explanation->event);
    EXPECT_TRUE(holds(traces::to_text(*explanation), "How it came to the step that broke it"));
}

/// Goal: all that broke is in the trace, once each.
/// Method: the report of the same run.
TEST(ScenarioPictures, EveryViolationIsTold) {
    const auto scenario = parse(two_quorums);
    ASSERT_TRUE(scenario.has_value());
    const Report report = run_by_hand(*scenario, 1, nullptr);
    const std::string text = traces::render_text(trace_of(two_quorums));
    EXPECT_FALSE(report.violations.empty());
    for (const props::Violation& one : report.violations) {
        const std::size_t at = text.find("VIOLATION of " + one.property);
        EXPECT_NE(at, std::string::npos) << one.property;
        EXPECT_EQ(text.find("VIOLATION of " + one.property, at + 1), std::string::npos);
    }
}

/// Goal: nobody takes an expectation that failed for one that held.
/// Method: one by hand, one timed, and a violation that never came; text and picture.
TEST(ScenarioPictures, FailedExpectationIsTold) {
    for (const std::string scenario : {"nodes N1 N2 N3\nopen N1 1\nexpect chosen #1 X\n",
                                       "nodes N1 N2 N3\nat 3s expect knows N1 #1 X\n",
                                       "nodes N1 N2 N3\noption expect-violation\nopen N1 1\n"}) {
        const Trace trace = trace_of(scenario);
        const std::string text = traces::render_text(trace);
        EXPECT_TRUE(holds(text, "EXPECTATION FAILED: ")) << text;
        const auto words = words_of(picture_of(trace), MarkKind::Broken);
        ASSERT_EQ(words.size(), 1U) << scenario;
        EXPECT_TRUE(holds(words.front(), "EXPECTATION FAILED: ")) << words.front();
    }
    const Trace fine = trace_of("nodes N1 N2 N3\nopen N1 1\nexpect phase N1 1\n");
    EXPECT_FALSE(holds(traces::render_text(fine), "FAILED"));
}

View view_of(std::vector<NodeId> nodes, std::optional<traces::SlotRange> slots = {}) {
    View view;
    view.nodes = std::move(nodes);
    view.slots = slots;
    return view;
}

const std::string one_choice =
    "nodes N1 N2 N3\nsubmit C1>N1 X\nopen N1 1\ndeliver prepare N1>N3\n"
    "deliver promise N3>N1\ndeliver accept N1>N3\ndeliver accepted N3>N1\n"
    "submit C1>N1 Z\n";

/// Goal: of the nodes asked for no event is missing, whoever it came from.
/// Method: all rows of N1 in the whole picture, and in that of N1 and N2, N3 being left out.
TEST(ScenarioPictures, NodesAskedForAreWhole) {
    const Trace trace = trace_of(one_choice);
    const auto numbers = [](const Picture& picture) {
        std::vector<std::uint64_t> of_n1;
        for (const Row& row : picture.rows) {
            if (row.node == NodeId{1}) of_n1.push_back(row.moment.number);
        }
        return of_n1;
    };
    const Picture part = picture_of(trace, view_of({NodeId{1}, NodeId{2}}));
    EXPECT_EQ(numbers(part), numbers(picture_of(trace)));
    EXPECT_TRUE(std::ranges::any_of(part.rows, [](const Row& row) {
        return holds(row.words, "<- N3 promise 1.1") && holds(row.words, "leads in 1.1");
    }));
}

/// Goal: a choice is shown where it falls at a node that is not.
/// Method: N3 casts the vote; a picture of N1 and N2, by hand and timed.
TEST(ScenarioPictures, ChoicesAtOtherNodesAreShown) {
    const std::string timed =
        "nodes N1 N2 N3\nat 0ms cut N1>N2\nat 0ms cut N2>N1\nat 2s submit C1>N1 X\n"
        "at 4s expect phase N1 2\n";
    for (const std::string& scenario : {one_choice, timed}) {
        const Trace trace = trace_of(scenario);
        const Picture part = picture_of(trace, view_of({NodeId{2}}));
        EXPECT_TRUE(part.chosen.contains(Slot{1})) << scenario;
        EXPECT_TRUE(std::ranges::any_of(part.rows, [](const Row& row) {
            return row.kind == MarkKind::Choice && holds(row.words, "not shown: slot");
        })) << scenario;
    }
}

const std::string three_slots =
    one_choice +
    "submit C1>N1 W\ndeliver accept N1>N2 #2\ndeliver accept N1>N2 #3\n"
    "deliver accepted N2>N1\nopen N2 2\nsubmit C1>N1 V\ndeliver accept N1>N2 #4\n"
    "deliver nack N2>N1\n";

/// Goal: of other slots nothing is said, and what is about no slot stays.
/// Method: three slots, of which the second is asked for; then another ballot is opened.
TEST(ScenarioPictures, SlotsAskedForAndThoseOfNoSlot) {
    const Trace trace = trace_of(three_slots);
    const View second = view_of({}, traces::SlotRange{Slot{2}, Slot{2}});
    const std::string text = traces::render_text(trace, second);
    for (const std::string_view other : {"slot 1 X", "slot 3 W", "accept 1.1 slot 3",
                                         "slot 3 is chosen", "slot 1 is chosen", "for slot 3"}) {
        EXPECT_FALSE(holds(text, other)) << other << '\n' << text;
    }
    EXPECT_TRUE(holds(text, "Now slot 2 is chosen")) << text;
    EXPECT_TRUE(holds(text, "BallotOpened"));
    EXPECT_TRUE(holds(text, "leads in ballot 1.1"));
    const Picture picture = picture_of(trace, second);
    for (const Row& row : picture.rows) {
        for (const traces::Chip& chip : row.chips) {
            EXPECT_FALSE(holds(chip.text, "slot 1") || holds(chip.text, "slot 3") ||
                         holds(chip.text, "slots"))
                << chip.text;
        }
    }
    for (const std::string_view what :
         {"opens ballot 2.2", "leads in 1.1", "sends \"nack", "gives way to ballot 2.2"}) {
        EXPECT_TRUE(std::ranges::any_of(picture.rows, [&](const Row& row) {
            return holds(row.words, what);
        })) << what;
    }
}

/// Goal: a partition by hand is told and shaded as the scenario says it, also where a node is in no
/// group, and where another is in two.
/// Method: each of these; the words of the row, and the sides.
TEST(ScenarioPictures, PartitionsByHandAreToldAsTheyAre) {
    using Groups = std::vector<std::vector<NodeId>>;
    const NodeId n1{1};
    const NodeId n2{2};
    const NodeId n3{3};
    const NodeId n4{4};
    for (const auto& [line, sides] : std::vector<std::pair<std::string, Groups>>{
             {"partition N1,N2 | N3,N4", {{n1, n2}, {n3, n4}}},
             {"partition N1,N2 | N3", {{n1, n2}, {n3}}},
             {"partition N1 | N3", {{n1}, {n3}}},
             {"partition N1,N2 | N2,N3,N4", {{n1}, {n3, n4}}},
         }) {
        const std::string head = "nodes N1 N2 N3 N4\nopen N1 1\n";
        const Picture picture = picture_of(trace_of(head + line + "\nopen N2 2\n"));
        const auto words = words_of(picture, MarkKind::World);
        ASSERT_EQ(words.size(), 1U) << line;
        EXPECT_EQ(words.front(), "messages across are lost") << line;
        ASSERT_EQ(picture.areas.size(), 1U) << line;
        EXPECT_EQ(picture.areas.front().groups, sides) << line;
    }
    const Picture cut = picture_of(trace_of("nodes N1 N2 N3\nopen N1 1\ncut N1>N2\n"));
    EXPECT_EQ(words_of(cut, MarkKind::World).front(), "cut: N1 > N2");
    EXPECT_TRUE(cut.areas.empty());
}

/// Sees steps that took no rule.
class Unruled final : public traces::Visitor {
public:
    void stepped(const traces::Moment& moment, const traces::Step&, const Event& event, const Node&,
                 const Effects& effects, traces::MessageId) override {
        const bool idle = std::holds_alternative<TimePassed>(event.what) ||
                          std::holds_alternative<Directed>(event.what);
        if (effects.rules.empty() && !idle) numbers.push_back(moment.number);
    }

    std::vector<std::uint64_t> numbers;
};

const std::string heartbeats =
    one_choice +
    "confirm N1\ndeliver heartbeat N1>N3\ndeliver heartbeat-ok N3>N1\n"
    "read C1>N2\nsubmit C2>N2 W\nwatermark N1>N2\ndeliver watermark N1>N2\n";

/// Goal: a step that took no rule names the idea that it obeys, and its source.
/// Method: all such steps of a run by hand and of a timed one.
TEST(ScenarioPictures, StepsWithoutARuleHaveASource) {
    const std::string timed = "nodes N1 N2 N3\nat 2s submit C1>N1 X\nat 4s crash N1\n";
    for (const std::string& scenario : {heartbeats, timed}) {
        const Trace trace = trace_of(scenario);
        Unruled unruled;
        ASSERT_TRUE(traces::replay(trace, unruled).has_value());
        EXPECT_FALSE(unruled.numbers.empty());
        traces::Narrator narrator(trace, [&](const traces::Told& told) {
            if (!std::ranges::binary_search(unruled.numbers, told.moment.number)) return;
            const bool sourced = std::ranges::any_of(
                std::vector<std::string>{"PMS ", "PTP ", "PML ", "RAFT-DISS ", "DECREE "},
                [&](const std::string& paper) { return holds(told.sentence, paper); });
            EXPECT_TRUE(sourced) << told.sentence;
        });
        ASSERT_TRUE(traces::replay(trace, narrator).has_value());
    }
}

/// Goal: every row of a picture by hand says something.
/// Method: a run with heartbeats, reads and what nodes are told to do.
TEST(ScenarioPictures, EveryRowHasWords) {
    for (const Row& row : picture_of(trace_of(heartbeats)).rows) {
        EXPECT_FALSE(row.words.empty() && row.kind != MarkKind::Nothing)
            << row.moment.number << ' ' << row.act;
    }
}

/// Goal: what a log holds no more is not blank: it was trimmed, or came with a snapshot.
/// Method: N1 trims two slots, and N2 goes on from its snapshot.
TEST(ScenarioPictures, LedgerTellsWhatIsTrimmed) {
    const Trace trace =
        trace_of(one_choice +
                 "deliver accept N1>N3 #2\ndeliver accepted N3>N1\ncompact N1 #2\nopen N3 2\n"
                 "catchup N2>N1\ndeliver catchup N2>N1\ndeliver snapshot N1>N2\n");
    Picture picture = picture_of(trace);
    for (const Slot slot : {Slot{1}, Slot{2}}) {
        EXPECT_EQ(picture.logs[NodeId{1}][slot].value, "trimmed");
        EXPECT_EQ(picture.logs[NodeId{2}][slot].value, "in snapshot");
    }
    const traces::Layout layout = traces::lay_out(picture);
    for (const std::string what : {"trimmed", "in snapshot"}) {
        EXPECT_EQ(std::ranges::count(layout.labels, std::vector{what}, &traces::Label::lines), 2)
            << what;
    }
}

}  // namespace
}  // namespace decree::sim::scenario
