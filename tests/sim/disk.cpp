#include "sim/disk.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "core/journal/snapshot_file.hpp"
#include "core/journal/writer.hpp"

namespace decree::sim {
namespace {

/// A journal writer and the disk that it writes to; every vote is one write.
class WritingDisk {
public:
    explicit WritingDisk(std::uint64_t segment_bytes = 1U << 20U) : writer_({}, segment_bytes) {
        heads_.node = NodeId{1};
        heads_.incarnation = Incarnation{1};
        writer_.add(StartedRecord{.node = NodeId{1}, .incarnation = Incarnation{1}});
        close();
    }
    void vote(std::uint64_t slot) {
        const std::string text = "value of slot " + std::to_string(slot);
        heads_.promised = Ballot{.round = 1, .node = NodeId{1}};
        writer_.add(VoteRecord{
            .slot = Slot{slot}, .ballot = heads_.promised, .value = Value(as_bytes(text))});
        close();
    }
    /// The next process begins to write.
    void start(const Recovered& kept, std::uint64_t segment_bytes) {
        disk.started(kept);
        told_ = kept.place.end;
        writer_ = JournalWriter(kept.place, segment_bytes);
        heads_ = kept.heads;
        heads_.incarnation = Incarnation{kept.heads.incarnation.value + 1};
        writer_.add(StartedRecord{.node = NodeId{1}, .incarnation = heads_.incarnation});
        close();
    }
    void sync() {
        static_cast<void>(disk.begin_sync(0));
        told_ = disk.end_sync();
        writer_.durable(told_);
    }
    /// An empty group that vouches for all before it.
    void seal() {
        sync();
        close();
        sync();
    }
    [[nodiscard]] std::size_t votes() const {
        const auto recovered = disk.recover();
        return recovered ? recovered->slots.size() : 0;
    }

    Disk disk;

private:
    void close() {
        JournalAppend append;
        static_cast<void>(writer_.close_group(heads_, append));
        disk.append(append, told_);
    }

    JournalWriter writer_;
    JournalHeads heads_;
    Position told_;
};

Choices seeded(std::uint64_t seed) { return Choices::from_seed(seed); }

/// Goal: a process that dies takes nothing from the disk.
/// Method: crash with everything left; all votes are recovered.
TEST(Disk, AllIsLeftWhenOnlyTheProcessDies) {
    Choices choices = seeded(1);
    Dice dice(choices, Site::DiskFault, 0);
    WritingDisk writing;
    for (std::uint64_t slot = 1; slot <= 5; ++slot) writing.vote(slot);
    writing.disk.crash(Leftover::All, dice);
    EXPECT_EQ(writing.votes(), 5U);
}

/// Goal: power loss takes what no sync covered, and nothing else.
/// Method: sync three votes, write two more, crash.
TEST(Disk, PowerLossTakesExactlyTheUnsynced) {
    Choices choices = seeded(1);
    Dice dice(choices, Site::DiskFault, 0);
    WritingDisk writing;
    for (std::uint64_t slot = 1; slot <= 3; ++slot) writing.vote(slot);
    writing.sync();
    for (std::uint64_t slot = 4; slot <= 5; ++slot) writing.vote(slot);
    writing.disk.crash(Leftover::None, dice);
    EXPECT_EQ(writing.votes(), 3U);
    EXPECT_EQ(writing.disk.durable(), Position{writing.disk.recover()->place.end});
}

/// Goal: lost and torn unsynced writes, in any combination, are read as a torn tail: what was
/// synced is always there, and nothing is called damaged.
/// Method: many seeds, both kinds, small segments too.
TEST(Disk, UnsyncedLossIsNeverDamage) {
    std::size_t fewest = 99;
    std::size_t most = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Choices choices = seeded(seed);
        Dice dice(choices, Site::DiskFault, 0);
        WritingDisk writing(seed % 2 == 0 ? 100 : 1U << 20U);
        for (std::uint64_t slot = 1; slot <= 3; ++slot) writing.vote(slot);
        writing.sync();
        for (std::uint64_t slot = 4; slot <= 9; ++slot) writing.vote(slot);
        writing.disk.crash(seed % 3 == 0 ? Leftover::Subset : Leftover::Torn, dice);
        const auto recovered = writing.disk.recover();
        ASSERT_TRUE(recovered.has_value()) << seed << ": " << recovered.error().what;
        fewest = std::min(fewest, recovered->slots.size());
        most = std::max(most, recovered->slots.size());
    }
    EXPECT_EQ(fewest, 3U);
    EXPECT_GT(most, 5U);
}

/// Goal: what a start kept can be lost no more, and what it did not keep is gone for good.
/// Method: crash with a torn tail, start, crash again without sync.
TEST(Disk, AStartMakesWhatItKeptDurable) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Choices choices = seeded(seed);
        Dice dice(choices, Site::DiskFault, 0);
        WritingDisk writing(100);
        for (std::uint64_t slot = 1; slot <= 6; ++slot) writing.vote(slot);
        writing.disk.crash(Leftover::Torn, dice);
        const auto kept = writing.disk.recover();
        ASSERT_TRUE(kept.has_value()) << seed << ": " << kept.error().what;
        writing.disk.started(*kept);
        writing.disk.crash(Leftover::None, dice);
        const auto again = writing.disk.recover();
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->slots, kept->slots);
    }
}

/// Goal: what a start did not keep is there until something newer is durable: the next start finds
/// no less damage, and no lower promise. Then it is gone.
/// Method: rot below the mark and in the head that bears it; a start that writes, and loses power
/// before or after its first sync.
TEST(Disk, WhatAStartGivesUpStaysUntilItsFirstSync) {
    std::size_t given_up = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Choices choices = seeded(seed);
        Dice dice(choices, Site::DiskFault, 0);
        const std::uint64_t segment_bytes = seed % 2 == 0 ? 150 : 400;
        WritingDisk writing(segment_bytes);
        for (std::uint64_t slot = 1; slot <= 6; ++slot) {
            writing.vote(slot);
            writing.sync();
        }
        writing.disk.crash(Leftover::None, dice);
        ASSERT_TRUE(writing.disk.rot(dice) && writing.disk.rot_unsealed(dice));
        const auto first = writing.disk.recover();
        if (!first) continue;  // No head is left to be believed.
        const bool cut = first->place.end < writing.disk.durable();
        given_up += cut && first->doubt_through != Slot{} ? 1U : 0U;
        writing.start(*first, segment_bytes);
        const bool synced = dice.chance(1, 4);
        if (synced) writing.sync();
        writing.disk.crash(dice.chance(1, 2) ? Leftover::Torn : Leftover::All, dice);
        const auto second = writing.disk.recover();
        ASSERT_TRUE(second.has_value()) << seed << ": " << second.error().what;
        EXPECT_EQ(second->doubt_through, first->doubt_through) << seed;
        EXPECT_EQ(second->slots, first->slots) << seed;
        EXPECT_EQ(second->heads.promised, first->heads.promised) << seed;
        EXPECT_GE(second->heads.incarnation, first->heads.incarnation) << seed;
        if (synced) {
            EXPECT_EQ(second->place.end, writing.disk.durable()) << seed;
        }
    }
    EXPECT_GT(given_up, 20U);
}

/// Goal: a file that was given up, and that a crash left beside what took its place, is no damage.
/// Method: power losses, the second and third of them while a start's first sync ends; small
/// segments at first, so that some are given up, and then large ones, which reach beyond where
/// those began.
TEST(Disk, WhatWasGivenUpAndIsStillThereIsNoDamage) {
    std::size_t left_over = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Choices choices = seeded(seed);
        Dice dice(choices, Site::DiskFault, 0);
        WritingDisk writing(150);
        for (std::uint64_t slot = 1; slot <= 8; ++slot) {
            writing.vote(slot);
            if (slot == 2) writing.seal();
        }
        writing.disk.crash(Leftover::Torn, dice);
        for (int start = 0; start < 3; ++start) {
            const auto found = writing.disk.recover();
            ASSERT_TRUE(found.has_value()) << seed << ": " << found.error().what;
            EXPECT_TRUE(found->damage.empty()) << seed;
            EXPECT_FALSE(writing.disk.is_bad_below_mark()) << seed << ", start " << start;
            const auto& kept = found->place.segments;
            for (const auto& [begin, file] : writing.disk.view().segments) {
                const bool used =
                    std::ranges::find(kept, begin, &JournalPlace::Segment::begin) != kept.end();
                left_over += start > 0 && !used ? 1U : 0U;
            }
            writing.start(*found, 4096);
            for (std::uint64_t slot = 1; slot <= 8; ++slot) writing.vote(slot);
            static_cast<void>(writing.disk.begin_sync(0));
            writing.disk.crash(Leftover::Torn, dice);
        }
    }
    EXPECT_GT(left_over, 20U);
}

/// Goal: rot, misdirected and lost writes, and sectors that cannot be read, below a mark are always
/// noticed, and what they took is in doubt, unless that is nothing that matters (a first segment
/// without votes, of which later heads repeat the rest). Method: strike sealed journals of many
/// seeds; each recovery reports damage and doubts all slots, or still has all.
TEST(Disk, SealedDataThatGoesBadIsNoticed) {
    std::size_t noticed = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Choices choices = seeded(seed);
        Dice dice(choices, Site::DiskFault, 0);
        WritingDisk writing(seed % 8 < 4 ? 150 : 1U << 20U);
        for (std::uint64_t slot = 1; slot <= 6; ++slot) writing.vote(slot);
        writing.seal();
        writing.disk.crash(Leftover::None, dice);
        ASSERT_TRUE(writing.disk.recover().has_value());
        const bool struck = seed % 4 == 0   ? writing.disk.rot(dice)
                            : seed % 4 == 1 ? writing.disk.misplace_write(dice)
                            : seed % 4 == 2 ? writing.disk.lose_sector(dice)
                                            : writing.disk.lose_write(dice);
        ASSERT_TRUE(struck);
        const auto recovered = writing.disk.recover();
        ASSERT_TRUE(recovered) << seed << ": " << recovered.error().what;
        noticed += recovered->damage.empty() ? 0U : 1U;
        const bool all = recovered->slots.size() == 6;
        EXPECT_TRUE(all || recovered->slots.back().slot <= Slot{6}) << seed;
        const Slot first_missing = [&] {
            Slot slot{1};
            for (const RecoveredSlot& held : recovered->slots) {
                if (held.slot == slot) slot = next(slot);
            }
            return slot;
        }();
        EXPECT_TRUE(all || recovered->doubt_through >= first_missing) << seed;
    }
    EXPECT_GT(noticed, 280U);
}

/// Goal: rot above the highest mark cannot be noticed: it reads as a torn tail.
/// Method: strike a journal whose last groups are durable and not sealed.
TEST(Disk, UnsealedRotReadsAsATornTail) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Choices choices = seeded(seed);
        Dice dice(choices, Site::DiskFault, 0);
        WritingDisk writing;
        for (std::uint64_t slot = 1; slot <= 3; ++slot) writing.vote(slot);
        writing.seal();
        for (std::uint64_t slot = 4; slot <= 6; ++slot) writing.vote(slot);
        writing.sync();
        writing.disk.crash(Leftover::None, dice);
        ASSERT_TRUE(writing.disk.rot_unsealed(dice));
        const auto recovered = writing.disk.recover();
        ASSERT_TRUE(recovered.has_value()) << recovered.error().what;
        EXPECT_GE(recovered->slots.size(), 3U);
        EXPECT_LT(recovered->slots.size(), 6U);
    }
}

/// Goal: nothing is struck where nothing is vouched for.
/// Method: all faults on a journal without any mark.
TEST(Disk, NothingSealedNothingToStrike) {
    Choices choices = seeded(1);
    Dice dice(choices, Site::DiskFault, 0);
    WritingDisk writing;
    writing.vote(1);
    EXPECT_FALSE(writing.disk.rot(dice));
    EXPECT_FALSE(writing.disk.misplace_write(dice));
    EXPECT_FALSE(writing.disk.lose_write(dice));
    EXPECT_FALSE(writing.disk.lose_sector(dice));
}

/// Goal: it is known of what is struck that it is bad, and a look finds it, until a start has found
/// it; a journal that lost its first file is whole, as far as its files tell.
/// Method: a strike of each kind, by many seeds.
TEST(Disk, WhatIsStruckIsBadUntilAStartHasFoundIt) {
    std::size_t bad = 0;
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        Choices choices = seeded(seed);
        Dice dice(choices, Site::DiskFault, 0);
        WritingDisk writing(400);
        for (std::uint64_t slot = 1; slot <= 8; ++slot) writing.vote(slot);
        writing.seal();
        ASSERT_FALSE(writing.disk.is_bad() || writing.disk.is_bad_below_mark());
        const bool struck = seed % 4 == 0   ? writing.disk.rot(dice)
                            : seed % 4 == 1 ? writing.disk.misplace_write(dice)
                            : seed % 4 == 2 ? writing.disk.lose_write(dice)
                                            : writing.disk.lose_sector(dice);
        ASSERT_TRUE(struck) << seed;
        EXPECT_EQ(writing.disk.is_bad(), writing.disk.scrub().has_value()) << seed;
        EXPECT_EQ(writing.disk.is_bad(), writing.disk.is_bad_below_mark()) << seed;
        bad += writing.disk.is_bad() ? 1U : 0U;
        const auto kept = writing.disk.recover();
        ASSERT_TRUE(kept) << seed;
        EXPECT_FALSE(kept->damage.empty()) << seed;
        writing.start(*kept, 400);
        writing.sync();
        EXPECT_FALSE(writing.disk.is_bad() || writing.disk.scrub()) << seed;
    }
    EXPECT_GT(bad, 90U);
}

/// Goal: one sync covers all that was written before it began, and no more.
/// Method: write, begin, write, end.
TEST(Disk, ASyncCoversWhatWasWrittenBeforeIt) {
    const DiskHabits habits;
    WritingDisk writing;
    writing.vote(1);
    ASSERT_TRUE(writing.disk.wants_sync(habits));
    static_cast<void>(writing.disk.begin_sync(10));
    EXPECT_FALSE(writing.disk.wants_sync(habits));
    writing.vote(2);
    EXPECT_FALSE(writing.disk.wants_sync(habits)) << "one at a time";
    const Position covered = writing.disk.end_sync();
    EXPECT_TRUE(writing.disk.wants_sync(habits));
    static_cast<void>(writing.disk.begin_sync(20));
    EXPECT_LT(covered, writing.disk.end_sync());
    EXPECT_FALSE(writing.disk.wants_sync(habits));
}

/// Goal: with several syncs under way they end in the order in which they began.
/// Method: a slow one, then a quick one.
TEST(Disk, SyncsEndInOrder) {
    WritingDisk writing;
    writing.vote(1);
    EXPECT_EQ(writing.disk.begin_sync(100), 100U);
    writing.vote(2);
    EXPECT_EQ(writing.disk.begin_sync(50), 100U);
    const Position first = writing.disk.end_sync();
    EXPECT_LT(first, writing.disk.end_sync());
}

/// Goal: a snapshot that is not stored may be lost whole or in part; a stored one never is.
/// Method: crashes between begin, commit and store.
TEST(Disk, OnlyStoredSnapshotsSurvivePowerLoss) {
    Choices choices = seeded(1);
    Dice dice(choices, Site::DiskFault, 0);
    const DiskHabits habits;
    Disk disk;
    ByteBuffer bytes;
    begin_snapshot_file(Slot{3}, bytes);
    end_snapshot_file(Slot{3}, 0, bytes);
    disk.write(SnapshotBegin{Slot{3}});
    disk.write(SnapshotBytes{.through = Slot{3}, .bytes = bytes});
    disk.write(SnapshotCommit{Slot{3}});
    Disk lost = disk;
    lost.crash(Leftover::None, dice);
    EXPECT_TRUE(lost.empty());
    EXPECT_EQ(disk.store_snapshot(habits), Slot{3});
    disk.crash(Leftover::None, dice);
    ASSERT_EQ(disk.view().snapshots.size(), 1U);
    EXPECT_TRUE(std::ranges::equal(disk.view().snapshots.front().second.bytes, bytes));
}

/// Goal: released segments go, at once or a little later; others stay.
/// Method: release in the middle of several segments, with both habits.
TEST(Disk, ReleasedSegmentsGo) {
    for (const bool keeps : {false, true}) {
        const DiskHabits habits{.keeps_released = keeps};
        WritingDisk writing(64);
        for (std::uint64_t slot = 1; slot <= 8; ++slot) writing.vote(slot);
        writing.sync();
        const auto before = writing.disk.view().segments;
        ASSERT_GE(before.size(), 4U);
        writing.disk.release(before[2].first, habits);
        EXPECT_EQ(writing.disk.view().segments.size(), before.size() - (keeps ? 0 : 2));
        writing.disk.release(before[3].first, habits);
        EXPECT_EQ(writing.disk.view().segments.size(), before.size() - (keeps ? 2 : 3));
    }
}

}  // namespace
}  // namespace decree::sim
