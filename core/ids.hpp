#pragma once

/// Numbers that do not mix.

#include <compare>
#include <cstdint>

namespace decree {

/// A number that converts to no other kind of number.
template <class Tag, class Rep>
struct Strong {
    Rep value{};
    auto operator<=>(const Strong&) const = default;
};

/// 64 bits, random at first start, never reused. In simulations 1, 2, ... 0 is no node.
using NodeId = Strong<struct NodeIdTag, std::uint64_t>;

/// A position in the replicated log. The first is 1; 0 means "before the first".
using Slot = Strong<struct SlotTag, std::uint64_t>;

/// Microseconds, monotonic for one process; means nothing to another process.
using Time = Strong<struct TimeTag, std::uint64_t>;

/// Microseconds that leaders measured while they led; the same to every replica, because it reaches
/// them in slots only.
using ClusterTime = Strong<struct ClusterTimeTag, std::uint64_t>;

/// A byte offset in a node's journal, which only grows. Not a slot: drivers hand it back unread.
using Position = Strong<struct PositionTag, std::uint64_t>;

/// How often an origin has started; durable before it is used.
using Incarnation = Strong<struct IncarnationTag, std::uint64_t>;

/// A client's connection, as the driver of one node numbers them. Never leaves that node.
using ClientId = Strong<struct ClientIdTag, std::uint64_t>;

/// 64 bits, drawn by whoever proposed a cluster's founding record. 0 is no cluster.
using ClusterId = Strong<struct ClusterIdTag, std::uint64_t>;

/// Counts a leader's rounds of leadership confirmation within its ballot; the first is 1.
using Round = Strong<struct RoundTag, std::uint64_t>;

constexpr Slot next(Slot slot) { return Slot{slot.value + 1}; }
constexpr Slot previous(Slot slot) { return Slot{slot.value - 1}; }
constexpr Slot operator+(Slot slot, std::uint64_t count) { return Slot{slot.value + count}; }
/// What lies beyond the end of time is the end of time: a deadline never wraps into the past.
constexpr Time operator+(Time time, std::uint64_t microseconds) {
    const std::uint64_t sum = time.value + microseconds;
    return Time{sum < microseconds ? ~std::uint64_t{0} : sum};
}

/// Later than any deadline.
inline constexpr Time never{~std::uint64_t{0}};
/// Beyond any slot a log can reach.
inline constexpr Slot last_slot{~std::uint64_t{0}};
/// No slot and no round of a ballot that is told is as high: sums with them do not overflow.
inline constexpr std::uint64_t max_number = std::uint64_t{1} << 62U;
/// No node's log is longer; a vote further above what is chosen cannot be.
inline constexpr std::uint64_t max_log_slots = std::uint64_t{1} << 24U;

}  // namespace decree
