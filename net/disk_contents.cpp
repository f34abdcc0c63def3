#include "net/disk_contents.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <utility>

#include "net/folder.hpp"
#include "net/newest.hpp"

namespace decree::net {
namespace {

// The files of a folder by their names.
template <class Name>
std::expected<std::map<Name, BlocksRead>, std::string> read_all(const std::string& folder,
                                                                const ReadAt& read_at) {
    const auto files = files_in<Name>(folder);
    if (!files) return std::unexpected(files.error());
    std::map<Name, BlocksRead> all;
    for (const auto& [name, path] : *files) {
        forget_cached(path);
        auto file = read_blocks(path, read_at);
        if (!file) return std::unexpected(file.error());
        all.emplace(name, *std::move(file));
    }
    return all;
}

}  // namespace

std::expected<DiskContents, std::string> read_disk(const std::string& folder,
                                                   const ReadAt& read_at) {
    auto journal = read_all<Position>(folder + "/journal", read_at);
    if (!journal) return std::unexpected(journal.error());
    auto snapshots = read_all<Slot>(folder + "/snapshots", read_at);
    if (!snapshots) return std::unexpected(snapshots.error());
    DiskContents contents;
    for (auto& [begin, file] : *journal) {
        contents.segments.emplace(begin, std::move(file.bytes));
        if (!file.unreadable.empty()) contents.unreadable[begin] = std::move(file.unreadable);
    }
    for (auto& [through, file] : *snapshots) {
        contents.snapshots.emplace(through, std::move(file.bytes));
    }
    auto lost = lost_end(folder, contents.segments);
    if (!lost) return std::unexpected(lost.error());
    contents.lost_end = *std::move(lost);
    return contents;
}

std::string how_to_go_on(const DiskContents& contents) {
    std::string as_new = "keep the folder, and start with an empty one as a new node";
    if (contents.lost_end) {
        return "put back what is missing, as it was when the node ran last; or " + as_new;
    }
    if (contents.unreadable.empty()) return as_new;
    return "copy the folder to a sound disk with a tool that tries to read again and again "
           "(ddrescue), and start there if it could read all; if not, " +
           as_new;
}

std::expected<Recovered, Damage> DiskContents::recover() const {
    // The newest promise may have stood there.
    if (lost_end) return std::unexpected(*lost_end);
    std::vector<SegmentBytes> segment_bytes;
    segment_bytes.reserve(segments.size());
    for (const auto& [begin, bytes] : segments) {
        const auto bad = unreadable.find(begin);
        segment_bytes.push_back({.begin = begin,
                                 .bytes = bytes,
                                 .unreadable = bad == unreadable.end()
                                                   ? std::span<const ByteRange>{}
                                                   : std::span<const ByteRange>(bad->second)});
    }
    std::vector<SnapshotFileBytes> snapshot_bytes;
    snapshot_bytes.reserve(snapshots.size());
    for (const auto& [through, bytes] : snapshots) snapshot_bytes.push_back({through, bytes});
    auto recovered = decree::recover(segment_bytes, snapshot_bytes);
    if (recovered && recovered->torn_at && is_unused(*recovered->torn_at)) {
        recovered->torn_at.reset();
    }
    return recovered;
}

bool DiskContents::is_unused(Position position) const {
    const auto next = segments.upper_bound(position);
    if (next == segments.begin()) return false;
    const auto& [begin, bytes] = *std::prev(next);
    const Bytes rest =
        Bytes(bytes).subspan(std::min<std::size_t>(bytes.size(), position.value - begin.value));
    return std::ranges::all_of(rest, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace decree::net
