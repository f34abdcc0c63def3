#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "tests/traces/small_world.hpp"
#include "traces/arguments.hpp"
#include "traces/explain.hpp"
#include "traces/file.hpp"
#include "traces/render/dot.hpp"
#include "traces/render/graphviz.hpp"
#include "traces/render/layout.hpp"
#include "traces/render/text.hpp"
#include "traces/render/type.hpp"

namespace decree::traces::tests {
namespace {

/// One node, one command: short enough to be read whole.
Trace lone_trace() {
    SmallWorld world(1, "one node alone");
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    world.ask(NodeId{1}, "X");
    world.run(world.now() + 5'000);
    return world.finish();
}

/// Goal: the narration of a small run stays as it was read and found good.
/// Method: compare with a golden file. DECREE_REWRITE=1 renews it: then read the difference.
TEST(RenderText, GoldenNarration) {
    const std::string path = DECREE_TEST_DATA "/traces/lone.txt";
    const std::string text = render_text(lone_trace());
    if (std::getenv("DECREE_REWRITE") != nullptr) {
        std::filesystem::create_directories(DECREE_TEST_DATA "/traces");
        ASSERT_TRUE(write_file(path, as_bytes(text)).has_value());
    }
    std::ifstream file(path);
    const std::string golden{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
    EXPECT_EQ(text, golden);
}

/// Goal: the moment of choice is told apart from anyone's knowing.
/// Method: in a failover, the first choice comes before the first ValueChosen.
TEST(RenderText, ChoosingComesBeforeKnowing) {
    const std::string text = render_text(failover_trace());
    const std::size_t chosen = text.find("Now slot 1 is chosen");
    const std::size_t known = text.find("ValueChosen");
    ASSERT_NE(chosen, std::string::npos);
    ASSERT_NE(known, std::string::npos);
    EXPECT_LT(chosen, known);
}

/// Goal: a view shows less, and only what it is asked for.
/// Method: one node's lines only.
TEST(RenderText, ViewNarrowsToNodes) {
    const Trace trace = failover_trace();
    const auto view = read_view("", "N2", "", "");
    ASSERT_TRUE(view.has_value());
    const std::string text = render_text(trace, *view);
    EXPECT_NE(text.find(" N2 <- "), std::string::npos);
    EXPECT_EQ(text.find(" N3 <- "), std::string::npos);
}

/// Goal: options that make no sense are refused with advice.
/// Method: a wrong one of each kind.
TEST(Arguments, NonsenseIsRefused) {
    EXPECT_FALSE(read_view("7..3", "", "", "").has_value());
    EXPECT_FALSE(read_view("", "N1,x", "", "").has_value());
    EXPECT_FALSE(read_view("", "", "12", "").has_value());
    const auto view = read_view("3", "N1,N2", "5us", "1s");
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->from, Time{5});
    EXPECT_EQ(view->to, Time{1'000'000});
    EXPECT_EQ(view->slots, (SlotRange{Slot{3}, Slot{3}}));
}

void expect_no_overlap(const Layout& layout) {
    for (std::size_t i = 0; i < layout.labels.size(); ++i) {
        for (std::size_t j = i + 1; j < layout.labels.size(); ++j) {
            EXPECT_FALSE(layout.labels[i].box.overlaps(layout.labels[j].box))
                << layout.labels[i].lines.front() << " / " << layout.labels[j].lines.front();
        }
        EXPECT_LE(layout.labels[i].box.left + layout.labels[i].box.width, layout.width + 0.01);
        EXPECT_GE(layout.labels[i].box.left, 0.0);
    }
}

/// Goal: no label of a picture lies over another, or beyond the paper.
/// Method: lay out a failover of three nodes, and compare all boxes.
TEST(RenderDot, LabelsDoNotOverlap) {
    const auto picture = take_picture(failover_trace(), {});
    ASSERT_TRUE(picture.has_value()) << picture.error();
    const Layout layout = lay_out(*picture);
    expect_no_overlap(layout);
    EXPECT_EQ(layout.unlabelled, 0U);
    EXPECT_EQ(layout.rows.size(), picture->rows.size());
}

/// Goal: text is never wider than the box that was made for it.
/// Method: measure every line of every label in the size that it is drawn in.
TEST(RenderDot, TextFitsItsBox) {
    const auto picture = take_picture(failover_trace(), {});
    ASSERT_TRUE(picture.has_value());
    for (const Label& label : lay_out(*picture).labels) {
        const bool words = label.kind == Label::Kind::Words;
        if (!words && label.kind != Label::Kind::Message) continue;
        for (const std::string& line : label.lines) {
            EXPECT_LE(text_width(line, words ? words_size : message_size), label.box.width) << line;
        }
    }
}

/// Goal: a picture shows the crash, the lane that is down, the lost messages, and the choice.
/// Method: look for them in the picture of a failover.
TEST(RenderDot, PictureHoldsWhatHappened) {
    const auto picture = take_picture(failover_trace(), {});
    ASSERT_TRUE(picture.has_value());
    const auto some = [](const auto& list, auto&& holds) {
        return std::any_of(list.begin(), list.end(), holds);
    };
    EXPECT_TRUE(some(picture->rows, [](const Row& r) { return r.kind == MarkKind::Crash; }));
    EXPECT_TRUE(some(picture->spans, [](const Span& s) { return s.kind == Span::Kind::Down; }));
    EXPECT_TRUE(some(picture->spans, [](const Span& s) { return s.kind == Span::Kind::DiskWait; }));
    EXPECT_TRUE(some(picture->arrows, [](const Arrow& a) { return a.fate == Fate::Lost; }));
    EXPECT_TRUE(some(picture->rows, [](const Row& row) {
        return std::any_of(row.chips.begin(), row.chips.end(),
                           [](const Chip& chip) { return chip.chosen; });
    }));
}

/// Goal: a hostile title does not break the language that the picture is written in.
/// Method: quotes, angle brackets, control characters and broken UTF-8, through Graphviz.
TEST(RenderDot, GraphvizReadsIt) {
    if (std::system("neato -V 2>/dev/null") != 0) GTEST_SKIP() << "Graphviz is not installed";
    SmallWorld world(3, "a \"title\" <b> & \\ \n \xff end");
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    const Trace trace = world.finish();
    const auto dot = render_dot(trace);
    ASSERT_TRUE(dot.has_value());
    const auto folder = std::filesystem::temp_directory_path();
    for (const std::string format : {"svg", "png"}) {
        const std::string path = (folder / ("decree-render-test." + format)).string();
        const auto drawn = draw(*dot, format, path);
        EXPECT_TRUE(drawn.has_value()) << drawn.error();
        EXPECT_GT(std::filesystem::file_size(path), 1000U);
        std::filesystem::remove(path);
    }
}

/// Goal: a picture that cannot be put where it should leaves nothing behind, and says why.
/// Method: draw into a folder that does not exist.
TEST(RenderDot, NowhereToPutItIsSaid) {
    const auto drawn = render_svg_file(lone_trace(), "/no/such/folder/run.svg");
    ASSERT_FALSE(drawn.has_value());
    EXPECT_FALSE(drawn.error().empty());
}

/// Goal: more than a picture holds is refused with advice.
/// Method: all of a long run.
TEST(RenderDot, TooMuchIsRefused) {
    SmallWorld world(3);
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    for (int i = 0; i < 100; ++i) {
        world.ask(world.leader().value(), "c");
        world.run(world.now() + 5'000);
    }
    const Trace trace = world.finish();
    const auto dot = render_dot(trace, {.slots = {}, .nodes = {}, .from = Time{0}, .to = {}});
    ASSERT_FALSE(dot.has_value());
    EXPECT_NE(dot.error().find("--from"), std::string::npos);
    EXPECT_TRUE(render_dot(trace).has_value());
}

/// Goal: an event is explained by what led to it; a number that is none is refused.
/// Method: explain the last event of a run, then one beyond it.
TEST(Explain, TellsTheChain) {
    const Trace trace = lone_trace();
    const auto last = explain(trace, std::nullopt);
    ASSERT_TRUE(last.has_value());
    EXPECT_NE(last->find("No property was violated"), std::string::npos);
    EXPECT_TRUE(explain(trace, 2).has_value());
    const auto none = explain(trace, 1'000'000);
    ASSERT_FALSE(none.has_value());
    EXPECT_NE(none.error().find("numbered 1 to"), std::string::npos);
}

}  // namespace
}  // namespace decree::traces::tests
