#pragma once

/// What apply depends on: the same at every node, kept in the founding record and in snapshots,
/// changed only through the log.

#include <cstdint>
#include <optional>
#include <string>

#include "core/store/path.hpp"

namespace decree::store {

/// Paths are walked by recursion: no limit is higher.
inline constexpr std::uint32_t deepest_path = 256;

/// How much a store holds. Whatever goes beyond is refused with a text that names the limit.
struct Limits {
    std::uint32_t path_bytes = 1024;  ///< Of a path, and of a glob.
    std::uint32_t path_depth = 128;   ///< Names in a path.
    std::uint32_t value_bytes = 1U << 20U;
    std::uint64_t files = 4'000'000;
    /// Of all files and directories: names, values, and `item_bytes` each.
    std::uint64_t bytes = std::uint64_t{1} << 31U;
    std::uint32_t transaction_parts = 128;  ///< Compares and writes of one transaction.
    std::uint32_t sessions = 16384;
    std::uint32_t session_files = 1024;  ///< Files of one session.
    std::uint32_t lock_delays = 16384;   ///< Delays that run at a time; the earliest end first.
    std::uint32_t watches = 131072;      ///< At one node.
    bool operator==(const Limits&) const = default;
};

struct StoreSettings {
    Names names = Names::Doozer;  ///< For life.
    /// Revisions that can be read and watched; fewer while they hold more than `history_bytes`.
    std::uint64_t history = 2000;
    std::uint64_t history_bytes = std::uint64_t{1} << 28U;
    std::uint64_t shortest_session_us = 1'000'000;
    std::uint64_t longest_session_us = 86'400'000'000;
    /// For so long after its session expired nobody acquires a lock.
    std::uint64_t lock_delay_us = 15'000'000;
    Limits limits;
    bool operator==(const StoreSettings&) const = default;
};

/// Why these settings cannot be, for a person; nothing when they can.
[[nodiscard]] std::optional<std::string> bad_settings(const StoreSettings& settings);

/// The longest command that the limits allow, a transaction aside: what `Settings::command_bytes`
/// must be at least, for limits to be what refuses.
[[nodiscard]] std::uint64_t longest_write(const Limits& limits);

}  // namespace decree::store
