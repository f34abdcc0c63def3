#include "traces/render/layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "traces/render/type.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr double margin = 8;
constexpr double times_width = 104;
constexpr double first_row = 62;
constexpr double line_height = 11;
constexpr double chip_height = 11;

class Typesetter {
public:
    explicit Typesetter(const Picture& picture) : picture_(picture) {}

    Layout run() {
        place_lanes();
        place_rows();
        for (std::size_t i = 0; i < picture_.rows.size(); ++i) place_chips(i);
        for (const Arrow& arrow : picture_.arrows) place_arrow(arrow);
        place_log();
        place_legend();
        layout_.width = words_left_ + words_width + margin;
        layout_.height += margin;
        return std::move(layout_);
    }

private:
    static constexpr double words_width = 290;

    void add(Label::Kind kind, Box box, std::vector<std::string> lines, std::string fill = {}) {
        layout_.labels.push_back({kind, box, std::move(lines), std::move(fill)});
    }

    void place_lanes() {
        const std::size_t count = picture_.lanes.size();
        layout_.lane_width = count <= 3 ? 126 : count <= 5 ? 108 : 84;
        for (std::size_t i = 0; i < picture_.lanes.size(); ++i) {
            const double x = margin + times_width + 28 + static_cast<double>(i) * lane();
            layout_.lanes.push_back(x);
            add(Label::Kind::Lane, {x - 20, 36, 40, 16}, {node_name(picture_.lanes[i])});
        }
        const double last = layout_.lanes.empty() ? 0 : layout_.lanes.back();
        words_left_ = last + lane();
        const double whole = words_left_ + words_width;
        std::string title = picture_.title + "   (" + picture_.subtitle + ")";
        if (picture_.warning) title = *picture_.warning;
        add(Label::Kind::Title, {margin, 8, whole - margin, 18}, {fit(title, 12, whole - 24)});
    }

    void place_rows() {
        double y = first_row;
        for (const Row& row : picture_.rows) {
            std::string words;
            if (row.node != NodeId{} && row.kind == MarkKind::Dot) {
                words = node_name(row.node) + ' ';
            }
            words += row.words;
            const auto lines = wrap(words, words_size, words_width - 10, 4);
            const double height = static_cast<double>(lines.size()) * line_height;
            const double pitch = std::max(23.0, height + 7);
            const double middle = y + pitch / 2;
            layout_.rows.push_back(middle);
            add(Label::Kind::Words, {words_left_, middle - height / 2, words_width, height}, lines);
            add(Label::Kind::Time, {margin, middle - 6, times_width, 12},
                {fmt::format("#{}  {}", row.moment.number, time_words(row.moment.at))});
            y += pitch;
        }
        layout_.lanes_end = y + 8;
        layout_.height = layout_.lanes_end;
    }

    void place_chips(std::size_t i) {
        const Row& row = picture_.rows[i];
        const auto lane = lane_of(picture_, row.node);
        if (!lane) return;
        double left = layout_.lanes[*lane] + 7;
        const double row_y = layout_.rows[i];
        dots_.push_back({layout_.lanes[*lane] - 5, row_y - 5, 10, 10});
        // Messages come from above and go down.
        const double y = row_y + (row.from_right ? 6 : row.to_right ? -6 : 0);
        std::vector<Chip> chips = row.chips;
        if (row.kind == MarkKind::Crash) chips.push_back({"crash", std::nullopt, false});
        if (row.kind == MarkKind::Start) chips.push_back({"start", std::nullopt, false});
        for (const Chip& chip : chips) {
            const double room = words_left_ - 4 - left;
            if (room < 24) return;
            const std::string text = fit(chip.text, chip_size, room - 6);
            const double width = text_width(text, chip_size) + 6;
            add(chip.chosen ? Label::Kind::Chosen : Label::Kind::Chip,
                {left, y - chip_height / 2, width, chip_height}, {text},
                pale_colour(picture_, chip.ballot));
            left += width + 3;
        }
    }

    [[nodiscard]] Path path_of(const Arrow& arrow) const {
        const double from_x = layout_.lanes[lane_of(picture_, arrow.from).value_or(0)];
        const double to_x = layout_.lanes[lane_of(picture_, arrow.to).value_or(0)];
        if (!arrow.from_row) {
            const double to_y = layout_.rows[*arrow.to_row];
            return {{from_x, to_y - 15}, {to_x, to_y}};
        }
        const double from_y = layout_.rows[*arrow.from_row];
        if (arrow.to_row) return {{from_x, from_y}, {to_x, layout_.rows[*arrow.to_row]}};
        // Lost, or not there yet: it ends on its way.
        const std::size_t end = std::min(arrow.lost_row, layout_.rows.size() - 1);
        const bool lost = arrow.fate == Fate::Lost && end > *arrow.from_row;
        const double fall = lost ? std::min(layout_.rows[end] - from_y, 40.0) : 20;
        return {{from_x, from_y}, {from_x + (to_x - from_x) * 0.68, from_y + fall}};
    }

    void place_arrow(const Arrow& arrow) {
        const Path path = path_of(arrow);
        layout_.paths.push_back(path);
        if (arrow.fate == Fate::Lost) {
            dots_.push_back({path.to.x - 5, path.to.y - 5, 10, 10});
            place_loss(arrow, path.to);
        }
        std::string text = arrow.words;
        if (arrow.duplicate) text += " (again)";
        if (arrow.late) text += " (late)";
        if (!arrow.from_row && arrow.sent_at > 0) text += fmt::format(" (of #{})", arrow.sent_at);
        const double span = std::abs(path.to.x - path.from.x) - 14;
        text = fit(text, message_size, std::max(lane() - 14, std::min(span, 150.0)));
        const double width = text_width(text, message_size) + 4;
        for (const double part : {0.30, 0.36, 0.42, 0.5, 0.58, 0.24, 0.66, 0.74, 0.18, 0.82}) {
            for (const double shift : {0.0, -5.0, 5.0, -9.0, 9.0, -13.0, 13.0}) {
                const Point at{path.from.x + (path.to.x - path.from.x) * part,
                               path.from.y + (path.to.y - path.from.y) * part + shift};
                const Box box{at.x - width / 2, at.y - 5, width, 10};
                if (!is_free(box)) continue;
                return add(Label::Kind::Message, box, {text});
            }
        }
        ++layout_.unlabelled;
    }

    // Why a message was lost, beside the x in which it ends.
    void place_loss(const Arrow& arrow, Point end) {
        const double width = text_width(arrow.why, message_size) + 4;
        for (const Point at :
             {Point{end.x + 7, end.y - 5}, Point{end.x - 7 - width, end.y - 5},
              Point{end.x - width / 2, end.y + 6}, Point{end.x - width / 2, end.y - 16}}) {
            const Box box{at.x, at.y, width, 10};
            if (!is_free(box)) continue;
            return add(Label::Kind::Message, box, {arrow.why});
        }
    }

    [[nodiscard]] bool is_free(const Box& box) const {
        if (box.left < margin + times_width || box.left + box.width > words_left_) return false;
        const auto hit = [&](const Box& other) { return box.overlaps(other); };
        return std::ranges::none_of(layout_.labels, hit, &Label::box) &&
               std::ranges::none_of(dots_, hit);
    }

    void place_log() {
        std::vector<Slot> slots;
        for (const auto& [node, cells] : picture_.logs) {
            if (!lane_of(picture_, node)) continue;
            for (const auto& [slot, cell] : cells) slots.push_back(slot);
        }
        std::ranges::sort(slots);
        slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
        if (slots.size() < 2) return;
        constexpr double width = 74;
        const double left = margin + 44;
        const auto most = static_cast<std::size_t>((words_left_ + words_width - left) / width);
        if (slots.size() > most) {
            slots.erase(slots.begin(), slots.end() - static_cast<std::ptrdiff_t>(most));
        }
        double y = layout_.height + 10;
        add(Label::Kind::LogHead, {margin, y, 42, 12}, {"log"});
        for (std::size_t i = 0; i < slots.size(); ++i) {
            add(Label::Kind::LogHead, {left + static_cast<double>(i) * width, y, width - 4, 12},
                {fmt::format("slot {}", slots[i].value)});
        }
        for (const NodeId node : picture_.lanes) {
            y += 17;
            add(Label::Kind::LogHead, {margin, y, 42, 13}, {node_name(node)});
            for (std::size_t i = 0; i < slots.size(); ++i) {
                place_cell(node, slots[i],
                           {left + static_cast<double>(i) * width, y, width - 4, 13});
            }
        }
        layout_.height = y + 18;
    }

    void place_cell(NodeId node, Slot slot, Box box) {
        const auto log = picture_.logs.find(node);
        if (log == picture_.logs.end()) return;
        const auto cell = log->second.find(slot);
        if (cell == log->second.end()) return;
        const std::string text = (cell->second.chosen ? "known: " : "") +
                                 ballot_name(cell->second.ballot) + " " + cell->second.value;
        add(cell->second.chosen ? Label::Kind::LogChosen : Label::Kind::LogCell, box,
            {fit(text, chip_size, box.width - 4)}, pale_colour(picture_, cell->second.ballot));
    }

    void place_legend() {
        const std::string text =
            "Time runs down; a row is an event. Colour: the ballot. Thick lane: leads. Dotted "
            "lane: "
            "down. Grey bar: waits for the disk. Shaded: partition. Hollow head: ignored. Barred "
            "head: refused. Dashed, ending in an x: lost. Dotted arrow: still under way.";
        const double width = words_left_ + words_width - margin;
        const auto lines = wrap(text, chip_size, width - 8, 4);
        const double height = static_cast<double>(lines.size()) * 10;
        add(Label::Kind::Legend, {margin, layout_.height + 6, width, height}, lines);
        layout_.height += height + 6;
    }

    [[nodiscard]] double lane() const { return layout_.lane_width; }

    const Picture& picture_;
    Layout layout_;
    std::vector<Box> dots_;
    double words_left_ = 0;
};

// Okabe and Ito's hues, told apart by colour-blind people, too; the second of a pair is for even
// rounds.
struct Hue {
    std::string_view odd;
    std::string_view even;
    std::string_view pale_odd;
    std::string_view pale_even;
};
constexpr auto hues = std::to_array<Hue>({
    {"#0072b2", "#4a9fd0", "#a9d1ee", "#d0e6f6"},
    {"#d55e00", "#e98b45", "#f7bd92", "#fbdcc5"},
    {"#009e73", "#45b898", "#9fddc9", "#cbede2"},
    {"#b0558a", "#cc79a7", "#e6b3d0", "#f1d5e4"},
    {"#b8860b", "#e69f00", "#efd080", "#f7e6b8"},
    {"#5b6f80", "#8698a6", "#c0ccd5", "#dce3e8"},
    {"#7a6a00", "#a89a20", "#e2d67c", "#efe8b8"},
});

const Hue& hue_of(const Picture& picture, const Ballot& ballot) {
    const std::size_t lane = lane_of(picture, ballot.node).value_or(hues.size() - 1);
    return hues[lane % hues.size()];
}

}  // namespace

std::optional<std::size_t> lane_of(const Picture& picture, NodeId node) {
    const auto lane = std::ranges::find(picture.lanes, node);
    if (lane == picture.lanes.end()) return std::nullopt;
    return static_cast<std::size_t>(lane - picture.lanes.begin());
}

std::string strong_colour(const Picture& picture, const std::optional<Ballot>& ballot) {
    if (!ballot || *ballot == Ballot{}) return "#555555";
    const Hue& hue = hue_of(picture, *ballot);
    return std::string(ballot->round % 2 == 1 ? hue.odd : hue.even);
}

std::string pale_colour(const Picture& picture, const std::optional<Ballot>& ballot) {
    if (!ballot || *ballot == Ballot{}) return "#e8e8e8";
    const Hue& hue = hue_of(picture, *ballot);
    return std::string(ballot->round % 2 == 1 ? hue.pale_odd : hue.pale_even);
}

Layout lay_out(const Picture& picture) { return Typesetter(picture).run(); }

}  // namespace decree::traces
