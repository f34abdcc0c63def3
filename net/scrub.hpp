#pragma once

/// A slow look at what is durable, while the node runs: bytes that go bad are found while the other
/// nodes still have what they said, and not when this one starts next.

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "net/data_directory.hpp"

namespace decree::net {

/// Goes through the files of a node's folder, one at a time, again and again.
class Scrub {
public:
    /// What a start found bad already is not looked at again: it is kept until it is needed no
    /// more, and what it may have held is being asked for.
    Scrub(std::string folder, const DiskContents& found, const Recovered& kept);

    /// Reads the next file from the disk, not from what the system remembers of it. What is bad, in
    /// words for a person; nothing when all is well. Of the journal all below `durable` must be
    /// there. May run on any thread, once at a time.
    [[nodiscard]] std::optional<std::string> look(Position durable);

private:
    [[nodiscard]] std::optional<std::string> look_at_segment(Position begin,
                                                             const std::string& path,
                                                             Position end) const;
    [[nodiscard]] std::optional<std::string> look_at_snapshots();

    std::string folder_;
    std::set<Position> bad_segments_;
    std::set<Slot> bad_snapshots_;
    Position next_;  // Segments from here on were not looked at in this round.
};

}  // namespace decree::net
