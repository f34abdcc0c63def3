#pragma once

/// All that is in a node's folder, as bytes: what a start recovers from.

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "net/read_blocks.hpp"

namespace decree::net {

/// All that a disk holds, as recover() reads it.
struct DiskContents {
    std::map<Position, ByteBuffer> segments;
    std::map<Slot, ByteBuffer> snapshots;
    /// What the disk cannot read of segments. A snapshot for which that is so is none.
    std::map<Position, std::vector<ByteRange>> unreadable;
    /// Set when less of the journal is there than was durable: see newest.hpp.
    std::optional<Damage> lost_end;
    [[nodiscard]] std::expected<Recovered, Damage> recover() const;
    /// Whether all is zeros from `position` to the end of its segment: room that was never used.
    [[nodiscard]] bool is_unused(Position position) const;
};

/// Reads them below `folder`, as far as the disk can read them. Fails with one line for a person.
[[nodiscard]] std::expected<DiskContents, std::string> read_disk(const std::string& folder,
                                                                 const ReadAt& read_at);

/// What to do, for a person, where no node can be started with them.
[[nodiscard]] std::string how_to_go_on(const DiskContents& contents);

}  // namespace decree::net
