#pragma once

#include <cstddef>
#include <cstdint>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/ring.hpp"
#include "core/value.hpp"

namespace decree {

/// What a node holds of one slot: its latest vote, or what it learned.
struct LogEntry {
    Ballot ballot;  ///< Ballot{}: nothing. Else where it voted for `value`, or `value` was chosen.
    Value value;    ///< The empty value is the no-op.
    bool chosen{};  ///< Known chosen: `value` never changes again.
    bool operator==(const LogEntry&) const = default;
};

/// The slots above `trimmed_through`, up to the highest that holds something.
class Log {
public:
    explicit Log(Slot trimmed_through = {}) : trimmed_through_(trimmed_through) {}

    /// Slots up to here are chosen, applied, in a snapshot, and gone from here.
    [[nodiscard]] Slot trimmed_through() const { return trimmed_through_; }
    /// The highest slot with a place; trimmed_through() when there is none.
    [[nodiscard]] Slot end() const { return trimmed_through_ + entries_.size(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    /// Of all values.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    /// The entry, or nullptr where nothing is held.
    [[nodiscard]] const LogEntry* find(Slot slot) const {
        if (slot <= trimmed_through_ || slot > end()) return nullptr;
        const LogEntry& entry = entries_[index(slot)];
        return entry.ballot == Ballot{} ? nullptr : &entry;
    }
    /// The entry's place, made where there was none. REQUIRES: slot > trimmed_through(), and the
    /// caller bounds how far it may be above end().
    [[nodiscard]] LogEntry& place(Slot slot) {
        ENSURE(slot > trimmed_through_, "a trimmed slot has no place in the log");
        while (slot > end()) entries_.push_back();
        return entries_[index(slot)];
    }
    /// The only way to change a value.
    void hold(LogEntry& entry, Ballot ballot, const Value& value) {
        bytes_ += value.size();
        bytes_ -= entry.value.size();
        entry.ballot = ballot;
        entry.value = value;
    }
    /// Forgets slots up to `through`; does nothing where that is done.
    void trim(Slot through) {
        while (trimmed_through_ < through && !entries_.empty()) {
            bytes_ -= entries_.front().value.size();
            entries_.pop_front();
            trimmed_through_ = next(trimmed_through_);
        }
        if (trimmed_through_ < through) trimmed_through_ = through;
    }

    bool operator==(const Log&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    [[nodiscard]] std::size_t index(Slot slot) const {
        return static_cast<std::size_t>(slot.value - trimmed_through_.value - 1);
    }

    Slot trimmed_through_;
    std::uint64_t bytes_ = 0;
    Ring<LogEntry> entries_;
};

}  // namespace decree
