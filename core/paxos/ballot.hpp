#pragma once

#include <compare>
#include <cstdint>

#include "core/ids.hpp"

namespace decree {

/// Ordered by round, then node, so no two nodes own one ballot. Ballot{} is below every real one.
/// [PMS] 2.2 "proposal number"; [PTP] "ballot". A restarted node never reuses one of its own.
struct Ballot {
    std::uint64_t round{};
    NodeId node{};
    auto operator<=>(const Ballot&) const = default;
};

}  // namespace decree
