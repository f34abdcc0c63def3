#include "traces/render/dot.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "traces/render/type.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr double point_width = 0.07;

std::string position(Point at) { return fmt::format("{:.1f},{:.1f}", at.x, -at.y); }

/// How a stretch of a lane is drawn.
std::string lane_style(const Picture& picture, NodeId node, std::size_t row) {
    std::string style = "color=\"#bbbbbb\"";
    for (const Span& span : picture.spans) {
        const bool last = span.to_row + 1 == picture.rows.size();
        const bool within = span.from_row <= row && (row < span.to_row || last);
        if (span.node != node || !within) continue;
        if (span.kind == Span::Kind::Down) return "color=\"#999999\", style=dotted";
        if (span.kind == Span::Kind::Paused) return "color=\"#777777\", style=dashed";
        if (span.kind == Span::Kind::Leading) {
            style = fmt::format("color=\"{}\", penwidth=3", strong_colour(picture, span.ballot));
        }
    }
    return style;
}

constexpr std::string_view no_colour;

struct LabelStyle {
    double size = words_size;
    std::string_view face = "Helvetica";
    std::string_view ink = "#000000";
    std::string_view fill = no_colour;  // Empty: no box.
    std::string_view edge = no_colour;  // Empty: a box without one.
    bool centred = false;
    bool rounded = false;
};

constexpr std::string_view bold_face = "Helvetica-Bold";
constexpr std::string_view italic_face = "Helvetica-Oblique";
constexpr std::string_view black_ink = "#000000";
constexpr std::string_view white_ink = "#ffffff";

LabelStyle chip_style(std::string_view fill, std::string_view edge) {
    return {.size = chip_size, .fill = fill, .edge = edge, .centred = true, .rounded = true};
}

LabelStyle style_of(const Label& label) {
    switch (label.kind) {
    case Label::Kind::Title:
        return {.size = 13, .face = bold_face};
    case Label::Kind::Subtitle:
        return {.ink = "#444444"};
    case Label::Kind::LaneNote:
        return {.size = 8, .ink = "#666666", .centred = true};
    case Label::Kind::Lane:
        return {.size = 10,
                .face = bold_face,
                .fill = "#eeeeee",
                .edge = "#888888",
                .centred = true,
                .rounded = true};
    case Label::Kind::Time:
    case Label::Kind::Silence:
        return {.size = 8, .ink = "#808080"};
    case Label::Kind::Act:
        return {.size = act_size, .ink = "#333333"};
    case Label::Kind::Aside:
        return {.size = aside_size, .face = italic_face, .ink = "#555555"};
    case Label::Kind::Words:
        return {};
    case Label::Kind::Message:
        return {.size = message_size, .fill = "#ffffffd0", .centred = true};
    case Label::Kind::LogHead:
        return {.size = chip_size, .ink = "#444444"};
    case Label::Kind::Legend:
        return {.size = chip_size, .ink = "#666666"};
    case Label::Kind::Chip:
        return chip_style(label.fill, {});
    case Label::Kind::Vote:
    case Label::Kind::LogCell:
        return chip_style(white_ink, label.edge);
    case Label::Kind::Known:
    case Label::Kind::LogKnown:
        return chip_style(label.fill, label.edge);
    case Label::Kind::Chosen:
    case Label::Kind::Broken: {
        const bool broken = label.kind == Label::Kind::Broken;
        const std::string_view red = "#c00000";
        LabelStyle style = chip_style(broken ? red : std::string_view(label.fill), black_ink);
        style.face = bold_face;
        if (broken) style.ink = white_ink;
        return style;
    }
    }
    return {};
}

class Writer {
public:
    Writer(const Picture& picture, const Layout& layout) : picture_(picture), layout_(layout) {}

    std::string run() {
        put("digraph run {{\n");
        put("  graph [splines=line, outputorder=edgesfirst, pad=0.1, bgcolor=white,\n");
        put("         _background=\"{}\"];\n", background());
        put("  node [shape=point, width={}, fontname=\"Helvetica\"];\n", point_width);
        put("  edge [arrowsize=0.6];\n");
        put("  corner0 [style=invis, pos=\"0,0\"]; corner1 [style=invis, pos=\"{}\"];\n",
            position({layout_.width, layout_.height}));
        put_lanes();
        put_disk_waits();
        for (const Label& label : layout_.labels) put_label(label);
        for (std::size_t i = 0; i < picture_.rows.size(); ++i) put_mark(i);
        for (std::size_t i = 0; i < picture_.arrows.size(); ++i) put_arrow(i);
        put("}}\n");
        return std::move(text_);
    }

private:
    template <class... T>
    void put(fmt::format_string<T...> form, T&&... what) {
        fmt::format_to(std::back_inserter(text_), form, std::forward<T>(what)...);
    }

    // Partitions as shaded strips, one colour a group, and a faint line from each mark to its
    // words.
    [[nodiscard]] std::string background() const {
        static constexpr std::string_view shades[] = {"#e3ecf7", "#f9ecd9", "#e2f3e8", "#f3e5f2"};
        std::string drawing;
        const auto colour = [&](std::string_view one) {
            drawing += fmt::format("c 7 -{} C 7 -{} ", one, one);
        };
        for (const Area& area : picture_.areas) {
            const double top = layout_.rows[area.from_row] - 9;
            const double bottom = layout_.rows[area.to_row] + 9;
            for (std::size_t i = 0; i < area.groups.size(); ++i) {
                colour(shades[i % std::size(shades)]);
                for (const NodeId node : area.groups[i]) {
                    const auto lane = lane_of(picture_, node);
                    if (!lane) continue;
                    const double left = layout_.lanes[*lane] - 18;
                    const double right = left + layout_.lane_width - 4;
                    drawing += fmt::format(
                        "P 4 {0:.1f} {2:.1f} {1:.1f} {2:.1f} {1:.1f} {3:.1f} "
                        "{0:.1f} {3:.1f} ",
                        left, right, -top, -bottom);
                }
            }
        }
        colour("#ededed");
        for (std::size_t i = 0; i < picture_.rows.size(); ++i) {
            const auto lane = lane_of(picture_, picture_.rows[i].node);
            const double left = lane ? layout_.lanes[*lane] : layout_.lanes.front() - 20;
            drawing += fmt::format("L 2 {:.1f} {:.1f} {:.1f} {:.1f} ", left, -layout_.rows[i],
                                   layout_.rows_end, -layout_.rows[i]);
        }
        return drawing;
    }

    std::string invisible(Point at) {
        const std::string name = fmt::format("p{}", points_++);
        put("  {} [style=invis, width=0.01, pos=\"{}\"];\n", name, position(at));
        return name;
    }

    void put_lanes() {
        for (std::size_t lane = 0; lane < picture_.lanes.size(); ++lane) {
            const double x = layout_.lanes[lane];
            std::string from = invisible({x, layout_.lanes_begin});
            std::string style = lane_style(picture_, picture_.lanes[lane], 0);
            for (std::size_t row = 0; row < picture_.rows.size(); ++row) {
                const std::string next = lane_style(picture_, picture_.lanes[lane], row);
                if (next == style) continue;
                const std::string to = invisible({x, layout_.rows[row]});
                put("  {} -> {} [arrowhead=none, {}];\n", from, to, style);
                from = to;
                style = next;
            }
            put("  {} -> {} [arrowhead=none, {}];\n", from, invisible({x, layout_.lanes_end}),
                style);
        }
    }

    void put_disk_waits() {
        for (const Span& span : picture_.spans) {
            const auto lane = lane_of(picture_, span.node);
            if (span.kind != Span::Kind::DiskWait || !lane) continue;
            const double x = layout_.lanes[*lane] - 4;
            const std::string from = invisible({x, layout_.rows[span.from_row]});
            const std::string to = invisible({x, layout_.rows[span.to_row]});
            put("  {} -> {} [arrowhead=none, color=\"#c4c4c4\", penwidth=4];\n", from, to);
        }
    }

    // A box of the size and at the place that the layout gave it, with its text, if that is as wide
    // as was thought.
    void put_label(const Label& label) {
        const LabelStyle style = style_of(label);
        std::string text;
        for (const std::string& line : label.lines) {
            text += dot_escaped(line) + (style.centred ? "" : "\\l");
        }
        std::string box = "shape=plaintext";
        if (!style.fill.empty()) {
            const std::string_view edge = style.edge.empty() ? style.fill : style.edge;
            box = fmt::format(
                "shape=box, style=\"filled{}\", penwidth={}, fillcolor=\"{}\", color=\"{}\"",
                style.rounded ? ",rounded" : "", style.edge.empty() ? "0" : "0.8", style.fill,
                edge);
        }
        put("  t{} [{}, fixedsize=shape, margin=0, width={:.4f}, height={:.4f}, pos=\"{}\", "
            "fontname=\"{}\", fontsize={}, fontcolor=\"{}\", label=\"{}\"];\n",
            labels_++, box, label.box.width / 72, label.box.height / 72,
            position(label.box.center()), style.face, style.size,
            label.ink.empty() ? style.ink : std::string_view(label.ink), text);
    }

    void put_mark(std::size_t i) {
        const Row& row = picture_.rows[i];
        const auto lane = lane_of(picture_, row.node);
        const Point at{lane ? layout_.lanes[*lane] : layout_.lanes.front() - 20, layout_.rows[i]};
        std::string shape = "shape=point, width=0.08";
        switch (row.kind) {
        case MarkKind::Dot:
            break;
        case MarkKind::Nothing:
            shape = "style=invis, width=0.01";
            break;
        case MarkKind::Choice:
            shape = fmt::format(
                "shape=doublecircle, width=0.13, label=\"\", style=filled, fillcolor=\"{}\"",
                row.chips.empty() ? "#000000" : strong_colour(picture_, row.chips.front().ballot));
            break;
        case MarkKind::Start:
            shape = "shape=circle, width=0.11, label=\"\", style=filled, fillcolor=white";
            break;
        case MarkKind::Crash:
            shape =
                "shape=box, width=0.13, height=0.13, label=\"\", style=filled, "
                "fillcolor=black";
            break;
        case MarkKind::World:
            shape =
                "shape=diamond, width=0.12, height=0.12, label=\"\", style=filled, "
                "fillcolor=\"#e69f00\"";
            break;
        case MarkKind::Broken:
            shape =
                "shape=box, width=0.16, height=0.16, label=\"\", style=filled, "
                "fillcolor=\"#c00000\"";
            break;
        }
        put("  e{} [{}, pos=\"{}\", tooltip=\"#{} {}\"];\n", i, shape, position(at),
            row.moment.number, dot_escaped(row.words));
    }

    void put_arrow(std::size_t i) {
        const Arrow& arrow = picture_.arrows[i];
        const Path& path = layout_.paths[i];
        const bool at_mark = arrow.from_row && layout_.rows[*arrow.from_row] == path.from.y;
        const std::string from =
            at_mark ? fmt::format("e{}", *arrow.from_row) : invisible(path.from);
        std::string to;
        std::string style;
        switch (arrow.fate) {
        case Fate::Taken:
            break;
        case Fate::Refused:
            style = ", arrowhead=tee, arrowsize=0.9";
            break;
        case Fate::Ignored:
            style = ", arrowhead=empty";
            break;
        case Fate::Lost:
            style = ", arrowhead=none, style=dashed";
            break;
        case Fate::UnderWay:
            style = ", arrowhead=none, style=dotted";
            break;
        }
        const std::string colour = strong_colour(picture_, arrow.ballot);
        if (arrow.to_row) {
            to = fmt::format("e{}", *arrow.to_row);
        } else if (arrow.fate == Fate::Lost) {
            to = fmt::format("x{}", i);
            put("  {} [shape=plain, label=\"x\", fontcolor=\"{}\", fontsize=11, pos=\"{}\"];\n", to,
                colour, position(path.to));
        } else {
            to = invisible(path.to);
        }
        put("  {} -> {} [color=\"{}\"{}, tooltip=\"{} to {}: {}\"];\n", from, to, colour, style,
            node_words(arrow.from), node_words(arrow.to), dot_escaped(arrow.words));
    }

    const Picture& picture_;
    const Layout& layout_;
    std::string text_;
    std::size_t points_ = 0;
    std::size_t labels_ = 0;
};

}  // namespace

std::string write_dot(const Picture& picture, const Layout& layout) {
    return Writer(picture, layout).run();
}

std::expected<std::string, std::string> render_dot(const Trace& trace, const View& view) {
    const auto picture = take_picture(trace, view);
    if (!picture) return std::unexpected(picture.error());
    return write_dot(*picture, lay_out(*picture));
}

}  // namespace decree::traces
