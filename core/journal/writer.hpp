#pragma once

/// Records in, journal bytes out. Pure: the driver writes and syncs.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/codec.hpp"
#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/journal/record.hpp"
#include "core/paxos/ballot.hpp"
#include "core/ring.hpp"

namespace decree {

/// What every group and segment header repeats, so that it outlives the records around it.
struct JournalHeads {
    NodeId node;
    Incarnation incarnation;
    Ballot promised;
    Slot snapshot_through;  ///< Of the newest snapshot known durable. Segment headers only.
    bool operator==(const JournalHeads&) const = default;
};

/// Where a journal ends, and what its segments hold: what a writer needs to go on.
struct JournalPlace {
    struct Segment {
        Position begin;
        Slot highest;  ///< The highest slot that a record in it is about, or may have been.
        bool operator==(const Segment&) const = default;
    };
    Position end;                   ///< Everything below is durable.
    std::uint64_t sequence{};       ///< Of the next group; the first is 1.
    Slot highest;                   ///< The highest slot that any record was about, ever.
    std::vector<Segment> segments;  ///< Ascending.
    bool operator==(const JournalPlace&) const = default;
};

/// Writes groups of records into segments. A value.
///
/// One step's records are one group: it is read back whole or not at all. A writer begins with a
/// new segment, also after a restart, so that nothing is ever written behind torn bytes.
class JournalWriter {
public:
    /// `segment_bytes`: a segment that has grown to this size is followed by a new one.
    /// REQUIRES: all below place.end is durable.
    JournalWriter(JournalPlace place, std::uint64_t segment_bytes);

    /// Adds a record to the open group. `R` is an alternative of Record. Copies what it holds once,
    /// to where close_group() will give it away.
    template <class R>
    void add(const R& record);

    /// The next group begins a new segment.
    [[nodiscard]] bool segment_due() const;
    /// Records wait for close_group().
    [[nodiscard]] bool open() const { return pending_records_ > 0; }
    /// Ends the open group (an empty one seals what is before it) and puts its bytes, behind a new
    /// segment's head where one is due, into `out`. Returns the group's end. `heads` are as they
    /// are once the group's records are executed.
    /// REQUIRES: out.bytes is empty. Its memory is taken in exchange, and used for the next group.
    Position close_group(const JournalHeads& heads, JournalAppend& out);

    /// The driver says that all below `position` is durable. An older position changes nothing.
    /// REQUIRES: an end that close_group() returned; in between, a group would be vouched for that
    /// is only half there.
    void durable(Position position);
    [[nodiscard]] Position end() const { return place_.end; }
    [[nodiscard]] Position durable() const { return durable_; }
    /// The same, less empty groups at the end, which may rot unnoticed: nothing is lost with them.
    [[nodiscard]] Position durable_records() const { return std::min(durable_, records_end_); }
    /// All is durable, and an empty group at the end says so of all before it.
    [[nodiscard]] bool sealed() const;

    /// Below this position nothing is needed once slots up to `trimmed_through` are in a durable
    /// snapshot: the begin of the first segment that holds a higher slot (or is the last one of
    /// which the head is durable: the promise that stood in earlier segments stands again there).
    [[nodiscard]] Position releasable(Slot trimmed_through) const;
    /// Forgets segments that end at or below `position`: they are released, and never come back.
    void released(Position position);

    bool operator==(const JournalWriter&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    void begin_group();
    void finish_records(const JournalHeads& heads, std::size_t body);
    void store_segment_head(const JournalHeads& heads);

    JournalPlace place_;
    Position durable_;
    Position records_end_;  // Of the last group that is not empty.
    std::uint64_t segment_bytes_;
    bool started_ = false;  // It has begun a segment of its own.
    bool seals_;            // The last group is empty, and its mark covers all groups before it.
    // The open group: room for the heads that are due, then the records, without their checksums.
    ByteBuffer pending_;
    std::uint32_t pending_records_ = 0;
    Slot pending_highest_;
};

}  // namespace decree
