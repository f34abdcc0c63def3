#pragma once

/// The verbs that set up, and those that timed scenarios have beyond syntax.hpp, as a table: each
/// with the shapes of its arguments. Whoever adds one adds a line, and says in README.md what it
/// does.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace decree::sim::scenario {

/// The verbs of lines that set up, which come before all others.
inline constexpr std::string_view setup_verbs[] = {
    "nodes", "members", "quorum", "alpha", "clients",  "option",  "needs-mutant", "seed",
    "delay", "loss",    "dup",    "lease", "founding", "judging", "list",         "given"};

/// What an argument of an added verb may be.
enum class ArgumentShape : std::uint8_t {
    None,      ///< There is no further one.
    Keyword,   ///< The verb's own.
    Node,      ///< `N1`
    Nodes,     ///< `N1,N2`
    Asking,    ///< `C1>N1`
    Way,       ///< `N1>N2`
    Duration,  ///< `120ms`
    Drift,     ///< `+2%`
    Times,     ///< `7`: so many times.
};

/// One verb, and what stands behind it. A verb has several lines where a keyword tells them apart.
struct AddedVerb {
    static constexpr std::size_t most_arguments = 3;

    std::string_view name;
    std::string_view usage;    ///< For a person: the whole line, as an example.
    std::string_view keyword;  ///< Its second argument, if it has one.
    std::array<ArgumentShape, most_arguments> shapes;
};

namespace shapes {
using enum ArgumentShape;
using Shapes = std::array<ArgumentShape, AddedVerb::most_arguments>;
inline constexpr Shapes node = {Node};
inline constexpr Shapes keyword = {Node, Keyword};
}  // namespace shapes

/// Disks, processes, links, clocks and clients of a world where time passes.
inline constexpr AddedVerb added_verbs[] = {
    {"pause", "pause N1", "", shapes::node},
    {"resume", "resume N1", "", shapes::node},
    {"handover", "handover N1>N2", "", {ArgumentShape::Way}},
    {"slow-link", "slow-link N1>N2 20", "", {ArgumentShape::Way, ArgumentShape::Times}},
    {"tear", "tear N1", "", shapes::node},
    {"rot", "rot N1", "", shapes::node},
    {"rot", "rot N1 snapshot", "snapshot", shapes::keyword},
    {"rot", "rot N1 unsealed", "unsealed", shapes::keyword},
    {"misdirect", "misdirect N1", "", shapes::node},
    {"lose-write", "lose-write N1", "", shapes::node},
    {"read-error", "read-error N1", "", shapes::node},
    {"scrub", "scrub N1", "", shapes::node},
    {"image", "image N1", "", shapes::node},
    {"restore", "restore N1", "", shapes::node},
    {"lose-disk", "lose-disk N1", "", shapes::node},
    {"slow-disk", "slow-disk N1 10", "", {ArgumentShape::Node, ArgumentShape::Times}},
    {"fail-sync", "fail-sync N1", "", shapes::node},
    {"fill-disk", "fill-disk N1", "", shapes::node},
    {"free-disk", "free-disk N1", "", shapes::node},
    {"clock",
     "clock N1 jump 500ms",
     "jump",
     {ArgumentShape::Node, ArgumentShape::Keyword, ArgumentShape::Duration}},
    {"clock",
     "clock N1 skew 10s",
     "skew",
     {ArgumentShape::Node, ArgumentShape::Keyword, ArgumentShape::Duration}},
    {"clock",
     "clock N1 drift +2%",
     "drift",
     {ArgumentShape::Node, ArgumentShape::Keyword, ArgumentShape::Drift}},
    {"leave", "leave C1>N1", "", {ArgumentShape::Asking}},
    {"progress", "progress N1,N2", "", {ArgumentShape::Nodes}},
};

}  // namespace decree::sim::scenario
