#pragma once

/// The file form of a snapshot: its pieces, each with checksum and number, between a head and a
/// foot. What a piece holds is the node's affair.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/value.hpp"

namespace decree {

/// A whole snapshot.
struct SnapshotImage {
    Slot through;
    std::vector<Value> pieces;
    bool operator==(const SnapshotImage&) const = default;
};

/// Appends the file's first bytes to `out`.
void begin_snapshot_file(Slot through, ByteBuffer& out);
/// Appends piece number `index` (0, 1, ...) of the snapshot through `through`; its checksum names
/// both, so that a piece written astray is not believed.
void add_snapshot_piece(Slot through, std::uint64_t index, Bytes piece, ByteBuffer& out);
/// Appends the file's last bytes: without them the file was never whole.
void end_snapshot_file(Slot through, std::uint64_t pieces, ByteBuffer& out);

/// Why a snapshot file is not one.
struct BadSnapshot {
    std::string what;
    std::uint64_t offset{};
    /// The file just ends too early, as after a crash while it was written.
    bool unfinished{};
    bool operator==(const BadSnapshot&) const = default;
};

[[nodiscard]] std::expected<SnapshotImage, BadSnapshot> read_snapshot_file(Bytes bytes);

}  // namespace decree
