#pragma once

/// The bytes of a disk in, the state of a node out, and what of it may be missing: or why nothing
/// can be made of them.

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/charter.hpp"
#include "core/ids.hpp"
#include "core/journal/snapshot_file.hpp"
#include "core/journal/writer.hpp"
#include "core/paxos/ballot.hpp"
#include "core/value.hpp"

namespace decree {

/// From byte `begin` of a file up to byte `end`.
struct ByteRange {
    std::uint64_t begin{};
    std::uint64_t end{};
    bool operator==(const ByteRange&) const = default;
};

/// One segment as found on the disk.
struct SegmentBytes {
    Position begin;  ///< From its name.
    Bytes bytes;     ///< All of the file; may end in anything.
    /// What of it the disk cannot read; in `bytes` anything stands there, as zeros.
    // NOLINTNEXTLINE(readability-redundant-member-init): g++ warns where it is left out.
    std::span<const ByteRange> unreadable{};
};

/// One snapshot as found on the disk.
struct SnapshotFileBytes {
    Slot through;  ///< From its name.
    Bytes bytes;
};

/// Something that was durable is not there, or is not what was written.
struct Damage {
    Position at;       ///< In the journal; 0 when a snapshot is meant.
    std::string what;  ///< For a person: what is bad, and how it was noticed.
    bool operator==(const Damage&) const = default;
};

/// The newest of a slot's records.
struct RecoveredSlot {
    Slot slot;
    Ballot ballot;
    Value value;
    bool chosen{};
    bool operator==(const RecoveredSlot&) const = default;
};

/// What a disk proves.
///
/// What is bad in it, `damage`, was passed over: reading went on at the next intact head. Nothing
/// is known of what stood in between, save that no vote in it was in a slot above `doubt_through`.
/// That is certain, and so are promise and incarnation, because each head repeats them, and one
/// that is intact lies behind whatever is known to be damaged: that is how it is known. So no case
/// is left in which a node knows that it may have forgotten a promise; without such a head recovery
/// refuses.
///
/// Before a node is built on it, the driver makes what was read durable. Until the node's first
/// group is durable, nothing of it is hidden from a second recovery: README.md says how.
struct Recovered {
    /// As last written. `promised` and `incarnation` may have stood in bytes that are given up: no
    /// harm is done by a higher one. They are durable again with the first group of this start,
    /// before which a node must reveal nothing.
    JournalHeads heads;
    Slot watermark;                    ///< Chosen through here, and known what.
    std::vector<RecoveredSlot> slots;  ///< Ascending, above the snapshot.
    std::optional<SnapshotImage> snapshot;
    JournalPlace place;
    /// Bytes from here on were a torn tail, and are given up: never acknowledged by anybody.
    std::optional<Position> torn_at;
    /// What was durable and is not there, in order: the first few places.
    std::vector<Damage> damage;
    /// In slots above `watermark`, up to here, votes may be forgotten, or what is chosen may be
    /// missing, because of `damage`. 0: none. What `slots` has there was written once, but
    /// something newer may be lost.
    Slot doubt_through;
    /// The founding record that this node has stored, if any.
    std::optional<Charter> charter;
    bool founded{};  ///< ... and all other founders have, too: the cluster exists.
    bool operator==(const Recovered&) const = default;
};

/// Reads a disk. Nothing there at all: an empty Recovered (incarnation 0).
///
/// What is bad at or above the highest mark that any intact head holds is a torn tail, and cut;
/// what is bad below it was durable, and is damage: passed over, and told. README.md says what that
/// finds, and what not. Fails where no head is left that proves what was promised, where the disk
/// cannot read bytes at or above that mark, where bytes are not for this node or this program, and
/// where they contradict each other.
/// Cost: linear in the bytes, hostile ones included.
[[nodiscard]] std::expected<Recovered, Damage> recover(
    std::span<const SegmentBytes> segments, std::span<const SnapshotFileBytes> snapshots);

}  // namespace decree
