#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/failure.hpp"
#include "sim/profile.hpp"
#include "sim/run.hpp"
#include "sim/scenario/by_hand.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/parse.hpp"
#include "traces/render/layout.hpp"
#include "traces/render/text.hpp"
#include "traces/replay.hpp"

namespace decree::sim {
namespace {

using traces::Arrow;
using traces::Layout;
using traces::Picture;
using traces::Trace;

Trace trace_of(ByteBuffer bytes) {
    auto trace = Trace::read(std::move(bytes));
    EXPECT_TRUE(trace.has_value());
    return *std::move(trace);
}

Trace lesson(const std::filesystem::path& file) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto read = scenario::parse(text);
    EXPECT_TRUE(read.has_value()) << file;
    traces::Recorder recorder({.settings = scenario::settings_of(read->setup),
                               .store = {},
                               .seed = 0,
                               .profile = "scenario",
                               .title = read->title});
    static_cast<void>(scenario::run_by_hand(*read, 0, &recorder));
    return trace_of(recorder.finish(std::nullopt));
}

std::vector<std::filesystem::path> lessons() {
    std::vector<std::filesystem::path> files;
    const std::filesystem::path gallery = DECREE_TEST_DATA "/../../traces/gallery";
    for (const auto& one : std::filesystem::directory_iterator(gallery)) {
        if (one.path().extension() == ".scn") files.push_back(one.path());
    }
    std::ranges::sort(files);
    return files;
}

Trace fuzzed(std::uint64_t seed) {
    return trace_of(record_seed(run, find_profile("default").value(), seed));
}

Picture picture_of(const Trace& trace, const traces::View& view = {}) {
    auto picture = traces::take_picture(trace, view);
    EXPECT_TRUE(picture.has_value()) << picture.error();
    return picture.value_or(Picture{});
}

// A crowded run may leave words out, `most` times; the picture says how often.
void expect_readable(const Picture& picture, const std::string& name, std::size_t most = 0) {
    const Layout layout = traces::lay_out(picture);
    for (std::size_t i = 0; i < layout.labels.size(); ++i) {
        const traces::Box& box = layout.labels[i].box;
        EXPECT_GE(box.left, 0.0) << name;
        EXPECT_LE(box.left + box.width, layout.width + 0.01) << name;
        for (std::size_t j = i + 1; j < layout.labels.size(); ++j) {
            EXPECT_FALSE(box.overlaps(layout.labels[j].box))
                << name << ": " << layout.labels[i].lines.front() << " / "
                << layout.labels[j].lines.front();
        }
    }
    EXPECT_LE(layout.unlabelled, most) << name;
}

/// No message's words are cut off; those that end in " ..." are under way.
void expect_whole_words(const Picture& picture, const std::string& name) {
    for (const traces::Label& label : traces::lay_out(picture).labels) {
        const std::string& words = label.lines.front();
        const bool cut = words.ends_with("..") && !words.ends_with(" ...");
        EXPECT_FALSE(cut && label.kind == traces::Label::Kind::Message) << name << ": " << words;
    }
}

/// What a picture of the whole run must show.
class Census final : public traces::Visitor {
public:
    void stepped(const traces::Moment&, const traces::Step&, const Event&, const Node&,
                 const Effects& effects, traces::MessageId) override {
        messages += effects.envelopes.size();
    }
    void crashed(const traces::Moment&, NodeId) override { ++crashes; }
    void noted(const traces::Moment&, const traces::Note& note) override {
        losses += std::holds_alternative<traces::MessageLost>(note) ? 1U : 0U;
        copies += std::holds_alternative<traces::MessageDuplicated>(note) ? 1U : 0U;
    }

    std::size_t messages = 0;
    std::size_t copies = 0;
    std::size_t losses = 0;
    std::size_t crashes = 0;
};

/// Goal: the picture of every lesson shows every message with its fate, every loss, every crash and
/// every choice, and nothing in it lies over anything else.
/// Method: count what happened in the run, and what is drawn.
TEST(LessonPictures, ShowAllThatHappened) {
    const auto files = lessons();
    ASSERT_GE(files.size(), 13U);
    for (const auto& file : files) {
        const std::string name = file.stem().string();
        const Trace trace = lesson(file);
        Census census;
        ASSERT_TRUE(traces::replay(trace, census).has_value()) << name;
        const Picture picture = picture_of(trace);
        std::size_t drawn = 0;
        std::size_t lost = 0;
        for (const Arrow& arrow : picture.arrows) {
            drawn += 1 + arrow.others;
            lost += arrow.fate == traces::Fate::Lost ? 1 + arrow.others : 0;
        }
        EXPECT_EQ(drawn, census.messages + census.copies) << name;
        EXPECT_EQ(lost, census.losses) << name;
        const auto crashes =
            std::ranges::count(picture.rows, traces::MarkKind::Crash, &traces::Row::kind);
        EXPECT_EQ(static_cast<std::size_t>(crashes), census.crashes) << name;
        EXPECT_FALSE(picture.chosen.empty()) << name;
        expect_readable(picture, name);
        expect_whole_words(picture, name);
        // Graphviz adds 19.5 points; 900 are 1,200 pixels.
        EXPECT_LE(traces::lay_out(picture).width, 880.5) << name << ": too wide for 1,200 pixels";
    }
}

/// Goal: where a value is chosen in another ballot once more, that is marked where it happens, and
/// called no contradiction.
/// Method: lesson 3, in which X is chosen in two ballots.
TEST(LessonPictures, ChosenAgainIsTold) {
    const auto files = lessons();
    const auto third = std::ranges::find_if(
        files, [](const auto& file) { return file.stem().string().starts_with("03-"); });
    ASSERT_NE(third, files.end());
    const Trace trace = lesson(*third);
    const std::string text = traces::render_text(trace);
    const std::size_t first = text.find("Now slot 1 is chosen: ");
    const std::size_t again = text.find("Now slot 1 is chosen again, which contradicts nothing");
    ASSERT_NE(again, std::string::npos) << text;
    EXPECT_LT(first, again);
    std::vector<std::string> told;
    for (const traces::Row& row : picture_of(trace).rows) {
        if (row.kind != traces::MarkKind::Choice) continue;
        for (const traces::Chip& chip : row.chips) {
            const bool once_more = chip.text.find("chosen again") != std::string::npos;
            if (once_more || chip.kind == traces::ChipKind::Chosen) told.push_back(chip.text);
        }
    }
    EXPECT_EQ(told,
              (std::vector<std::string>{"slot 1 CHOSEN: X", "slot 1 chosen again, in 2.3: X"}));
}

/// Goal: pictures of any run can be read, on both scales.
/// Method: the boxes of all labels of some fuzzed runs.
TEST(LessonPictures, FuzzedRunsCanBeRead) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        const Trace trace = fuzzed(seed);
        const Picture events = picture_of(trace);
        expect_readable(events, "seed " + std::to_string(seed), 1);
        traces::View view;
        view.scale = traces::Scale::Time;
        const Picture timed = picture_of(trace, view);
        expect_readable(timed, "seed " + std::to_string(seed) + " on the scale of time", 1);
        EXPECT_GE(traces::lay_out(timed).height, traces::lay_out(events).height);
    }
}

/// Goal: a lesson is told by event numbers under the lines of its scenario, in the client's words;
/// what is left out is counted, and told when all is asked for.
/// Method: the text of lesson 1, with and without all.
TEST(LessonPictures, TextFollowsTheScenario) {
    const Trace trace = lesson(lessons().front());
    const std::string text = traces::render_text(trace);
    EXPECT_EQ(text.find("t=0"), std::string::npos);
    EXPECT_NE(text.find("\nsubmit C1>N1 X\n"), std::string::npos) << text;
    EXPECT_NE(text.find("client C1 gives X to N1"), std::string::npos);
    EXPECT_NE(text.find("N1, N2 and N3 start with nothing on disk"), std::string::npos);
    EXPECT_NE(text.find("Changed: promised 1.1 (before: none)"), std::string::npos);
    EXPECT_NE(text.find("phase 1 is over"), std::string::npos);
    EXPECT_NE(text.find("Left out: 12 events"), std::string::npos) << text;
    traces::View view;
    view.all = true;
    const std::string all = traces::render_text(trace, view);
    EXPECT_EQ(all.find("Left out"), std::string::npos);
    EXPECT_NE(all.find("#1 N1 starts"), std::string::npos);
}

}  // namespace
}  // namespace decree::sim
