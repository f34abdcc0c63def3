#pragma once

/// The disk of one node: the true bytes, what of them is durable, and what can happen to them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "sim/disk_file.hpp"
#include "sim/random.hpp"
#include "traces/disk_image.hpp"

namespace decree::sim {

/// How long a disk takes, and how a driver uses it.
struct DiskHabits {
    std::uint64_t sync_us = 300;  ///< The shortest sync.
    std::uint64_t spread_us = 0;  ///< At most so much longer.
    std::uint32_t syncs_at_once =
        1;                        ///< 1: one sync for all that was written during the one before.
    bool keeps_released = false;  ///< Released segments and old snapshots stay for a while.
    bool operator==(const DiskHabits&) const = default;
};

/// What a crash leaves of writes that no sync had covered.
enum class Leftover : std::uint8_t {
    All,     ///< The process died; the machine lives, and its cache with it.
    None,    ///< Power was lost.
    Subset,  ///< Any of them, in any combination.
    Torn,    ///< Any of them, and of some only a prefix or some sectors.
};

class Disk {
public:
    /// Takes the bytes of a step; nothing is durable yet. `mark`: what the node knew durable when
    /// it made them.
    void append(const JournalAppend& append, Position mark);
    void write(const SnapshotWrite& write);
    /// Segments that end at or below `position` may go.
    void release(Position position, const DiskHabits& habits);

    /// Whether something waits for a sync that may begin now.
    [[nodiscard]] bool wants_sync(const DiskHabits& habits) const;
    /// A sync of all that was written so far begins; it will end at `ends_at`, or at `last_end()`
    /// when that is later.
    std::uint64_t begin_sync(std::uint64_t ends_at);
    /// The oldest sync ended: the journal is durable up to the result.
    Position end_sync();
    [[nodiscard]] bool syncing() const { return !syncs_.empty(); }
    /// The oldest snapshot whose commit waits is durable.
    Slot store_snapshot(const DiskHabits& habits);
    [[nodiscard]] Position durable() const { return durable_; }

    /// The process or the machine died.
    void crash(Leftover leftover, Dice& dice);
    /// All of it is gone, while the node is down.
    void wipe();
    /// An image of what was durable on it once takes the place of all, while the node is down.
    void put_back(const Disk& image, Dice& dice);
    /// How often a process has used the disk; completions for an earlier one mean nothing.
    [[nodiscard]] std::uint32_t life() const { return life_; }

    // What is durable goes bad, while the node is down. False: there was nothing to strike. What is
    // struck lies below a mark that stays intact, so that it can be noticed.

    /// A byte changes, in the journal; with `newest`, in one of the last writes.
    bool rot(Dice& dice, bool newest = false);
    /// A byte of the newest snapshot changes, or a sector is lost, or its end.
    bool rot_snapshot(Dice& dice);
    bool misplace_write(Dice& dice);
    bool lose_write(Dice& dice);
    bool lose_sector(Dice& dice);  ///< Of the journal; it cannot be read.
    /// A byte changes above every mark that ever was durable: nobody can tell it from a torn tail,
    /// and nothing rests on it that waited for a mark.
    bool rot_unsealed(Dice& dice);

    /// Whether the newest durable snapshot is bad.
    [[nodiscard]] bool snapshot_is_rotten() const;

    /// The first bad place, as a look at what is durable finds it while the node runs. Segments in
    /// which the start found one are not looked at.
    [[nodiscard]] std::optional<Damage> scrub() const;
    /// Whether such a look should find something: the true bytes are not those that were written.
    [[nodiscard]] bool is_bad() const;
    /// Whether recovery should: some of them lie below an intact mark.
    [[nodiscard]] bool is_bad_below_mark() const;

    /// What is read at a start. The views are good until the disk changes.
    [[nodiscard]] std::expected<Recovered, Damage> recover() const;
    [[nodiscard]] traces::DiskView view() const;
    /// A process starts with what recover() read: that is durable. Until its first sync has ended,
    /// no segment that it begins has its name, and none that it did not keep goes: a crash before
    /// that finds what this start found.
    void started(const Recovered& kept);
    [[nodiscard]] bool empty() const { return segments_.empty() && snapshots_.empty(); }

private:
    struct Segment {
        Position begin;
        DiskFile file;
        bool released = false;
        std::uint64_t read{};  ///< So much was there at the last start, and stays.
        bool named = true;     ///< Else no recovery would find it.
        bool bad = false;      ///< The last start found it so.
        /// Given up, and not gone when what took its place got its name: no part of the journal.
        bool stale = false;
    };
    struct Write {
        std::uint64_t begin{};
        std::uint64_t end{};
        std::uint64_t mark{};
        bool struck = false;  ///< Its mark may be read no more.
    };
    struct SnapshotFile {
        Slot through;
        DiskFile file;
        enum class State : std::uint8_t { Writing, Committed, Stored } state = State::Writing;
        bool rotten = false;
    };
    struct Sync {
        Position covers;
        std::uint64_t ends_at{};
    };

    [[nodiscard]] std::size_t segment_of(std::uint64_t position) const;
    [[nodiscard]] Position end_of(std::size_t index, Position last) const;
    [[nodiscard]] bool is_looked_at(std::size_t index) const;
    [[nodiscard]] std::optional<Damage> look_at(std::size_t index) const;
    void forget_writes(std::uint64_t begin, std::uint64_t end);
    [[nodiscard]] std::uint64_t sealed_through() const;
    [[nodiscard]] std::vector<Write> victims(std::uint64_t from, std::uint64_t through) const;
    void strike(std::uint64_t begin, std::uint64_t end);
    void flip_in(const Write& write, Dice& dice);
    void erase(const Write& write);
    void drop_unsynced(Leftover leftover, Dice& dice);
    void tear(const Write& write, Dice& dice);
    void cut_tails(const std::vector<Write>& kept);
    void drop_snapshots(Leftover leftover, Dice& dice);
    void remove_segment(std::size_t index);
    void give_up(std::size_t index);
    void note_marks();
    void end_first_sync(Dice& dice);
    void forget_the_start();
    [[nodiscard]] ByteBuffer take_spare();
    void give_spare(ByteBuffer&& bytes);

    std::vector<Segment> segments_;  // By begin.
    std::vector<Segment> given_up_;  // Not kept at the last start, nor gone yet.
    std::vector<Write> writes_;      // On segments not released, by begin.
    std::vector<SnapshotFile> snapshots_;
    std::vector<Sync> syncs_;        // Under way, oldest first.
    std::vector<ByteBuffer> spare_;  // Memory of segments and snapshots that are gone.
    Position end_;
    Position begun_;  // Covered by a sync that has begun.
    Position durable_;
    Position released_;
    std::uint64_t vouched_ = 0;     // The highest mark that ever was durable.
    bool first_sync_ended_ = true;  // Of the process that started last.
    std::uint32_t life_ = 0;
};

}  // namespace decree::sim
