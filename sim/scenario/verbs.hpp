#pragma once

/// The verbs that timed scenarios have beyond those of syntax.hpp, as a table: each with the shapes
/// of its arguments. Whoever adds one adds a line, and says in sim/README.md what it does.

#include <array>
#include <cstdint>
#include <string_view>

namespace decree::sim::scenario {

/// What an argument of an added verb may be.
enum class ArgumentShape : std::uint8_t {
    None,      ///< There is no further one.
    Node,      ///< `N1`
    Asking,    ///< `C1>N1`
    Duration,  ///< `120ms`
    Share,     ///< `2%`
    Slot,      ///< `#3`
    Number,    ///< `7`
    Word,      ///< Anything without a blank.
};

/// One verb, and what stands behind it.
struct AddedVerb {
    static constexpr std::size_t most_arguments = 4;

    std::string_view name;
    std::string_view usage;  ///< For a person: the whole line, as an example.
    std::array<ArgumentShape, most_arguments> shapes;
    std::size_t least = 0;  ///< So many arguments must be there; more may.
};

/// Disks, processes and clocks of a world where time passes.
inline constexpr AddedVerb added_verbs[] = {
    {"rot", "rot N1", {ArgumentShape::Node}, 1},
    {"tear", "tear N1", {ArgumentShape::Node}, 1},
    {"lose-disk", "lose-disk N1", {ArgumentShape::Node}, 1},
    {"slow-disk", "slow-disk N1 10", {ArgumentShape::Node, ArgumentShape::Number}, 2},
    {"fill-disk", "fill-disk N1", {ArgumentShape::Node}, 1},
    {"pause", "pause N1", {ArgumentShape::Node}, 1},
    {"resume", "resume N1", {ArgumentShape::Node}, 1},
    {"clock", "clock N1 500ms", {ArgumentShape::Node, ArgumentShape::Duration}, 2},
};

}  // namespace decree::sim::scenario
