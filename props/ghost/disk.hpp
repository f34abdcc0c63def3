#pragma once

/// A node's disk as it must be: what it wrote, and what of that no crash can take away.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/ring.hpp"
#include "props/ghost/journal_bytes.hpp"

namespace decree::props {

/// The newest record of a slot.
struct DiskEntry {
    Ballot ballot;  ///< Ballot{}: there is none.
    std::uint64_t digest{};
    bool decided{};
    bool operator==(const DiskEntry&) const = default;
};

/// A record that was written and is not durable yet.
struct PendingRecord {
    RecordView::Kind kind{};
    Slot slot;
    Ballot ballot;
    std::uint64_t digest{};
    Incarnation incarnation;
    bool founded{};
};

/// One side of the disk: all that was written, or only what is durable.
class DiskState {
public:
    Ballot promised;  ///< By a record, a group's head, or a vote.
    Incarnation incarnation;
    Slot watermark;
    Slot snapshot_through;
    Slot snapshot_recorded;  ///< So the journal itself says: who finds no such snapshot can tell.
    /// What recorded snapshots stand for that was in this journal before them. Slots that its node
    /// only learned from a peer's snapshot are not: who forgets those hides no vote.
    Slot snapshot_replaces;
    Slot held;                ///< The highest slot that a record was about, ever.
    Slot doubted;             ///< Votes through here may be forgotten, said the last start.
    Slot doubt_told;          ///< So the last start said, what a snapshot held included.
    std::uint64_t charter{};  ///< Digest of the founding record; 0: none.
    bool founded{};           ///< ... and it is said that all founders have it.

    /// nullptr: none, or forgotten below a durable snapshot.
    [[nodiscard]] const DiskEntry* find(Slot slot) const {
        if (slot <= forgotten_through_ || slot > end()) return nullptr;
        const DiskEntry& entry = entries_[index(slot)];
        return entry.ballot == Ballot{} ? nullptr : &entry;
    }
    [[nodiscard]] Slot forgotten_through() const { return forgotten_through_; }
    [[nodiscard]] Slot end() const { return forgotten_through_ + entries_.size(); }
    void take(const PendingRecord& record) {
        using Kind = RecordView::Kind;
        if (record.kind == Kind::Started) incarnation = std::max(incarnation, record.incarnation);
        if (record.kind == Kind::Watermark) watermark = std::max(watermark, record.slot);
        if (record.kind == Kind::Snapshot) {
            snapshot_through = std::max(snapshot_through, record.slot);
            snapshot_recorded = std::max(snapshot_recorded, record.slot);
            snapshot_replaces = std::max(snapshot_replaces, highest_held(record.slot));
        }
        if (record.kind == Kind::Promise || record.kind == Kind::Vote) raise(record.ballot);
        if (record.kind == Kind::Vote || record.kind == Kind::Decided) keep(record);
        if (record.kind == Kind::Founding) {
            charter = record.digest;
            founded = founded || record.founded;
        }
    }
    /// The highest slot through `through` that a record was about, ever.
    [[nodiscard]] Slot highest_held(Slot through) const {
        for (Slot slot = std::min(through, end()); slot > forgotten_through_;
             slot = previous(slot)) {
            if (entries_[index(slot)].ballot != Ballot{}) return slot;
        }
        return std::min(through, forgotten_held_);
    }
    void raise(Ballot ballot) { promised = std::max(promised, ballot); }
    void forget_through(Slot through) {
        while (forgotten_through_ < through && !entries_.empty()) {
            const bool recorded = entries_.front().ballot != Ballot{};
            entries_.pop_front();
            forgotten_through_ = next(forgotten_through_);
            if (recorded) forgotten_held_ = forgotten_through_;
        }
        forgotten_through_ = std::max(forgotten_through_, through);
    }

private:
    void keep(const PendingRecord& record) {
        held = std::max(held, record.slot);
        if (record.slot <= forgotten_through_) {
            forgotten_held_ = std::max(forgotten_held_, record.slot);
            return;
        }
        while (record.slot > end()) entries_.push_back();
        DiskEntry& entry = entries_[index(record.slot)];
        entry.ballot = record.ballot;
        entry.digest = record.digest;
        entry.decided = entry.decided || record.kind == RecordView::Kind::Decided;
    }
    [[nodiscard]] std::size_t index(Slot slot) const {
        return static_cast<std::size_t>(slot.value - forgotten_through_.value - 1);
    }

    Slot forgotten_through_;
    Slot forgotten_held_;  // The highest of those that a record was about.
    Ring<DiskEntry> entries_;
};

/// Both sides, and what is on its way from one to the other.
class GhostDisk {
public:
    DiskState written;
    DiskState durable;

    /// Notes a record; end_group() tells where its group ends.
    void write(const PendingRecord& record) {
        written.take(record);
        records_.push_back(record);
        ++open_;
    }
    void end_group(Ballot promised, Position end) {
        written.raise(promised);
        groups_.push_back({.end = end, .promised = promised, .records = open_});
        open_ = 0;
    }
    /// All through `position` is durable: calls `on_record(const PendingRecord&)` for each record
    /// that became so.
    template <class OnRecord>
    void sync(Position position, OnRecord on_record) {
        while (!groups_.empty() && groups_.front().end <= position) {
            const Group group = groups_.front();
            groups_.pop_front();
            for (std::uint32_t i = 0; i < group.records; ++i) {
                durable.take(records_.front());
                on_record(records_.front());
                records_.pop_front();
            }
            durable.raise(group.promised);
            durable_through = std::max(durable_through, group.end);
        }
    }
    /// A crash took what is not durable: calls `on_record` for each record that is gone.
    template <class OnRecord>
    void lose_pending(OnRecord on_record) {
        for (; !records_.empty(); records_.pop_front()) on_record(records_.front());
        groups_.clear();
        written = durable;
    }
    /// A snapshot through `through` is durable: slots up to it may go from the journal.
    void store_snapshot(Slot through) {
        written.snapshot_through = std::max(written.snapshot_through, through);
        durable.snapshot_through = std::max(durable.snapshot_through, through);
        written.forget_through(through);
        durable.forget_through(through);
    }
    [[nodiscard]] std::size_t pending() const { return records_.size(); }

    Position durable_through;  ///< The end of the last durable group.

private:
    struct Group {
        Position end;
        Ballot promised;
        std::uint32_t records{};
    };
    Ring<Group> groups_;
    Ring<PendingRecord> records_;
    std::uint32_t open_ = 0;
};

}  // namespace decree::props
