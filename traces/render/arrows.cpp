#include "traces/render/arrows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "traces/render/type.hpp"

namespace decree::traces {
namespace {

constexpr double label_height = 10;
constexpr double cross_size = 10;

// Whether the straight line from one end to the other meets the box (Liang and Barsky).
bool meets(const Path& path, const Box& box) {
    const double dx = path.to.x - path.from.x;
    const double dy = path.to.y - path.from.y;
    double enters = 0;
    double leaves = 1;
    const auto clip = [&](double direction, double distance) {
        if (direction == 0) return distance >= 0;
        const double at = distance / direction;
        (direction < 0 ? enters : leaves) =
            direction < 0 ? std::max(enters, at) : std::min(leaves, at);
        return enters <= leaves;
    };
    return clip(-dx, path.from.x - box.left) && clip(dx, box.left + box.width - path.from.x) &&
           clip(-dy, path.from.y - box.top) && clip(dy, box.top + box.height - path.from.y);
}

Point along(const Path& path, double part) {
    return {path.from.x + (path.to.x - path.from.x) * part,
            path.from.y + (path.to.y - path.from.y) * part};
}

std::string words_of(const Arrow& arrow) {
    std::string text = arrow.words;
    if (arrow.others > 0) text += fmt::format(" and {} more", arrow.others);
    if (arrow.duplicate) text += " (again)";
    if (arrow.late) text += " (late)";
    if (!arrow.from_row && arrow.sent_at > 0) text += fmt::format(" (of #{})", arrow.sent_at);
    if (!arrow.why.empty()) text += " (" + arrow.why + ")";
    if (arrow.fate == Fate::UnderWay) text += " ...";
    return text;
}

class ArrowPlacer {
public:
    ArrowPlacer(const Picture& picture, double left, double right, Layout& layout)
        : picture_(picture), left_(left), right_(right), layout_(layout) {}

    void run() {
        for (const Arrow& arrow : picture_.arrows) layout_.paths.push_back(path_of(arrow));
        for (std::size_t i = 0; i < picture_.arrows.size(); ++i) {
            if (picture_.arrows[i].fate == Fate::Lost) place_cross(layout_.paths[i]);
        }
        for (std::size_t i = 0; i < picture_.arrows.size(); ++i) place_words(i);
    }

private:
    [[nodiscard]] Path path_of(const Arrow& arrow) const {
        const std::size_t from_lane = lane_of(picture_, arrow.from).value_or(0);
        const std::size_t to_lane = lane_of(picture_, arrow.to).value_or(0);
        const double from_x = layout_.lanes[from_lane];
        const double to_x = layout_.lanes[to_lane];
        if (!arrow.from_row) {
            const double to_y = layout_.rows[*arrow.to_row];
            return {{from_x, std::max(to_y - 15, layout_.lanes_begin)}, {to_x, to_y}};
        }
        const auto far = static_cast<double>(std::max(from_lane, to_lane) -
                                             std::min(from_lane, to_lane) - (from_lane != to_lane));
        const double from_y = layout_.rows[*arrow.from_row] + std::min(far * 4, 12.0);
        if (arrow.to_row) return {{from_x, from_y}, {to_x, layout_.rows[*arrow.to_row]}};
        // Lost, or not there yet: it ends on its way.
        if (arrow.fate == Fate::UnderWay) {
            const double reach = std::clamp((to_x - from_x) * 0.4, -36.0, 36.0);
            return {{from_x, from_y}, {from_x + reach, from_y + 15 + far * 4}};
        }
        const std::size_t end = std::min(arrow.lost_row, layout_.rows.size() - 1);
        const double later = layout_.rows[end] - from_y;
        const bool at_row = picture_.by_hand && end > *arrow.from_row;
        const double fall = at_row ? later : std::clamp(later, 18.0, 40.0) + far * 5;
        // A long fall stays near its lane, out of the way of others.
        const double way = arrow.at_end ? 0.93 : fall > 60 ? 0.4 : 0.68;
        return {{from_x, from_y}, {from_x + (to_x - from_x) * way, from_y + fall}};
    }

    // Moved along its way until it hides nothing.
    void place_cross(Path& path) {
        for (const double part : {1.0, 0.88, 1.12, 0.76, 1.24, 0.64, 0.52, 0.4}) {
            const Point end = along(path, part);
            const Box box{end.x - cross_size / 2, end.y - cross_size / 2, cross_size, cross_size};
            if (!is_free(box) && part > 0.4) continue;
            path.to = end;
            layout_.marks.push_back(box);
            return;
        }
    }

    void place_words(std::size_t i) {
        const Arrow& arrow = picture_.arrows[i];
        const std::string text = words_of(arrow);
        if (is_told(i, text)) return;
        for (const double width : {260.0, layout_.lane_width - 14, 64.0}) {
            const std::string fitting = fit(text, message_size, width);
            const auto box = best_place(i, text_width(fitting, message_size) + 4);
            if (!box) continue;
            layout_.labels.push_back({.kind = Label::Kind::Message,
                                      .box = *box,
                                      .lines = {fitting},
                                      .fill = {},
                                      .ink = ink_colour(picture_, arrow.ballot),
                                      .edge = {}});
            return;
        }
        ++layout_.unlabelled;
    }

    // One label is enough for what one step sent to several nodes, and had the same end on its way.
    [[nodiscard]] bool is_told(std::size_t i, const std::string& text) const {
        const Arrow& arrow = picture_.arrows[i];
        if (arrow.to_row) return false;
        return std::ranges::any_of(
            picture_.arrows.begin(), picture_.arrows.begin() + static_cast<std::ptrdiff_t>(i),
            [&](const Arrow& other) {
                return other.from_row == arrow.from_row && other.lost_row == arrow.lost_row &&
                       other.from == arrow.from && words_of(other) == text;
            });
    }

    // Where it hides the fewest arrows; of such places the one nearest to the arrow's tail. A stub
    // is short: its words may stand beyond its end.
    [[nodiscard]] std::optional<Box> best_place(std::size_t i, double width) const {
        std::optional<Box> best;
        double least = 0;
        constexpr auto inner =
            std::to_array({0.34, 0.42, 0.5, 0.58, 0.66, 0.26, 0.74, 0.18, 0.82, 0.12, 0.88});
        constexpr auto beyond = std::to_array({1.2, 0.8, 1.6, 0.4, 2.0, 0.0});
        const bool stub = picture_.arrows[i].fate == Fate::UnderWay;
        const std::span<const double> parts = stub ? std::span<const double>(beyond) : inner;
        for (std::size_t rank = 0; rank < parts.size(); ++rank) {
            for (const double shift :
                 {0.0, -4.0, 4.0, -8.0, 8.0, -12.0, 12.0, -18.0, 18.0, 26.0, 34.0}) {
                for (const double aside : {0.0, -0.5, 0.5}) {
                    if (aside != 0 && !stub) continue;
                    const Point at = along(layout_.paths[i], parts[rank]);
                    const Box box{at.x + (aside - 0.5) * width, at.y + shift - label_height / 2,
                                  width, label_height};
                    if (!is_free(box)) continue;
                    const double cost = hidden(i, box) + 0.25 * static_cast<double>(rank) +
                                        (stub ? 0.3 : 0.15) * std::abs(shift);
                    if (best && cost >= least) continue;
                    best = box;
                    least = cost;
                }
            }
        }
        return best;
    }

    // What it hides counts, its own stub somewhat less: its words must not stray far from it.
    [[nodiscard]] double hidden(std::size_t i, const Box& box) const {
        double count = 0;
        for (std::size_t other = 0; other < layout_.paths.size(); ++other) {
            if (!meets(layout_.paths[other], box)) continue;
            if (other != i) {
                count += 3;
            } else if (picture_.arrows[i].fate == Fate::UnderWay) {
                count += 2;
            }
        }
        return count;
    }

    [[nodiscard]] bool is_free(const Box& box) const {
        if (box.left < left_ || box.left + box.width > right_) return false;
        if (box.top < layout_.lanes_begin) return false;
        const auto hit = [&](const Box& other) { return box.overlaps(other); };
        return std::ranges::none_of(layout_.labels, hit, &Label::box) &&
               std::ranges::none_of(layout_.marks, hit);
    }

    const Picture& picture_;
    double left_;
    double right_;
    Layout& layout_;
};

}  // namespace

void place_arrows(const Picture& picture, double left, double right, Layout& layout) {
    ArrowPlacer(picture, left, right, layout).run();
}

}  // namespace decree::traces
