#include "traces/render/legend.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "traces/render/type.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr double name_width = 40;
constexpr double cell_height = 13;
constexpr double cell_pitch = 16;

/// The table of what the nodes hold: a line a node, a column a slot.
class LogTable {
public:
    LogTable(const Picture& picture, double left, double right, Layout& layout)
        : picture_(picture), left_(left), right_(right), layout_(layout) {}

    double place() {
        std::vector<Slot> slots = slots_held();
        if (slots.size() < 2) return layout_.height;
        const double room = right_ - left_ - name_width;
        width_ = std::clamp(room / static_cast<double>(slots.size()), 80.0, 150.0);
        const auto most = static_cast<std::size_t>(room / width_);
        if (slots.size() > most) {
            slots.erase(slots.begin(), slots.end() - static_cast<std::ptrdiff_t>(most));
        }
        y_ = layout_.height + 10;
        add(Label::Kind::LogHead, {left_, y_, name_width - 4, cell_height}, "the logs");
        for (std::size_t i = 0; i < slots.size(); ++i) {
            add(Label::Kind::LogHead, cell_box(i), head(slots[i]));
        }
        for (const NodeId node : picture_.lanes) {
            y_ += cell_pitch;
            add(Label::Kind::LogHead, {left_, y_, name_width - 4, cell_height}, node_words(node));
            for (std::size_t i = 0; i < slots.size(); ++i) place_cell(node, slots[i], cell_box(i));
        }
        return y_ + cell_pitch + 2;
    }

private:
    void add(Label::Kind kind, Box box, const std::string& text) {
        layout_.labels.push_back({.kind = kind,
                                  .box = box,
                                  .lines = {fit(text, chip_size, box.width - 4)},
                                  .fill = {},
                                  .ink = {},
                                  .edge = {}});
    }
    [[nodiscard]] std::vector<Slot> slots_held() const {
        std::vector<Slot> slots;
        for (const auto& [node, cells] : picture_.logs) {
            if (!lane_of(picture_, node)) continue;
            for (const auto& [slot, cell] : cells) slots.push_back(slot);
        }
        std::ranges::sort(slots);
        slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
        return slots;
    }
    [[nodiscard]] Box cell_box(std::size_t i) const {
        return {left_ + name_width + static_cast<double>(i) * width_, y_, width_ - 5, cell_height};
    }
    [[nodiscard]] std::string head(Slot slot) const {
        const auto chosen = picture_.chosen.find(slot);
        return fmt::format("slot {}{}", slot.value,
                           chosen == picture_.chosen.end() ? "" : ", chosen: " + chosen->second);
    }
    void place_cell(NodeId node, Slot slot, Box box) {
        const auto log = picture_.logs.find(node);
        if (log == picture_.logs.end()) return;
        const auto found = log->second.find(slot);
        if (found == log->second.end()) return;
        const Cell& cell = found->second;
        if (cell.gone) return add(Label::Kind::LogHead, box, cell.value);
        const std::string_view state = cell.repeated   ? ", known, skipped"
                                       : cell.executed ? ", known, executed"
                                       : cell.chosen   ? ", known"
                                                       : "";
        add(cell.chosen ? Label::Kind::LogKnown : Label::Kind::LogCell, box,
            fmt::format("{} {}{}", ballot_name(cell.ballot), cell.value, state));
        layout_.labels.back().fill = pale_colour(picture_, cell.ballot);
        layout_.labels.back().edge = strong_colour(picture_, cell.ballot);
    }

    const Picture& picture_;
    double left_;
    double right_;
    Layout& layout_;
    double width_ = 0;
    double y_ = 0;
};

bool some(const Picture& picture, MarkKind kind) {
    return std::ranges::any_of(picture.rows, [&](const Row& row) { return row.kind == kind; });
}

bool some(const Picture& picture, Span::Kind kind) {
    return std::ranges::any_of(picture.spans, [&](const Span& span) { return span.kind == kind; });
}

bool some(const Picture& picture, bool (*is)(const Arrow&)) {
    return std::ranges::any_of(picture.arrows, is);
}

bool some(const Picture& picture, ChipKind kind) {
    return std::ranges::any_of(picture.rows, [&](const Row& row) {
        return std::ranges::any_of(row.chips, [&](const Chip& chip) { return chip.kind == kind; });
    });
}

}  // namespace

std::string legend_words(const Picture& picture) {
    std::string text = "Time runs down; colour is the ballot.";
    const auto say = [&](bool there, std::string_view what) {
        if (there) text += ' ' + std::string(what);
    };
    say(some(picture, MarkKind::Choice),
        "Large dot and framed, bold: a value becomes chosen, which nobody knows yet.");
    say(some(picture, ChipKind::Vote), "Outlined: a vote.");
    say(some(picture, ChipKind::Known), "Filled and framed: the node knows it chosen.");
    say(some(picture, Span::Kind::Leading), "Thick lane: leads.");
    say(some(picture, Span::Kind::Down), "Dotted lane: down.");
    say(some(picture, Span::Kind::Paused), "Dashed lane: stands still.");
    say(some(picture, Span::Kind::DiskWait), "Grey bar: waits for its disk.");
    say(!picture.areas.empty(), "Shaded: a partition, a colour a side.");
    say(some(picture, MarkKind::World), "Diamond: the world acts.");
    say(some(picture, [](const Arrow& arrow) { return arrow.fate == Fate::Refused; }),
        "Bar at the head: refused (a < b: a is below b, which was promised).");
    say(some(picture, [](const Arrow& arrow) { return arrow.fate == Fate::Ignored; }),
        "Hollow head: ignored, or only noted.");
    say(some(picture, [](const Arrow& arrow) { return arrow.fate == Fate::Lost; }),
        "Dashed, ending in an x: lost, and why.");
    say(some(picture, [](const Arrow& arrow) { return arrow.fate == Fate::UnderWay; }),
        "Dotted, with ...: still under way at the end.");
    say(some(picture, [](const Arrow& arrow) { return arrow.late; }),
        "(late): overtaken on its link.");
    say(some(picture, [](const Arrow& arrow) { return arrow.duplicate; }),
        "(again): not the first copy.");
    say(some(picture, [](const Arrow& arrow) { return !arrow.from_row && arrow.sent_at > 0; }),
        "(of #N): sent by event #N, which is not shown.");
    return text;
}

double place_log(const Picture& picture, double left, double right, Layout& layout) {
    return LogTable(picture, left, right, layout).place();
}

}  // namespace decree::traces
