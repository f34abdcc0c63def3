#pragma once

/// The segments of a disk, put in order, and what their heads say, also where records are bad. The
/// first half of recovery.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/recovery.hpp"
#include "core/paxos/ballot.hpp"

namespace decree::journal {

/// A segment as recovery sees it.
struct Segment {
    Position begin;
    /// Where the next one begins; for the last one, where its bytes end.
    Position end;
    /// At most through `end`: bytes behind it were cut as torn when the next segment was begun.
    Bytes bytes;
    std::span<const ByteRange> unreadable;
    std::expected<SegmentHead, Unreadable> head;
};

/// All segments that count.
struct Segments {
    std::vector<Segment> list;   ///< Ascending.
    std::optional<NodeId> node;  ///< Whose they are, if one head at least is intact.
};

/// Puts segments in order. Segments that an earlier recovery gave up, still there because deleting
/// them failed, are left out: their incarnation is lower than one before them.
[[nodiscard]] std::expected<Segments, Damage> arrange(std::span<const SegmentBytes> found);

/// An intact head, of a segment or of a group.
struct IntactHead {
    std::size_t segment{};  ///< Number in the list.
    Position at;
    bool begins_segment{};
    Incarnation incarnation;
    std::uint64_t sequence{};  ///< Of this group; of a segment's first one.
    Position mark;
    Ballot promised;
    Slot highest_before;
};

/// The intact heads of one journal, from a place on. Groups are searched at every byte. Cost:
/// linear in the bytes that are looked at.
class HeadSearch {
public:
    /// Begins at `from`, which lies in (or at the end of) segment number `segment`.
    HeadSearch(const Segments& segments, std::size_t segment, Position from);
    /// The next one; none at the end.
    [[nodiscard]] std::optional<IntactHead> next();

private:
    const Segments& segments_;
    std::size_t segment_;
    Position at_;  // The next place to look at.
};

/// What intact heads say, whatever stands between them.
struct Evidence {
    Position mark;             ///< The highest: all below was durable.
    Position mark_at;          ///< The head that has it.
    Ballot promised;           ///< The highest.
    Incarnation incarnation;   ///< The highest.
    std::uint64_t sequence{};  ///< The highest.
};

/// Reads all heads at and behind `from`, which lies in (or at the end of) segment number `segment`.
[[nodiscard]] Evidence evidence_behind(const Segments& segments, std::size_t segment,
                                       Position from);

}  // namespace decree::journal
