#include "traces/render/layout.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "traces/render/arrows.hpp"
#include "traces/render/legend.hpp"
#include "traces/render/type.hpp"
#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr double margin = 8;
// 1,200 pixels at 96 an inch are 900 points, of which `pad` and the corner points (dot.cpp)
// take 19.5.
constexpr double page_width = 880;
constexpr double last_lane = 112;  // At least so much room is beside it.
constexpr double line_height = 10.5;
constexpr double chip_height = 11;
constexpr double chip_pitch = 13;
constexpr double lane_indent = 26;
constexpr double longest_silence = 48;

/// Chips beside a mark, in lines that fit into the room there.
struct Flow {
    struct Placed {
        std::string text;
        double left{};  // From the first one's.
        double width{};
        std::size_t line{};
        const Chip* chip{};
    };
    std::vector<Placed> chips;
    std::size_t lines = 1;
};

Label::Kind label_kind(ChipKind kind) {
    switch (kind) {
    case ChipKind::State:
    case ChipKind::Plain:
        return Label::Kind::Chip;
    case ChipKind::Vote:
        return Label::Kind::Vote;
    case ChipKind::Known:
        return Label::Kind::Known;
    case ChipKind::Chosen:
        return Label::Kind::Chosen;
    case ChipKind::Broken:
        return Label::Kind::Broken;
    }
    return Label::Kind::Chip;
}

class Typesetter {
public:
    explicit Typesetter(const Picture& picture) : picture_(picture) {}

    Layout run() {
        place_columns();
        place_heads();
        find_pace();
        double y = layout_.lanes_begin + 4;
        for (std::size_t i = 0; i < picture_.rows.size(); ++i) {
            y += place_silence(i, y);
            y += place_row(picture_.rows[i], y);
        }
        layout_.lanes_end = y + 6;
        place_arrows(picture_, margin + times_width_ + 2, words_left_, layout_);
        layout_.height = lowest() + 4;
        layout_.height = place_log(picture_, margin, whole_width(), layout_);
        place_legend();
        layout_.width = whole_width() + margin;
        layout_.height += margin;
        return std::move(layout_);
    }

private:
    void add(Label::Kind kind, Box box, std::vector<std::string> lines, std::string fill = {}) {
        layout_.labels.push_back({.kind = kind,
                                  .box = box,
                                  .lines = std::move(lines),
                                  .fill = std::move(fill),
                                  .ink = {},
                                  .edge = {}});
    }

    void place_columns() {
        const auto count = static_cast<double>(picture_.lanes.size());
        times_width_ = 100;
        for (const Row& row : picture_.rows) {
            if (row.act.empty()) continue;
            times_width_ = std::max(times_width_, number_width + text_width(row.act, act_size) + 8);
        }
        times_width_ = std::min(times_width_, 190.0);
        words_width_ = picture_.by_hand ? 230 : 270;
        const double room = page_width - 2 * margin - times_width_ - lane_indent - words_width_;
        const double alike = room / std::max(count, 1.0);
        const double others = (room - last_lane) / std::max(count - 1, 1.0);
        layout_.lane_width = std::clamp(alike < last_lane ? others : alike, 66.0, 132.0);
        for (std::size_t i = 0; i < picture_.lanes.size(); ++i) {
            layout_.lanes.push_back(margin + times_width_ + lane_indent +
                                    static_cast<double>(i) * lane());
        }
        const double last = layout_.lanes.empty() ? 0 : layout_.lanes.back();
        words_left_ = last + std::max(lane(), last_lane);
        layout_.rows_end = words_left_ - 4;
    }

    void place_heads() {
        layout_.lanes_begin = picture_.notes.empty() ? 62 : 73;
        for (std::size_t i = 0; i < picture_.lanes.size(); ++i) {
            const double x = layout_.lanes[i];
            const NodeId node = picture_.lanes[i];
            add(Label::Kind::Lane, {x - 20, 44, 40, 17}, {node_words(node)});
            const auto note = picture_.notes.find(node);
            if (note == picture_.notes.end()) continue;
            const double half = std::min(36.0, lane() / 2 - 1);
            add(Label::Kind::LaneNote, {x - half, 62, 2 * half, 11}, {note->second});
        }
        const double whole = whole_width() - margin;
        const std::string title = picture_.warning.value_or(picture_.title);
        add(Label::Kind::Title, {margin, 4, whole, 19}, {fit(title, 13, whole / 1.15)});
        add(Label::Kind::Subtitle, {margin, 24, whole, 12},
            {fit(picture_.subtitle, words_size, whole - 8)});
    }

    // On the scale of time, half of the steps from row to row are as far apart as they must be.
    void find_pace() {
        if (picture_.scale != Scale::Time) return;
        std::vector<std::uint64_t> gaps;
        for (std::size_t i = 1; i < picture_.rows.size(); ++i) {
            const std::uint64_t gap = gap_before(i);
            if (gap > 0) gaps.push_back(gap);
        }
        if (gaps.empty()) return;
        const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
        std::ranges::nth_element(gaps, middle);
        points_per_us_ = shortest_row / static_cast<double>(*middle);
    }
    [[nodiscard]] std::uint64_t gap_before(std::size_t i) const {
        if (i == 0) return 0;
        return picture_.rows[i].moment.at.value - picture_.rows[i - 1].moment.at.value;
    }
    // Returns how much room time takes before row `i`.
    double place_silence(std::size_t i, double y) {
        const double wanted = points_per_us_ * static_cast<double>(gap_before(i)) - shortest_row;
        if (wanted <= 0) return 0;
        if (wanted <= longest_silence) return wanted;
        add(Label::Kind::Silence, {margin, y + longest_silence / 2 - 6, times_width_, 12},
            {".. " + time_words(Time{gap_before(i)})});
        return longest_silence;
    }

    // Returns how high the row is.
    double place_row(const Row& row, double y) {
        std::string words;
        const bool of_node = row.node != NodeId{} && row.kind != MarkKind::Start &&
                             row.kind != MarkKind::Crash && !row.words.empty();
        if (of_node) words = node_words(row.node) + ' ';
        words += row.words;
        auto lines = wrap(words, words_size, words_width_ - 10, 5);
        if (words.empty()) lines.clear();
        auto aside = wrap(row.aside, aside_size, words_width_ - 10, 4);
        if (row.aside.empty()) aside.clear();
        const double words_height = static_cast<double>(lines.size()) * line_height;
        const double height = words_height + static_cast<double>(aside.size()) * line_height;
        const auto lane = lane_of(picture_, row.node);
        const Flow flow = lane ? flow_of(row, *lane) : Flow{};
        const double chips = static_cast<double>(flow.lines - 1) * 2 * chip_pitch;
        double pitch = std::max({shortest_row, height + 9, chips + 24});
        double middle = y + pitch / 2;
        if (lane) {
            const double more = room_for_chips(row, *lane, flow, middle);
            pitch += more;
            middle += more;
        }
        layout_.rows.push_back(middle);
        const double top = middle - height / 2;
        if (!lines.empty()) {
            add(Label::Kind::Words, {words_left_, top, words_width_, words_height}, lines);
        }
        if (!aside.empty()) {
            add(Label::Kind::Aside,
                {words_left_, top + words_height, words_width_, height - words_height}, aside);
        }
        place_time(row, middle);
        if (lane) place_chips(row, *lane, flow, middle);
        return pitch;
    }

    void place_time(const Row& row, double middle) {
        const std::string number = fmt::format("#{}", row.moment.number);
        if (!picture_.by_hand) {
            add(Label::Kind::Time, {margin, middle - 6, times_width_, 12},
                {number + "  " + time_words(row.moment.at)});
            return;
        }
        add(Label::Kind::Time, {margin, middle - 6, number_width, 12}, {number});
        if (row.act.empty()) return;
        const double width = times_width_ - number_width;
        add(Label::Kind::Act, {margin + number_width, middle - 6, width, 12},
            {fit(row.act, act_size, width - 2)});
    }

    [[nodiscard]] Flow flow_of(const Row& row, std::size_t lane) const {
        const double room = words_left_ - 4 - (layout_.lanes[lane] + 7);
        Flow flow;
        double left = 0;
        for (const Chip& chip : row.chips) {
            const bool bold = chip.kind == ChipKind::Chosen || chip.kind == ChipKind::Broken;
            const double scale = bold ? bold_width("x", 1) / text_width("x", 1) : 1;
            const std::string text = fit(chip.text, chip_size, (room - 8) / scale);
            const double width = text_width(text, chip_size) * scale + 8;
            if (left > 0 && left + width > room) {
                left = 0;
                ++flow.lines;
            }
            flow.chips.push_back({text, left, width, flow.lines - 1, &chip});
            left += width + 3;
        }
        return flow;
    }

    [[nodiscard]] Box chip_box(const Row& row, std::size_t lane, const Flow::Placed& placed,
                               double middle) const {
        // Messages come from above and go down.
        const double y = middle + (row.from_right ? 7 : row.to_right ? -7 : 0) - chip_height / 2;
        return {layout_.lanes[lane] + 8 + placed.left,
                y + static_cast<double>(placed.line) * chip_pitch, placed.width, chip_height};
    }
    // How much lower the row must be, lest its chips touch those of the rows before.
    [[nodiscard]] double room_for_chips(const Row& row, std::size_t lane, const Flow& flow,
                                        double middle) const {
        double more = 0;
        for (const Flow::Placed& placed : flow.chips) {
            const Box box = chip_box(row, lane, placed, middle);
            for (const Box& before : last_chips_) {
                const bool beside =
                    box.left >= before.left + before.width || before.left >= box.left + box.width;
                if (!beside) more = std::max(more, before.top + before.height + 1 - box.top);
            }
        }
        return more;
    }
    void place_chips(const Row& row, std::size_t lane, const Flow& flow, double middle) {
        layout_.marks.push_back({layout_.lanes[lane] - 5, middle - 5, 10, 10});
        if (!flow.chips.empty()) last_chips_.clear();
        for (const Flow::Placed& placed : flow.chips) {
            const std::optional<Ballot>& ballot = placed.chip->ballot;
            const Box box = chip_box(row, lane, placed, middle);
            add(label_kind(placed.chip->kind), box, {placed.text}, pale_colour(picture_, ballot));
            layout_.labels.back().edge = strong_colour(picture_, ballot);
            last_chips_.push_back(box);
        }
    }

    void place_legend() {
        const std::string text = legend_words(picture_);
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
    [[nodiscard]] double whole_width() const { return words_left_ + words_width_; }

    static constexpr double number_width = 30;
    static constexpr double shortest_row = 22;

    const Picture& picture_;
    Layout layout_;
    double times_width_ = 0;
    double words_left_ = 0;
    double words_width_ = 0;
    std::vector<Box> last_chips_;  // Of the latest row that has any.
    double points_per_us_ = 0;     // 0: the scale of events.
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
