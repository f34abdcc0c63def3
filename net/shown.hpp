#pragma once

/// Which of its starts a node has shown to others, kept beside its journal. A journal that has seen
/// fewer is lost, or an old one: a node on it would have forgotten what it promised.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "core/journal/recovery.hpp"

namespace decree::net {

/// Why no node may be started on what was recovered in `folder`, for a person; nothing if one may.
/// Fails with one line, where that cannot be told.
[[nodiscard]] std::expected<std::optional<std::string>, std::string> lost_starts(
    const std::string& folder, const Recovered& recovered);
/// Whether `folder` is still the one in which this process ran a node that it is to start again:
/// an empty one there would make it another node, maybe of another cluster. If not, the line says
/// what to do.
[[nodiscard]] std::expected<void, std::string> same_folder(const std::string& folder);
/// Keeps, durably, that this start is about to be shown. REQUIRES: the journal has it, durably.
[[nodiscard]] std::expected<void, std::string> keep_shown(const std::string& folder,
                                                          std::uint64_t start);

}  // namespace decree::net
