#pragma once

/// What a node finds on its disk when it starts, told in few bytes: as what the node wrote, save
/// what crashes and faults made of that.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/codec.hpp"
#include "core/effects.hpp"
#include "core/ids.hpp"
#include "traces/tape.hpp"

namespace decree::traces {

/// One segment of the journal as it is read at a start.
struct SegmentImage {
    Position begin;  ///< From its name.
    ByteBuffer bytes;
    bool operator==(const SegmentImage&) const = default;
};
/// One snapshot file as it is read at a start.
struct SnapshotFileImage {
    Slot through;  ///< From its name.
    ByteBuffer bytes;
    bool operator==(const SnapshotFileImage&) const = default;
};
/// All of a disk, whatever crashes and faults made of it.
struct DiskImage {
    std::vector<SegmentImage> segments;
    std::vector<SnapshotFileImage> snapshots;
    bool operator==(const DiskImage&) const = default;
};

/// A file where it lies. As far as it is long, its bytes are what the node wrote into it, or what
/// was there at the node's last start; those from `altered_begin` to `altered_end` may be others.
struct FileView {
    Bytes bytes;
    std::uint64_t altered_begin{};
    std::uint64_t altered_end{};
};
/// All of a disk: valid as long as nobody touches it.
struct DiskView {
    std::vector<std::pair<Position, FileView>> segments;
    std::vector<std::pair<Slot, FileView>> snapshots;
};
/// Of an image whose history nobody knows: any byte may have been altered.
[[nodiscard]] DiskView view_of(const DiskImage& image);

/// How many bytes were written, for whom that is enough: the content of WrittenFiles that has none.
class Extent {
public:
    void put(Bytes bytes) { size_ += bytes.size(); }
    void clear() { size_ = 0; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::size_t size_ = 0;
};

/// What one node's files held at its last start and what it wrote into them since, as far as its
/// disk may still hold it. Whoever has seen the same effects knows the same files: whether he keeps
/// their bytes (Content = Tape) or counts them (Extent).
template <class Content>
class WrittenFiles {
public:
    /// The node wrote this.
    void wrote(const Effects& effects) {
        const JournalAppend& journal = effects.journal;
        if (!journal.bytes.empty()) {
            if (journal.starts_segment || segments_.empty()) [[unlikely]]
                segments_.push_back({.begin = journal.begin, .content = {}});
            segments_.back().content.put(journal.bytes);
        }
        for (const SnapshotWrite& write : effects.snapshot) wrote(write);
        if (effects.release != released_) [[unlikely]]
            release(effects.release);
    }
    /// The node starts with this.
    void become(const DiskView& disk);

    /// The newest file of that name, or nullptr.
    [[nodiscard]] const Content* find(Position begin) const;
    [[nodiscard]] const Content* find(Slot through) const;

private:
    struct Segment {
        Position begin;
        Content content;
        [[nodiscard]] std::uint64_t end() const { return begin.value + content.size(); }
    };
    void wrote(const SnapshotWrite& write);
    void release(Position position);

    std::vector<Segment> segments_;  // In the order of writing.
    std::map<Slot, Content> snapshots_;
    Position released_;         // By the newest effects ...
    Position released_before_;  // ... and before that: a disk may lag a little.
};

/// Appends `disk` to `out`, in terms of what was written; then that is the disk.
void put_disk(WrittenFiles<Extent>& written, const DiskView& disk, Encoder& out);
/// Reads what put_disk() wrote with equal knowledge; then that is the image.
[[nodiscard]] DiskImage get_disk(WrittenFiles<Tape>& written, Decoder& in);

}  // namespace decree::traces
