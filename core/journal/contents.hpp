#pragma once

/// What the intact records of a journal say, taken in as they are read. The second half of
/// recovery.

#include <algorithm>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/record.hpp"
#include "core/journal/recovery.hpp"
#include "core/journal/segments.hpp"
#include "core/journal/writer.hpp"
#include "core/paxos/ballot.hpp"

namespace decree::journal {

/// What was read so far.
class Contents {
public:
    void begin_segment(const Segment& segment);
    void add_group(const GroupHead& head, const std::vector<Record>& records);

    /// All from `damage.at` to the place where `next` stands is bad, though it was durable. Reading
    /// goes on there.
    void pass_over(const Segments& segments, std::size_t from, Damage damage,
                   const IntactHead& next);
    /// The same, up to the mark `end`: below, nothing more is readable, and behind it all is torn.
    /// `sequence`: for what comes there.
    void end_at_mark(Position end, std::uint64_t sequence);

    /// What heads say whose records do not count. To promise more than one did is safe.
    void raise(Ballot promised, Incarnation incarnation);

    [[nodiscard]] const JournalPlace& place() const { return place_; }
    [[nodiscard]] Incarnation incarnation() const { return read_incarnation_; }

    /// Joins what was read with the newest whole snapshot.
    [[nodiscard]] std::expected<Recovered, Damage> finish(
        NodeId node, std::span<const SnapshotFileBytes> snapshots) &&;

private:
    struct Kept {
        RecoveredSlot newest;
        std::uint64_t passed{};  // What was passed over before it was read.
    };

    void add(const StartedRecord& r, Position at);
    void add(const PromiseRecord& r, Position at);
    void add(const VoteRecord& r, Position at);
    void add(const DecidedRecord& r, Position at);
    void add(const WatermarkRecord& r, Position at);
    void add(const SnapshotRecord& r, Position at);
    void add(const FoundingRecord& r, Position at);
    void keep(Slot slot, Ballot ballot, const Value& value, bool chosen);
    void promise_snapshot(Slot through, Position at);
    void name_segment(Position begin);
    void note(Damage damage);
    void doubt(Slot through) { doubt_through_ = std::max(doubt_through_, through); }
    void note_missing_snapshot(Slot through, const std::string& refused);
    void note_missing_begin(Slot through, const std::string& refused);
    [[nodiscard]] std::expected<std::optional<Charter>, Damage> charter() const;
    [[nodiscard]] Slot known_from(Slot through) const;

    JournalHeads heads_;
    JournalPlace place_;
    std::optional<SegmentHead> first_;  // Of the first segment, if that is intact.
    Incarnation read_incarnation_;      // Of what was read; heads_ may have a higher one.
    std::map<Slot, Kept> slots_;
    Slot watermark_;
    Position watermark_at_;
    Slot snapshot_promised_;
    Position snapshot_promised_at_;
    std::optional<Value> charter_;
    bool charters_differ_ = false;
    bool founded_ = false;
    Position charter_at_;
    std::uint64_t passed_ = 0;
    std::vector<Damage> damage_;
    Slot doubt_through_;
};

}  // namespace decree::journal
