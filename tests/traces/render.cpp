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
#include "traces/render/chips.hpp"
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
    for (const Trace& trace : {failover_trace(), members_trace()}) {
        const auto picture = take_picture(trace, {});
        ASSERT_TRUE(picture.has_value()) << picture.error();
        const Layout layout = lay_out(*picture);
        expect_no_overlap(layout);
        EXPECT_EQ(layout.unlabelled, 0U);
        EXPECT_EQ(layout.rows.size(), picture->rows.size());
    }
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
                           [](const Chip& chip) { return chip.kind == ChipKind::Chosen; });
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
    for (const std::string format : {"svg", "png"}) {
        const auto drawn = draw(*dot, format);
        ASSERT_TRUE(drawn.has_value()) << drawn.error();
        EXPECT_GT(drawn->size(), 1000U);
    }
}

/// Goal: a picture that cannot be put where it should leaves nothing behind, and says why.
/// Method: draw into a folder that does not exist.
TEST(RenderDot, NowhereToPutItIsSaid) {
    const auto drawn = render_svg_file(lone_trace(), "/no/such/folder/run.svg");
    ASSERT_FALSE(drawn.has_value());
    EXPECT_FALSE(drawn.error().empty());
}

View view_of(const std::string& slots, const std::string& nodes) {
    const auto view = read_view(slots, nodes, "", "");
    EXPECT_TRUE(view.has_value());
    return view.value_or(View{});
}

/// Goal: what the run has not is refused, with what it has; a picture of it does not crash.
/// Method: a node and a slot that do not exist, alone and beside others.
TEST(Arguments, WhatTheRunHasNotIsRefused) {
    const Trace trace = failover_trace();
    for (const std::string nodes : {"N9", "N1,N9", "N0"}) {
        const View view = view_of("", nodes);
        const auto wrong = check_view(view, trace, Slot{3});
        ASSERT_TRUE(wrong.has_value()) << nodes;
        EXPECT_NE(wrong->find("the nodes are N1, N2 and N3"), std::string::npos) << *wrong;
    }
    EXPECT_FALSE(render_dot(trace, view_of("", "N9")).has_value());
    EXPECT_TRUE(check_view(view_of("4", ""), trace, Slot{3}).has_value());
    EXPECT_FALSE(check_view(view_of("3..9", "N1,N3"), trace, Slot{3}).has_value());
    EXPECT_FALSE(read_view("", "", "9s", "1s").has_value());
}

/// Goal: a narrowed picture shows only arrows about its slots, and none of them without its end
/// where it arrived.
/// Method: slot 2 of a run in which promises report several slots; compare with the whole picture.
TEST(RenderDot, SlotsKeepWhatBelongsToThem) {
    const Trace trace = failover_trace();
    View all;
    all.from = Time{0};
    View narrow = view_of("2", "");
    narrow.from = Time{0};
    const auto whole = take_picture(trace, all);
    const auto part = take_picture(trace, narrow);
    ASSERT_TRUE(whole.has_value() && part.has_value());
    const auto arrived = [](const Picture& picture, const Arrow& arrow) {
        return std::ranges::any_of(picture.arrows, [&](const Arrow& other) {
            return other.sent_at == arrow.sent_at && other.to == arrow.to &&
                   other.words == arrow.words && other.to_row.has_value();
        });
    };
    EXPECT_LT(part->arrows.size(), whole->arrows.size());
    for (const Arrow& arrow : part->arrows) {
        if (arrow.words.starts_with("accept")) {
            EXPECT_NE(arrow.words.find("slot 2"), std::string::npos) << arrow.words;
        }
        if (arrow.fate == Fate::UnderWay) {
            EXPECT_FALSE(arrived(*whole, arrow)) << arrow.words;
        }
    }
    EXPECT_TRUE(std::ranges::any_of(part->arrows, [](const Arrow& arrow) {
        return arrow.words.starts_with("promise") && arrow.to_row.has_value();
    }));
}

Row bare_row(std::uint64_t number, NodeId node) {
    Row row;
    row.moment = {number, Time{number * 1000}};
    row.node = node;
    return row;
}

/// Three lanes, one row; what chips and arrows to try is added.
Picture bare_picture() {
    Picture picture;
    picture.lanes = {NodeId{1}, NodeId{2}, NodeId{3}};
    for (std::uint64_t i = 1; i <= 4; ++i) picture.rows.push_back(bare_row(i, NodeId{3}));
    return picture;
}

/// Goal: all chips of a row are there, also beside the last lane, where there is little room.
/// Method: long ones; look for each in the layout.
TEST(RenderDot, ChipsAreWrappedAndNotDropped) {
    Picture picture = bare_picture();
    picture.rows[1].chips = {{"slots 6 to 12 CHOSEN", Ballot{1, NodeId{3}}, ChipKind::Chosen},
                             {"knows slots 6 to 12", Ballot{1, NodeId{3}}, ChipKind::Known},
                             {"accepted 1.3 slots 13 to 20", Ballot{1, NodeId{3}}, ChipKind::Vote}};
    const Layout layout = lay_out(picture);
    expect_no_overlap(layout);
    for (const Chip& chip : picture.rows[1].chips) {
        EXPECT_TRUE(std::ranges::any_of(layout.labels, [&](const Label& label) {
            return label.lines == std::vector<std::string>{chip.text};
        })) << chip.text;
    }
}

/// Goal: the cross of a lost message hides nothing.
/// Method: a message that would end in the middle of a chip.
TEST(RenderDot, CrossesAvoidChips) {
    Picture picture = bare_picture();
    picture.rows[1].node = NodeId{2};
    picture.rows[1].chips = {{"slot 1 CHOSEN: some value", Ballot{1, NodeId{3}}, ChipKind::Chosen}};
    Arrow arrow;
    arrow.from = NodeId{1};
    arrow.to = NodeId{3};
    arrow.from_row = 0;
    arrow.lost_row = 1;
    arrow.fate = Fate::Lost;
    arrow.why = "dropped";
    arrow.words = "accept 1.1 slot 1";
    picture.rows[0].node = NodeId{1};
    picture.arrows = {arrow};
    const Layout layout = lay_out(picture);
    expect_no_overlap(layout);
    ASSERT_EQ(layout.paths.size(), 1U);
    const Point end = layout.paths[0].to;
    const Box cross{end.x - 4, end.y - 4, 8, 8};
    for (const Label& label : layout.labels) {
        EXPECT_FALSE(label.box.overlaps(cross)) << label.lines.front();
    }
    EXPECT_EQ(layout.unlabelled, 0U);
}

/// Goal: what one step makes chosen is one chip, and the first of its row.
/// Method: choices of several slots, with a gap.
TEST(RenderDot, SeveralChoicesAreOneChip) {
    std::vector<Choice> choices(4);
    for (std::size_t i = 0; i < 3; ++i) choices[i].slot = Slot{6 + i};
    choices[3].slot = Slot{11};
    EXPECT_EQ(chip_of(choices).text, "slots 6 to 8, 11 CHOSEN");
    choices.resize(1);
    EXPECT_EQ(chip_of(choices).text, "slot 6 CHOSEN: no-op");
    EXPECT_EQ(chip_of(choices).kind, ChipKind::Chosen);
}

/// Goal: a node that starts later has a start, and a dotted lane before; one that never votes is
/// called a learner, one that comes to vote is not.
/// Method: the picture of a run in which N4 joins.
TEST(RenderDot, NodesThatStartLaterAreShown) {
    const Trace trace = members_trace();
    View all;
    all.from = Time{700'000};
    all.to = Time{720'000};
    const auto picture = take_picture(trace, all);
    ASSERT_TRUE(picture.has_value()) << picture.error();
    EXPECT_TRUE(std::ranges::any_of(picture->rows, [](const Row& row) {
        return row.kind == MarkKind::Start && row.node == NodeId{4};
    }));
    EXPECT_TRUE(std::ranges::any_of(picture->spans, [](const Span& span) {
        return span.kind == Span::Kind::Down && span.node == NodeId{4} && span.from_row == 0;
    }));
    EXPECT_EQ(picture->notes.size(), 1U);
}

/// Goal: of one instant the links share a row, which calls a partition by its sides.
/// Method: cut N3 off, one direction of one link at a time; then mend it.
TEST(RenderDot, LinksOfOneInstantAreOneRow) {
    SmallWorld world(3);
    const auto all_links = [&](auto note) {
        for (const auto& [from, to] : {std::pair{1U, 3U}, {3U, 1U}, {2U, 3U}, {3U, 2U}}) {
            note.from = NodeId{from};
            note.to = NodeId{to};
            world.recorder().note(Time{world.now()}, note);
        }
    };
    world.run(100);
    all_links(LinkCut{});
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    all_links(LinkMended{});
    const auto picture = take_picture(world.finish(), {});
    ASSERT_TRUE(picture.has_value()) << picture.error();
    std::vector<std::string> told;
    for (const Row& row : picture->rows) {
        if (row.kind == MarkKind::World) told.push_back(row.words);
    }
    EXPECT_EQ(told,
              (std::vector<std::string>{"partition: N1 and N2 | N3", "all links are whole again"}));
    ASSERT_EQ(picture->areas.size(), 1U);
    EXPECT_EQ(picture->areas[0].groups.size(), 2U);
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
    View everything;
    everything.from = Time{0};
    const auto dot = render_dot(trace, everything);
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
    EXPECT_NE(to_text(*last).find("No property was violated"), std::string::npos);
    EXPECT_TRUE(explain(trace, 2).has_value());
    const auto none = explain(trace, 1'000'000);
    ASSERT_FALSE(none.has_value());
    EXPECT_NE(none.error().find("numbered 1 to"), std::string::npos);
}

/// Goal: for a choice all its votes are told, and a question stands before what is asked.
/// Method: explain the first choice of a failover, and the first request.
TEST(Explain, AChoiceHasAllItsVotes) {
    const Trace trace = failover_trace();
    Told choice;
    Told request;
    Narrator narrator(trace, [&](const Told& told) {
        const bool chosen = told.sentence.find("Now slot") != std::string::npos;
        if (chosen && choice.moment.number == 0) choice = told;
        const bool asked = told.sentence.find("is asked for X") != std::string::npos;
        if (asked && request.moment.number == 0) request = told;
    });
    ASSERT_TRUE(replay(trace, narrator).has_value());
    EXPECT_GE(choice.causes.size(), 2U);
    ASSERT_EQ(request.causes.size(), 1U);
    const auto explained = explain(trace, choice.moment.number);
    ASSERT_TRUE(explained.has_value());
    const auto votes = std::ranges::count_if(explained->chain, [](const Told& told) {
        return told.sentence.find("VoteCast") != std::string::npos ||
               told.sentence.find("AcceptSent") != std::string::npos;
    });
    EXPECT_GE(votes, 2);
    const auto asked = explain(trace, request.moment.number);
    ASSERT_TRUE(asked.has_value());
    EXPECT_NE(asked->chain.front().sentence.find("client C1 gives X"), std::string::npos);
    EXPECT_NE(to_json(*asked).find("\"causes\":["), std::string::npos);
}

}  // namespace
}  // namespace decree::traces::tests
