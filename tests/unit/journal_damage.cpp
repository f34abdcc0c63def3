#include <algorithm>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "core/journal/recovery.hpp"
#include "tests/support/journal_disk.hpp"

/// What damage may have taken, and what it cannot.

namespace decree::journal_test {
namespace {

/// A journal whose slot 2 was voted for twice, and blessed by a watermark: the last group seals.
JournalDisk voted_twice() {
    JournalDisk disk(100000);
    disk.start();
    disk.write({vote(1, 1, "one"), vote(2, 1, "old")});
    disk.write({vote(2, 3, "new")});
    disk.write({vote(3, 3, "three")});
    disk.write({WatermarkRecord{Slot{2}}, vote(4, 3, "four")});
    disk.sync();
    disk.seal();
    return disk;
}

Files with_bad_group(const JournalDisk& disk, std::size_t unit) {
    Files files = disk.files();
    const Unit& group = disk.units().at(unit);
    files.at(group.segment).at(group.end.value - group.segment.value - 1) ^= std::byte{1};
    return files;
}

/// Goal: a watermark says nothing of an older record when a newer one may be lost.
/// Method: lose the second vote in a slot; the watermark behind it stays.
TEST(JournalRecovery, WatermarkDoesNotBlessWhatMayBeOld) {
    const JournalDisk disk = voted_twice();
    const auto found = recover(as_segments(with_bad_group(disk, 3)), {});
    ASSERT_TRUE(found) << show(found);
    EXPECT_EQ(found->watermark, Slot{});
    EXPECT_EQ(found->doubt_through, Slot{2});
    ASSERT_EQ(found->slots.size(), 4U);
    EXPECT_FALSE(found->slots[0].chosen);
    EXPECT_FALSE(found->slots[1].chosen);
    EXPECT_EQ(found->slots[1].ballot.round, 1U);
    EXPECT_EQ(found->heads.promised.round, 3U);
}

/// Goal: votes are in doubt exactly through the highest slot that was voted for before the next
/// intact head; later ones are certain. Method: lose each group of votes in turn.
TEST(JournalRecovery, DoubtEndsAtTheHighestSlotBefore) {
    const JournalDisk disk = voted_twice();
    const std::vector<std::uint64_t> expected = {2, 2, 3, 4};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto found = recover(as_segments(with_bad_group(disk, 2 + i)), {});
        ASSERT_TRUE(found) << show(found);
        EXPECT_EQ(found->doubt_through, Slot{expected[i]}) << i;
        EXPECT_FALSE(found->torn_at.has_value());
    }
}

/// Goal: a second start finds the damage of the first again, with the same doubt, less what the
/// journal has learned to be chosen since; a second damage is judged like the first.
/// Method: lose a vote, start, learn some slots, start again, lose one of those.
TEST(JournalRecovery, SecondStartFindsTheSameDoubt) {
    JournalDisk disk = voted_twice();
    const Files damaged = with_bad_group(disk, 3);
    const auto first = recover(as_segments(damaged), {});
    ASSERT_TRUE(first) << show(first);
    disk.start(*first, damaged);
    disk.sync();
    const auto again = recover(as_segments(disk.files()), {});
    ASSERT_TRUE(again) << show(again);
    EXPECT_EQ(again->doubt_through, Slot{2});
    ASSERT_EQ(again->damage.size(), 1U);
    EXPECT_EQ(again->damage[0].at, first->damage[0].at);
    EXPECT_EQ(again->slots, first->slots);

    disk.write({decided(1, 1, "one")});
    const auto half = recover(as_segments(disk.files()), {});
    EXPECT_EQ(half->watermark, Slot{1});
    EXPECT_EQ(half->doubt_through, Slot{2});
    const std::size_t learned = disk.units().size();
    disk.write({decided(2, 3, "new"), WatermarkRecord{Slot{2}}});
    disk.sync();
    disk.seal();
    const auto whole = recover(as_segments(disk.files()), {});
    EXPECT_EQ(whole->watermark, Slot{2});
    EXPECT_EQ(whole->doubt_through, Slot{});
    ASSERT_EQ(whole->damage.size(), 1U);
    EXPECT_EQ(whole->damage[0].at, first->damage[0].at);

    const auto twice = recover(as_segments(with_bad_group(disk, learned)), {});
    ASSERT_TRUE(twice) << show(twice);
    EXPECT_EQ(twice->damage.size(), 2U);
    EXPECT_EQ(twice->doubt_through, Slot{4});
}

/// Goal: what the disk cannot read is damage below the last mark, and is never cut as torn at or
/// above it.
/// Method: zeros in place of each unit of a sealed journal, with and without telling that the disk
/// could not read them.
TEST(JournalRecovery, UnreadableBytesAreNotTorn) {
    const JournalDisk disk = voted_twice();
    const Unit& seal = disk.units().back();
    for (const Unit& unit : disk.units()) {
        Files files = disk.files();
        const ByteRange range{.begin = unit.begin.value - unit.segment.value,
                              .end = unit.end.value - unit.segment.value};
        auto& bytes = files.at(unit.segment);
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(range.begin),
                  bytes.begin() + static_cast<std::ptrdiff_t>(range.end), std::byte{0});
        std::vector<SegmentBytes> segments = as_segments(files);
        const auto zeros = recover(segments, {});
        ASSERT_TRUE(zeros) << show(zeros);
        segments.front().unreadable = {&range, 1};
        const auto found = recover(segments, {});
        if (unit.begin < seal.mark) {
            EXPECT_EQ(found, zeros) << unit.begin.value;
            EXPECT_FALSE(found->damage.empty());
        } else {
            EXPECT_EQ(zeros->torn_at, unit.begin);
            ASSERT_FALSE(found);
            EXPECT_EQ(found.error().at, unit.begin);
        }
    }
}

}  // namespace
}  // namespace decree::journal_test
