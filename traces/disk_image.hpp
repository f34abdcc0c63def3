#pragma once

/// What a node finds on its disk when it starts, and a mirror that says it in few bytes.

#include <cstdint>
#include <map>
#include <vector>

#include "core/codec.hpp"
#include "core/effects.hpp"
#include "core/ids.hpp"

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

/// All that one node has ever written, as far as its disk may still hold it. Whoever has seen the
/// same effects has an equal mirror: an image is stored as its differences from the mirror.
class DiskMirror {
public:
    /// The node wrote this.
    void wrote(const Effects& effects);
    /// Appends `image` to `out`, in terms of what was written; then the mirror is the image.
    void put(const DiskImage& image, Encoder& out);
    /// Reads what put() wrote on an equal mirror; then the mirror is the image.
    [[nodiscard]] DiskImage get(Decoder& in);

private:
    void become(const DiskImage& image);

    std::vector<SegmentImage> segments_;  // In the order of writing.
    std::map<Slot, ByteBuffer> snapshots_;
    Position released_;         // By the newest effects ...
    Position released_before_;  // ... and before that: a disk may lag a little.
};

}  // namespace decree::traces
