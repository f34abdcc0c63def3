#pragma once

/// Whoever already knows the order need not search for it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "props/history/history.hpp"
#include "props/history/model.hpp"

namespace decree::history {

/// A place in an order that is claimed: what makes revision (command) number p is at point 2p; what
/// sees the state between the revisions p and p + 1 is at point 2p + 1.
using Point = std::uint64_t;

/// A call for which the order has a place.
struct Placed {
    Interval interval;
    Point first{};            ///< It took effect no earlier than here,
    Point last{};             ///< and no later than here. Equal for what changes something.
    std::size_t operation{};  ///< For the report.
};

/// A call that has no place left: it took effect by `last`, although when it was invoked, what had
/// returned showed `shown`.
struct Misplaced {
    std::size_t operation{};
    Point last{};
    Point shown{};
};

/// Whether places respect real time, which takes one pass, and no search. Nothing when they do;
/// else the first call that has none.
[[nodiscard]] std::optional<Misplaced> first_misplaced(std::span<const Placed> calls);

/// The revisions that came with the responses tell an order of all calls that returned, and it is
/// one that explains all that was told, if calls of unknown outcome never took effect. False says
/// nothing: then it is for the search to judge. `calls`: of one object.
[[nodiscard]] bool witnessed(std::span<const Call* const> calls, const Model& model);

}  // namespace decree::history
