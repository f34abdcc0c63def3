#pragma once

/// What a node finds on its disk when it starts, and a mirror that says it in few bytes.

#include <cstdint>
#include <map>
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

/// The same, where it lies: valid as long as the disk is not touched.
struct DiskView {
    struct Segment {
        Position begin;
        Bytes bytes;
    };
    struct SnapshotFile {
        Slot through;
        Bytes bytes;
    };
    std::vector<Segment> segments;
    std::vector<SnapshotFile> snapshots;
};
[[nodiscard]] DiskView view_of(const DiskImage& image);

/// All that one node has ever written, as far as its disk may still hold it. Whoever has seen the
/// same effects has an equal mirror: an image is stored as its differences from the mirror.
class DiskMirror {
public:
    /// The node wrote this.
    void wrote(const Effects& effects) {
        const bool something = !effects.journal.bytes.empty() || !effects.snapshot.empty() ||
                               effects.release != released_;
        if (something) [[unlikely]]
            note(effects);
    }
    /// Appends `disk` to `out`, in terms of what was written; then the mirror is the disk.
    void put(const DiskView& disk, Encoder& out);
    /// Reads what put() wrote on an equal mirror; then the mirror is the image.
    [[nodiscard]] DiskImage get(Decoder& in);

private:
    // As far as it was written, on a tape: this is appended to in nearly every step of a run.
    struct Segment {
        Position begin;
        Tape bytes;
        [[nodiscard]] std::uint64_t end() const { return begin.value + bytes.size(); }
    };
    void note(const Effects& effects);
    [[nodiscard]] Segment* find(Position begin);
    [[nodiscard]] Bytes written(Position begin);
    [[nodiscard]] Bytes written(Slot through) const;
    void become(const DiskView& disk);
    void become_segments(const DiskView& disk);
    void become_snapshots(const DiskView& disk);
    [[nodiscard]] Tape tape_of(Tape* known, Bytes bytes);
    void begin_segment(Position begin);
    [[nodiscard]] Tape take_spare();
    void give_spare(Tape&& tape);

    std::vector<Segment> segments_;  // In the order of writing.
    std::map<Slot, Tape> snapshots_;
    std::vector<Tape> spare_;   // Of what is gone: their room is used again.
    Position released_;         // By the newest effects ...
    Position released_before_;  // ... and before that: a disk may lag a little.
};

}  // namespace decree::traces
