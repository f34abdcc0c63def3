#pragma once

/// Where everything of a picture stands on paper. Points (1/72 inch), y downwards.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/render/picture.hpp"

namespace decree::traces {

struct Point {
    double x{};
    double y{};
};

struct Box {
    double left{};
    double top{};
    double width{};
    double height{};

    [[nodiscard]] bool overlaps(const Box& other) const {
        return left < other.left + other.width && other.left < left + width &&
               top < other.top + other.height && other.top < top + height;
    }
    [[nodiscard]] Point center() const { return {left + width / 2, top + height / 2}; }
};

/// Text in a box that no other label's box overlaps.
struct Label {
    enum class Kind : std::uint8_t {
        Title,
        Subtitle,
        Lane,
        LaneNote,
        Time,
        Act,
        Silence,
        Words,
        Aside,
        Chip,
        Vote,
        Known,
        Chosen,
        Broken,
        Message,
        LogHead,
        LogCell,
        LogKnown,
        Legend,
    };
    Kind kind{};
    Box box;
    std::vector<std::string> lines;
    std::string fill;  ///< "#rrggbb"; empty: none.
    std::string ink;   ///< Of the text; empty: what is usual for the kind.
    std::string edge;  ///< Of the box; empty: what is usual for the kind.
};

/// An arrow's ends. What it is about stands in the picture's arrow of the same place. It leaves its
/// lane somewhat below the mark when it goes far, so that no two of a fan lie over each other.
struct Path {
    Point from;
    Point to;
};

struct Layout {
    double width{};
    double height{};
    double lanes_begin{};       ///< From where to ...
    double lanes_end{};         ///< ... where the lanes go.
    std::vector<double> lanes;  ///< x of each lane ...
    double lane_width{};        ///< ... and the room of one.
    std::vector<double> rows;   ///< y of each row.
    std::vector<Path> paths;    ///< One for each arrow.
    double rows_end{};          ///< Where the faint line of a row ends.
    std::vector<Label> labels;
    std::vector<Box> marks;    ///< Of events and losses: no label hides one.
    std::size_t unlabelled{};  ///< Arrows for whose words no free place was found.
};

[[nodiscard]] Layout lay_out(const Picture& picture);

/// The place of `node` among the lanes; nothing for another node.
[[nodiscard]] std::optional<std::size_t> lane_of(const Picture& picture, NodeId node);

/// A ballot's colour, strong (lines) and pale (behind text): its hue tells the node, its shade
/// whether the round is odd. Never the only sign: the ballot stands there in figures, too.
[[nodiscard]] std::string strong_colour(const Picture& picture,
                                        const std::optional<Ballot>& ballot);
[[nodiscard]] std::string pale_colour(const Picture& picture, const std::optional<Ballot>& ballot);
/// For text: dark enough to be read.
[[nodiscard]] std::string ink_colour(const Picture& picture, const std::optional<Ballot>& ballot);

inline constexpr double words_size = 8.5;
inline constexpr double aside_size = 8;
inline constexpr double act_size = 8;
inline constexpr double chip_size = 7.5;
inline constexpr double message_size = 7.5;

}  // namespace decree::traces
