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
#include "net/data_files.hpp"

namespace decree::net {

/// A file that is not as it was written, or not there.
struct BadFile {
    DataFile file;
    std::string what;  ///< For a person.
    bool operator==(const BadFile&) const = default;
};

/// Goes through the files of a node's folder, one at a time, again and again.
class Scrub {
public:
    /// What a start found bad already is not read again: it is kept until it is needed no more, and
    /// what it may have held is being asked for.
    Scrub(std::string folder, const DiskContents& found, const Recovered& kept);

    /// Whether all files are there that are needed when the look begins; then reads the next one
    /// from the disk, not from what the system remembers of it. Of the journal all below `durable`
    /// must be there. What is bad, if the file is still needed when the look has ended. May run on
    /// any thread, once at a time.
    [[nodiscard]] std::optional<BadFile> look(const NeededFiles& needed, Position durable);

private:
    [[nodiscard]] std::optional<BadFile> find_missing(const NeededFiles& needed,
                                                      Position durable) const;
    /// `bad` says of its bytes what is wrong with them.
    template <class Bad>
    [[nodiscard]] std::optional<BadFile> examine(const DataFile& file, Bad bad) const;

    std::string folder_;
    std::set<Position> bad_segments_;
    Position next_;  // Segments from here on were not looked at in this round.
};

}  // namespace decree::net
