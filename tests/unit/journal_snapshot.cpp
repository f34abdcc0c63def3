#include <gtest/gtest.h>

#include "core/journal/recovery.hpp"
#include "core/journal/scrub.hpp"
#include "core/journal/snapshot_file.hpp"
#include "tests/support/journal_disk.hpp"

namespace decree::journal_test {
namespace {

ByteBuffer snapshot(std::uint64_t through, const std::vector<std::string_view>& pieces) {
    ByteBuffer file;
    begin_snapshot_file(Slot{through}, file);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        add_snapshot_piece(Slot{through}, i, as_bytes(pieces[i]), file);
    }
    end_snapshot_file(Slot{through}, pieces.size(), file);
    return file;
}

ByteBuffer rotten(ByteBuffer file) {
    file[file.size() / 2] ^= std::byte{4};
    return file;
}

ByteBuffer unfinished(ByteBuffer file) {
    file.pop_back();
    return file;
}

/// Goal: a snapshot file gives back what was put into it.
/// Method: files of no piece, an empty piece, several pieces.
TEST(SnapshotFile, ReadsBackWhatWasWritten) {
    for (const auto& pieces : {std::vector<std::string_view>{}, {""}, {"a", "", "ccc"}}) {
        const auto read = read_snapshot_file(snapshot(9, pieces));
        ASSERT_TRUE(read) << read.error().what;
        EXPECT_EQ(read->through, Slot{9});
        ASSERT_EQ(read->pieces.size(), pieces.size());
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            EXPECT_EQ(as_text(read->pieces[i].bytes()), pieces[i]);
        }
    }
}

/// Goal: a file that was never finished is told from one that is bad.
/// Method: cut it at every length; flip every bit; add a byte; leave out, repeat and swap pieces.
TEST(SnapshotFile, EveryDefectIsNoticed) {
    const ByteBuffer whole = snapshot(9, {"first", "", "third"});
    for (ByteBuffer file = whole; !file.empty();) {
        file.pop_back();
        const auto read = read_snapshot_file(file);
        ASSERT_FALSE(read);
        EXPECT_TRUE(read.error().unfinished) << file.size();
    }
    ByteBuffer file = whole;
    for (std::byte& byte : file) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            byte ^= static_cast<std::byte>(1U << bit);
            const auto read = read_snapshot_file(file);
            ASSERT_FALSE(read);
            EXPECT_FALSE(read.error().unfinished) << read.error().what;
            byte ^= static_cast<std::byte>(1U << bit);
        }
    }
    file.push_back(std::byte{0});
    EXPECT_FALSE(read_snapshot_file(file));
    for (const auto& order : {std::vector<std::uint64_t>{0, 2}, {0, 0, 1}, {1, 0}, {1}}) {
        ByteBuffer wrong;
        begin_snapshot_file(Slot{1}, wrong);
        for (const std::uint64_t index : order) {
            add_snapshot_piece(Slot{1}, index, as_bytes("x"), wrong);
        }
        end_snapshot_file(Slot{1}, order.size(), wrong);
        const auto read = read_snapshot_file(wrong);
        ASSERT_FALSE(read);
        EXPECT_FALSE(read.error().unfinished);
    }
}

/// A journal of slots 1 to 6, with a snapshot through 4 promised, and its first segment released.
struct Trimmed {
    Trimmed() : disk(200) {
        disk.start();
        for (std::uint64_t slot = 1; slot <= 6; ++slot) disk.write({vote(slot, 1, "x")});
        disk.write({WatermarkRecord{Slot{4}}});
        disk.sync();
        disk.write({SnapshotRecord{Slot{4}}, WatermarkRecord{Slot{5}}});
        disk.sync();
        released = disk.writer().releasable(Slot{4});
    }
    [[nodiscard]] Files files() const {
        Files kept = disk.files();
        std::erase_if(kept, [&](const auto& file) { return file.first < released; });
        return kept;
    }

    JournalDisk disk;
    Position released;
};

/// Goal: slots of a snapshot come from it, later ones from the journal.
/// Method: recover a trimmed journal, before and after segments are deleted.
TEST(JournalRecovery, SnapshotAndJournalMakeOneState) {
    const Trimmed trimmed;
    ASSERT_GT(trimmed.released, Position{});
    const ByteBuffer file = snapshot(4, {"state"});
    const std::vector<SnapshotFileBytes> snapshots{{.through = Slot{4}, .bytes = file}};
    const auto all = recover(as_segments(trimmed.disk.files()), snapshots);
    const auto kept = recover(as_segments(trimmed.files()), snapshots);
    ASSERT_TRUE(all) << show(all);
    ASSERT_TRUE(kept) << show(kept);
    EXPECT_EQ(kept->snapshot->through, Slot{4});
    EXPECT_EQ(kept->heads.snapshot_through, Slot{4});
    EXPECT_EQ(kept->watermark, Slot{5});
    ASSERT_EQ(kept->slots.size(), 2U);
    EXPECT_TRUE(kept->slots[0].chosen);
    EXPECT_FALSE(kept->slots[1].chosen);
    EXPECT_EQ(kept->slots, all->slots);
    EXPECT_EQ(kept->heads, all->heads);
    EXPECT_EQ(kept->place.end, all->place.end);
    EXPECT_LT(kept->place.segments.size(), all->place.segments.size());
}

/// Goal: where a snapshot that the journal counts on is not there, or not whole, all that it stood
/// for is in doubt. Method: leave it out; make it rotten, unfinished, misnamed, too old.
TEST(JournalRecovery, PromisedSnapshotMustBeThere) {
    const Trimmed trimmed;
    const auto refused = [&](std::uint64_t name, const ByteBuffer& file) {
        const std::vector<SnapshotFileBytes> snapshots{{.through = Slot{name}, .bytes = file}};
        const auto found = recover(as_segments(trimmed.files()), snapshots);
        return found && !found->damage.empty() && found->doubt_through >= Slot{4};
    };
    const auto none = recover(as_segments(trimmed.files()), {});
    ASSERT_TRUE(none) << show(none);
    EXPECT_EQ(none->watermark, Slot{});
    EXPECT_EQ(none->heads.snapshot_through, Slot{});
    EXPECT_EQ(none->damage.size(), 2U) << "the snapshot, and what it stood for";
    EXPECT_TRUE(refused(4, rotten(snapshot(4, {"state"}))));
    EXPECT_TRUE(refused(4, unfinished(snapshot(4, {"state"}))));
    EXPECT_TRUE(refused(4, snapshot(3, {"state"})));
    EXPECT_TRUE(refused(3, snapshot(4, {"state"})));
    EXPECT_TRUE(refused(3, snapshot(3, {"state"})));
    EXPECT_FALSE(refused(4, snapshot(4, {"state"})));
    EXPECT_FALSE(refused(5, snapshot(5, {"state"})));
}

/// Goal: a journal that still holds all that a missing snapshot stood for does without it.
/// Method: the first segment is not released yet, and there is no snapshot at all.
TEST(JournalRecovery, JournalStandsInForASnapshot) {
    const Trimmed trimmed;
    const auto found = recover(as_segments(trimmed.disk.files()), {});
    ASSERT_TRUE(found) << show(found);
    EXPECT_EQ(found->damage.size(), 1U);
    EXPECT_EQ(found->watermark, Slot{5});
    EXPECT_EQ(found->doubt_through, Slot{});
    EXPECT_EQ(found->slots.size(), 6U);
}

/// Goal: of slots that a snapshot stands for, a later watermark says nothing: what the journal
/// holds there may be another vote than the chosen one, if the snapshot came from a peer. Method:
/// votes, then the snapshot, then a watermark; the snapshot is missing.
TEST(JournalRecovery, WatermarkDoesNotBlessBelowASnapshot) {
    JournalDisk disk(100000);
    disk.start();
    disk.write({vote(1, 1, "never chosen"), vote(5, 1, "x")});
    disk.write({SnapshotRecord{Slot{4}}, WatermarkRecord{Slot{5}}});
    disk.write({vote(2, 1, "late")});
    const auto found = recover(as_segments(disk.files()), {});
    ASSERT_TRUE(found) << show(found);
    EXPECT_EQ(found->watermark, Slot{});
    EXPECT_EQ(found->doubt_through, Slot{5});
    ASSERT_EQ(found->slots.size(), 3U);
    EXPECT_FALSE(found->slots[0].chosen);
    EXPECT_FALSE(found->slots[1].chosen);
    EXPECT_TRUE(found->slots[2].chosen);
}

/// Goal: the newest whole snapshot counts; newer files that are not whole do no harm.
/// Method: several files, in any order.
TEST(JournalRecovery, NewestWholeSnapshotCounts) {
    const Trimmed trimmed;
    const ByteBuffer three = snapshot(3, {"3"});
    const ByteBuffer four = snapshot(4, {"4"});
    const ByteBuffer five = snapshot(5, {"5"});
    const ByteBuffer six = unfinished(snapshot(6, {"6"}));
    const ByteBuffer seven = rotten(snapshot(7, {"7"}));
    const std::vector<SnapshotFileBytes> snapshots{{.through = Slot{6}, .bytes = six},
                                                   {.through = Slot{4}, .bytes = four},
                                                   {.through = Slot{7}, .bytes = seven},
                                                   {.through = Slot{5}, .bytes = five},
                                                   {.through = Slot{3}, .bytes = three}};
    const auto found = recover(as_segments(trimmed.files()), snapshots);
    ASSERT_TRUE(found) << show(found);
    EXPECT_EQ(found->snapshot->through, Slot{5});
    EXPECT_EQ(found->watermark, Slot{5});
    ASSERT_EQ(found->slots.size(), 1U);
    EXPECT_EQ(found->slots[0].slot, Slot{6});
}

/// Goal: segments that were not released, but lost, are missed although a snapshot was promised.
/// Method: delete one segment more than the snapshot allows.
TEST(JournalRecovery, SnapshotDoesNotHideLostSegments) {
    const Trimmed trimmed;
    const ByteBuffer file = snapshot(4, {"state"});
    const std::vector<SnapshotFileBytes> snapshots{{.through = Slot{4}, .bytes = file}};
    Files files = trimmed.files();
    ASSERT_GT(files.size(), 1U);
    files.erase(files.begin());
    const auto found = recover(as_segments(files), snapshots);
    ASSERT_TRUE(found) << show(found);
    ASSERT_EQ(found->damage.size(), 1U);
    EXPECT_NE(found->damage[0].what.find("is in no snapshot"), std::string::npos);
    EXPECT_GT(found->doubt_through, Slot{4});
}

/// Goal: a begin that may be trimmed, but cannot be read, is damage; and so is a snapshot alone.
/// Method: tear the head of the first segment that is left, when it is the only one; leave none.
TEST(JournalRecovery, NothingReadableBehindASnapshotIsDamage) {
    const Trimmed trimmed;
    const ByteBuffer file = snapshot(9, {"state"});
    const std::vector<SnapshotFileBytes> snapshots{{.through = Slot{9}, .bytes = file}};
    const auto last = *trimmed.disk.files().rbegin();
    Files files{last};
    ASSERT_TRUE(recover(as_segments(files), snapshots));
    files.begin()->second.resize(segment_head_bytes - 1);
    const auto unreadable = recover(as_segments(files), snapshots);
    ASSERT_FALSE(unreadable);
    EXPECT_EQ(unreadable.error().at, last.first);
    EXPECT_FALSE(recover({}, snapshots));
    EXPECT_FALSE(recover(as_segments({{Position{}, {}}}), snapshots));
}

/// Goal: well-formed pieces of another snapshot, written astray, are not believed.
/// Method: the head of one file, then piece 0 or the foot of another.
TEST(SnapshotFile, PartsOfAnotherSnapshotAreRefused) {
    for (const std::uint64_t piece_of : {1U, 2U}) {
        for (const std::uint64_t foot_of : {1U, 2U}) {
            ByteBuffer file;
            begin_snapshot_file(Slot{1}, file);
            add_snapshot_piece(Slot{piece_of}, 0, as_bytes("x"), file);
            end_snapshot_file(Slot{foot_of}, 1, file);
            EXPECT_EQ(read_snapshot_file(file).has_value(), piece_of == 1 && foot_of == 1);
        }
    }
}

/// Goal: a look at a stored snapshot tells a whole one from any other.
/// Method: whole, rotten, unfinished, under another's name.
TEST(SnapshotScrub, TellsAWholeFile) {
    const ByteBuffer whole = snapshot(4, {"state"});
    EXPECT_FALSE(scrub({.through = Slot{4}, .bytes = whole}));
    EXPECT_TRUE(scrub({.through = Slot{4}, .bytes = rotten(whole)}));
    EXPECT_TRUE(scrub({.through = Slot{4}, .bytes = unfinished(whole)}));
    EXPECT_TRUE(scrub({.through = Slot{5}, .bytes = whole}));
}

}  // namespace
}  // namespace decree::journal_test
