#pragma once

/// Which files a node keeps its journal and its snapshots in.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "net/file.hpp"

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

/// What is not there of a node's folder, though it was when the node was new.
struct MissingPart {
    std::string node;    ///< Whose folder it is; empty: not known.
    std::string what;    ///< A sentence.
    std::string advice;  ///< What to do.
};
/// Nothing if all is there, or no node's folder is.
[[nodiscard]] std::optional<MissingPart> missing_part(const std::string& folder);
/// Fails, with the same in one line, where a part is missing.
[[nodiscard]] Done has_all_parts(const std::string& folder);

/// Each start begins a segment, which has room for more than most starts will write: gives back
/// what the segments of earlier ones never used. To recovery it makes no difference. `segments`: as
/// they were read.
[[nodiscard]] Done give_back_room(const std::string& folder,
                                  const std::map<Position, ByteBuffer>& segments,
                                  const JournalPlace& kept);

}  // namespace decree::net
