#pragma once

/// A look at durable files while the node runs: is what was written still there? README.md says
/// what a driver does where it is not.

#include <optional>

#include "core/ids.hpp"
#include "core/journal/recovery.hpp"

namespace decree {

/// The first bad place of a segment of which all below `end` is durable: the begin of the next one,
/// or, in the last one, what was last told Durable. Nothing when all is as it was written, as far
/// as the file itself tells. Cost: linear in the bytes.
[[nodiscard]] std::optional<Damage> scrub(const SegmentBytes& segment, Position end);

/// The same of a snapshot that is stored; a place in its file.
[[nodiscard]] std::optional<Damage> scrub(const SnapshotFileBytes& snapshot);

}  // namespace decree
