#pragma once

/// Which files a node keeps its journal and its snapshots in.

#include <optional>
#include <set>
#include <string>
#include <variant>

#include "core/ids.hpp"

namespace decree::net {

/// A segment, by where it begins, or the snapshot through a slot.
using DataFile = std::variant<Position, Slot>;

/// Where that file is in a node's folder.
[[nodiscard]] std::string path_in(const std::string& folder, const DataFile& file);

/// The files that must be there.
struct NeededFiles {
    std::set<Position> segments;
    std::optional<Slot> snapshot;  ///< None also while one is replaced.
    [[nodiscard]] bool has(const DataFile& file) const;
};

}  // namespace decree::net
