#include "traces/render/layout.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "traces/render/arrows.hpp"
#include "traces/render/type.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr double margin = 8;
constexpr double times_width = 104;
constexpr double line_height = 11;
constexpr double chip_height = 11;
constexpr double chip_pitch = 13;

/// Chips beside a mark, in lines that fit into the room there.
struct Flow {
    struct Placed {
        std::string text;
        double left{};  // From the first one's.
        double width{};
        std::size_t line{};
        std::string fill;
        bool chosen{};
    };
    std::vector<Placed> chips;
    std::size_t lines = 1;
};

class Typesetter {
public:
    explicit Typesetter(const Picture& picture) : picture_(picture) {}

    Layout run() {
        place_lanes();
        double y = layout_.lanes_begin + 6;
        for (const Row& row : picture_.rows) y += place_row(row, y);
        layout_.lanes_end = y + 8;
        place_arrows(picture_, margin + times_width, words_left_, layout_);
        layout_.height = lowest() + 4;
        place_log();
        place_legend();
        layout_.width = whole_width() + margin;
        layout_.height += margin;
        return std::move(layout_);
    }

private:
    static constexpr double words_width = 290;

    void add(Label::Kind kind, Box box, std::vector<std::string> lines, std::string fill = {}) {
        layout_.labels.push_back({.kind = kind,
                                  .box = box,
                                  .lines = std::move(lines),
                                  .fill = std::move(fill),
                                  .ink = {}});
    }

    void place_lanes() {
        const std::size_t count = picture_.lanes.size();
        layout_.lane_width = count <= 3 ? 140 : count <= 5 ? 112 : 84;
        layout_.lanes_begin = picture_.notes.empty() ? 58 : 70;
        for (std::size_t i = 0; i < count; ++i) {
            const double x = margin + times_width + 28 + static_cast<double>(i) * lane();
            layout_.lanes.push_back(x);
            const NodeId node = picture_.lanes[i];
            add(Label::Kind::Lane, {x - 20, 42, 40, 16}, {node_name(node)});
            const auto note = picture_.notes.find(node);
            if (note == picture_.notes.end()) continue;
            add(Label::Kind::LaneNote, {x - 36, 59, 72, 11}, {note->second});
        }
        const double last = layout_.lanes.empty() ? 0 : layout_.lanes.back();
        words_left_ = last + std::max(lane(), 130.0);
        const double whole = whole_width() - margin;
        const std::string title = picture_.warning.value_or(picture_.title);
        add(Label::Kind::Title, {margin, 6, whole, 18}, {fit(title, 12, whole / 1.15)});
        add(Label::Kind::Subtitle, {margin, 24, whole, 12},
            {fit(picture_.subtitle, words_size, whole - 8)});
    }

    // Returns how high the row is.
    double place_row(const Row& row, double y) {
        std::string words;
        if (row.node != NodeId{} && row.kind == MarkKind::Dot) words = node_name(row.node) + ' ';
        words += row.words;
        const auto lines = wrap(words, words_size, words_width - 10, 5);
        const double height = static_cast<double>(lines.size()) * line_height;
        const auto lane = lane_of(picture_, row.node);
        const Flow flow = lane ? flow_of(row, *lane) : Flow{};
        const double chips = static_cast<double>(flow.lines - 1) * 2 * chip_pitch;
        const double pitch = std::max({23.0, height + 7, chips + 24});
        const double middle = y + pitch / 2;
        layout_.rows.push_back(middle);
        add(Label::Kind::Words, {words_left_, middle - height / 2, words_width, height}, lines);
        add(Label::Kind::Time, {margin, middle - 6, times_width, 12},
            {fmt::format("#{}  {}", row.moment.number, time_words(row.moment.at))});
        if (lane) place_chips(row, *lane, flow);
        return pitch;
    }

    [[nodiscard]] Flow flow_of(const Row& row, std::size_t lane) const {
        std::vector<Chip> chips = row.chips;
        const auto first = [&](const char* text) {
            chips.insert(chips.begin(), Chip{text, std::nullopt, false});
        };
        if (row.kind == MarkKind::Crash) first("crash");
        if (row.kind == MarkKind::Start) first("start");
        const double room = words_left_ - 4 - (layout_.lanes[lane] + 7);
        Flow flow;
        double left = 0;
        for (const Chip& chip : chips) {
            const double scale = chip.chosen ? bold_width("x", 1) / text_width("x", 1) : 1;
            const std::string text = fit(chip.text, chip_size, (room - 8) / scale);
            const double width = text_width(text, chip_size) * scale + 8;
            if (left > 0 && left + width > room) {
                left = 0;
                ++flow.lines;
            }
            flow.chips.push_back({text, left, width, flow.lines - 1,
                                  pale_colour(picture_, chip.ballot), chip.chosen});
            left += width + 3;
        }
        return flow;
    }

    void place_chips(const Row& row, std::size_t lane, const Flow& flow) {
        const double x = layout_.lanes[lane];
        const double row_y = layout_.rows.back();
        layout_.marks.push_back({x - 5, row_y - 5, 10, 10});
        // Messages come from above and go down.
        const double y = row_y + (row.from_right ? 6 : row.to_right ? -6 : 0) - chip_height / 2;
        for (const Flow::Placed& chip : flow.chips) {
            const double top = y + static_cast<double>(chip.line) * chip_pitch;
            add(chip.chosen ? Label::Kind::Chosen : Label::Kind::Chip,
                {x + 7 + chip.left, top, chip.width, chip_height}, {chip.text}, chip.fill);
        }
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
        const double left = margin + 44;
        const double room = whole_width() - left;
        const double width = std::clamp(room / static_cast<double>(slots.size()), 74.0, 150.0);
        const auto most = static_cast<std::size_t>(room / width);
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
            "Time runs down; a row is an event. Colour: the ballot. Thick lane: leads; dotted: "
            "down; dashed: stands still. Grey bar: waits for its disk. Shaded: a partition, a "
            "colour a side. Ring: a start; black square: a crash; diamond: the world. Arrow with a "
            "hollow head: ignored, or only noted; with a bar: refused (a < b: a is below what was "
            "promised, b). Dashed, ending in an x: lost, and why. Dotted: still under way. (late): "
            "overtaken on its link; (again): not the first copy; (of #N): sent by event #N, which "
            "is not shown. Framed, bold: chosen, which nobody knows yet.";
        const double width = whole_width() - margin;
        const auto lines = wrap(text, chip_size, width - 8, 8);
        const double height = static_cast<double>(lines.size()) * 10;
        add(Label::Kind::Legend, {margin, layout_.height + 6, width, height}, lines);
        layout_.height += height + 6;
    }

    // What is still under way ends below the last row.
    [[nodiscard]] double lowest() const {
        double y = layout_.lanes_end;
        for (const Path& path : layout_.paths) y = std::max(y, path.to.y);
        for (const Label& label : layout_.labels) y = std::max(y, label.box.top + label.box.height);
        return y;
    }
    [[nodiscard]] double lane() const { return layout_.lane_width; }
    [[nodiscard]] double whole_width() const { return words_left_ + words_width; }

    const Picture& picture_;
    Layout layout_;
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
    {"#6a3d9a", "#9a78c2", "#cdb9e3", "#e3d8f0"},
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

std::string ink_colour(const Picture& picture, const std::optional<Ballot>& ballot) {
    if (!ballot || *ballot == Ballot{}) return "#333333";
    return std::string(hue_of(picture, *ballot).odd);
}

Layout lay_out(const Picture& picture) { return Typesetter(picture).run(); }

}  // namespace decree::traces
