#include <gtest/gtest.h>

#include "core/journal/frame.hpp"
#include "core/journal/recovery.hpp"
#include "core/journal/scrub.hpp"
#include "core/journal/snapshot_file.hpp"
#include "tests/support/journal_disk.hpp"

namespace decree::journal_test {
namespace {

Position next_after(Position position) { return Position{position.value + 1}; }

/// Two starts, several segments, marks that lag, a sealed middle and an unsealed end.
JournalDisk small_journal() {
    JournalDisk disk(300);
    disk.start();
    disk.sync();
    disk.write({PromiseRecord{{1, NodeId{2}}}});
    disk.write({vote(1, 1, "one"), vote(2, 1, "two")});
    disk.sync(1);
    disk.write({vote(3, 1, "three"), WatermarkRecord{Slot{2}}});
    disk.write({decided(3, 2, "drei"), PromiseRecord{{4, NodeId{3}}}});
    disk.sync();
    disk.seal();
    disk.sync();
    const auto kept = recover(as_segments(disk.files()), {});
    disk.start(*kept, disk.files());
    disk.write({vote(4, 5, "four")});
    disk.write({vote(5, 5, "five")});
    disk.sync(1);
    disk.write({vote(5, 6, "five again"), WatermarkRecord{Slot{4}}});
    disk.write({vote(6, 6, "six")});
    disk.sync();
    disk.write({PromiseRecord{{9, NodeId{1}}}});
    return disk;
}

/// Goal: no bit that flips anywhere makes recovery lose anything below the last mark unnoticed.
/// Method: flip every bit, one at a time; compare with the oracle.
TEST(JournalRecovery, EveryBitFlipIsCutOrTold) {
    const JournalDisk disk = small_journal();
    ASSERT_GE(disk.files().size(), 4U);
    Files files = disk.files();
    for (auto& [begin, bytes] : files) {
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                const auto mask = static_cast<std::byte>(1U << bit);
                bytes[at] ^= mask;
                const auto wrong = disagreement(disk, files);
                ASSERT_FALSE(wrong) << "byte " << begin.value + at << ": " << *wrong;
                bytes[at] ^= mask;
            }
        }
    }
}

/// Goal: a segment that lost its end is damage where a later mark covers it, else a torn tail.
/// Method: cut each segment's file at every length; compare with the oracle.
TEST(JournalRecovery, EveryTruncationIsCutOrTold) {
    const JournalDisk disk = small_journal();
    for (const auto& [begin, bytes] : disk.files()) {
        Files files = disk.files();
        while (!files.at(begin).empty()) {
            files.at(begin).pop_back();
            const auto wrong = disagreement(disk, files);
            ASSERT_FALSE(wrong) << begin.value << " + " << files.at(begin).size() << ": " << *wrong;
        }
    }
}

/// Goal: a journal cut short at its end, wherever, is the journal of some moment in its past.
/// Method: drop the bytes behind every position, whole segments included.
TEST(JournalRecovery, EveryPrefixIsAJournal) {
    const JournalDisk disk = small_journal();
    for (std::uint64_t end = 0; end <= disk.writer().end().value; ++end) {
        Files files = disk.files();
        std::erase_if(files, [&](const auto& file) { return file.first.value >= end; });
        if (!files.empty()) {
            auto& [begin, bytes] = *files.rbegin();
            bytes.resize(std::min<std::size_t>(bytes.size(), end - begin.value));
        }
        const auto wrong = disagreement(disk, files);
        ASSERT_FALSE(wrong) << end << ": " << *wrong;
        ASSERT_TRUE(recover(as_segments(files), {}).has_value()) << end;
    }
}

/// Goal: where the journal is sealed, no damage to what it holds goes unnoticed.
/// Method: seal; flip one bit in every byte below the last mark.
TEST(JournalRecovery, SealedJournalHidesNothing) {
    JournalDisk disk = small_journal();
    disk.sync();
    const Position mark = disk.writer().end();
    disk.seal();
    disk.sync();
    ASSERT_TRUE(disk.writer().sealed());
    Files files = disk.files();
    for (auto& [begin, bytes] : files) {
        for (std::size_t at = 0; at < bytes.size() && begin.value + at < mark.value; ++at) {
            bytes[at] ^= std::byte{0x10};
            const auto found = recover(as_segments(files), {});
            ASSERT_TRUE(found) << begin.value + at << ": " << found.error().what;
            ASSERT_FALSE(found->damage.empty()) << begin.value + at;
            bytes[at] ^= std::byte{0x10};
        }
    }
}

/// Goal: a write that landed at the wrong place, or not at all, is noticed.
/// Method: copy every group over the begin of every other one, whole, and then only its records;
/// fill each place with zeros.
TEST(JournalRecovery, MisdirectedAndLostWritesAreNoticed) {
    const JournalDisk disk = small_journal();
    for (const Unit& to : disk.units()) {
        const auto overwrite = [&](Bytes bytes, std::size_t behind = 0) {
            Files files = disk.files();
            auto& file = files.at(to.segment);
            const std::size_t at = to.begin.value - to.segment.value + behind;
            for (std::size_t i = 0; i < bytes.size() && at + i < file.size(); ++i) {
                file[at + i] = bytes[i];
            }
            const auto wrong = disagreement(disk, files);
            ASSERT_FALSE(wrong) << "at " << to.begin.value << ": " << *wrong;
        };
        for (const Unit& from : disk.units()) {
            const Bytes file = disk.files().at(from.segment);
            const Bytes bytes = file.subspan(from.begin.value - from.segment.value,
                                             from.end.value - from.begin.value);
            overwrite(bytes);
            overwrite(bytes.subspan(group_head_bytes), group_head_bytes);
        }
        overwrite(ByteBuffer(to.end.value - to.begin.value));
    }
}

/// Goal: a segment in place of another one is not believed, and one that is missing is missed.
/// Method: put each segment's content into each other's file; delete each one but the first.
TEST(JournalRecovery, MisplacedAndMissingSegmentsAreNoticed) {
    const JournalDisk disk = small_journal();
    for (const auto& [to, unused] : disk.files()) {
        for (const auto& [from, bytes] : disk.files()) {
            Files files = disk.files();
            files.at(to) = bytes;
            const auto wrong = disagreement(disk, files);
            ASSERT_FALSE(wrong) << from.value << " in " << to.value << ": " << *wrong;
        }
        if (to == Position{}) continue;
        Files files = disk.files();
        files.erase(to);
        const auto wrong = disagreement(disk, files);
        ASSERT_FALSE(wrong) << "without " << to.value << ": " << *wrong;
    }
}

/// Goal: a journal that lost its first segments without a snapshot in their place is damaged.
/// Method: delete the first one, two, ... segments of a journal without snapshots.
TEST(JournalRecovery, MissingBeginIsDamage) {
    const JournalDisk disk = small_journal();
    Files files = disk.files();
    while (files.size() > 1) {
        files.erase(files.begin());
        const auto found = recover(as_segments(files), {});
        ASSERT_TRUE(found) << show(found);
        const auto first = journal::read_segment_head(files.begin()->second, files.begin()->first);
        if (first->highest_before == Slot{}) continue;  // Nothing but a start was in it.
        ASSERT_EQ(found->damage.size(), 1U);
        EXPECT_NE(found->damage[0].what.find("is in no snapshot"), std::string::npos);
        EXPECT_GE(found->doubt_through, first->highest_before);
        EXPECT_GE(found->heads.promised, first->promised);
    }
}

/// Goal: nothing at all is an empty journal; two files of one name are none.
/// Method: no files; an empty file; the same segment twice.
TEST(JournalRecovery, EmptyDiskIsEmptyJournal) {
    EXPECT_EQ(recover({}, {}), Recovered{});
    Recovered torn;
    torn.torn_at = Position{};
    EXPECT_EQ(recover(as_segments({{Position{}, {}}}), {}), torn);
    const JournalDisk disk = small_journal();
    std::vector<SegmentBytes> segments = as_segments(disk.files());
    segments.push_back(segments[1]);
    EXPECT_FALSE(recover(segments, {}));
}

/// Goal: the order in which a driver lists files does not matter.
/// Method: reverse it.
TEST(JournalRecovery, OrderOfFilesDoesNotMatter) {
    const JournalDisk disk = small_journal();
    std::vector<SegmentBytes> segments = as_segments(disk.files());
    const auto expected = recover(segments, {});
    std::ranges::reverse(segments);
    EXPECT_EQ(recover(segments, {}), expected);
}

/// Goal: a journal of another node, and a segment of one among ours, are refused.
/// Method: the same writes by another node; exchange groups, then a segment.
TEST(JournalRecovery, AnotherNodesBytesAreNotBelieved) {
    JournalDisk ours(100000, NodeId{1});
    JournalDisk theirs(100000, NodeId{2});
    for (JournalDisk* disk : {&ours, &theirs}) {
        disk->start();
        for (std::uint64_t slot = 1; slot < 5; ++slot) disk->write({vote(slot, 1, "same")});
    }
    ASSERT_EQ(ours.writer().end(), theirs.writer().end());
    Files files = ours.files();
    const Unit& third = ours.units().at(3);
    const std::size_t at = third.begin.value;
    std::ranges::copy(Bytes(theirs.files().at(Position{})).subspan(at),
                      files.at(Position{}).begin() + static_cast<std::ptrdiff_t>(at));
    const auto cut = recover(as_segments(files), {});
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->torn_at, third.begin);

    const auto kept = recover(as_segments(ours.files()), {});
    ours.start(*kept, ours.files());
    theirs.start(*kept, theirs.files());
    files = ours.files();
    files.at(kept->place.end) = theirs.files().at(kept->place.end);
    const auto mixed = recover(as_segments(files), {});
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().at, kept->place.end);
}

/// Goal: bytes behind a cut, whole groups among them, do not come back, even if a disk returns them
/// later or deleting a segment failed.
/// Method: lose a group in the middle, restart, write over the same positions, put the old ones
/// back.
TEST(JournalRecovery, GivenUpGroupsStayGivenUp) {
    JournalDisk disk(360);
    disk.start();
    disk.sync();
    for (std::uint64_t slot = 1; slot <= 8; ++slot) disk.write({vote(slot, 1, "old")});
    const JournalDisk before = disk;
    Files files = disk.files();
    const Unit lost = disk.units().at(3);
    ASSERT_TRUE(lost.is_group);
    files.at(lost.segment).at(lost.begin.value - lost.segment.value) ^= std::byte{1};
    const auto cut = recover(as_segments(files), {});
    ASSERT_TRUE(cut);
    ASSERT_EQ(cut->torn_at, lost.begin);
    ASSERT_EQ(cut->slots.size(), 1U);

    disk.start(*cut, files);
    for (std::uint64_t slot = 2; slot <= 9; ++slot) disk.write({vote(slot, 1, "new")});
    disk.sync();
    disk.seal();
    const auto fresh = recover(as_segments(disk.files()), {});
    ASSERT_TRUE(fresh);
    ASSERT_EQ(fresh->slots.size(), 9U);
    Files with_old = disk.files();
    bool any_left = false;
    for (const auto& [begin, bytes] : before.files()) {
        const bool added = with_old.try_emplace(begin, bytes).second;
        any_left = any_left || added;
        if (begin < lost.begin) with_old.at(begin) = bytes;
    }
    ASSERT_TRUE(any_left);
    EXPECT_EQ(recover(as_segments(with_old), {}), fresh);
}

/// Goal: a group of an earlier start is not believed where a later one wrote over it.
/// Method: lose a segment's head, restart at the same position, put the old group back behind the
/// new head.
TEST(JournalRecovery, StaleGroupIsNotBelieved) {
    JournalDisk disk(1);
    disk.start();
    disk.sync();
    disk.write({vote(1, 1, "stale")});
    const Unit old = disk.units().back();
    const ByteBuffer stale = disk.files().at(old.segment);
    Files files = disk.files();
    files.at(old.segment).front() ^= std::byte{1};
    const auto cut = recover(as_segments(files), {});
    ASSERT_TRUE(cut);
    ASSERT_EQ(cut->torn_at, old.segment);
    disk.start(*cut, files);
    ASSERT_EQ(disk.units().back().begin, old.begin);

    files = disk.files();
    auto& file = files.at(old.segment);
    file.resize(segment_head_bytes);
    file.insert(file.end(), stale.begin() + segment_head_bytes, stale.end());
    const auto found = recover(as_segments(files), {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->torn_at, old.begin);
    EXPECT_TRUE(found->slots.empty());
}

/// Goal: a head is believed only where it continues what is before it and fits what is behind it.
/// Method: heads with good checksums: out of sequence; with fewer records, more bytes, a mark
/// beyond itself; records in another order.
TEST(JournalRecovery, HeadMustFit) {
    JournalDisk disk(100000);
    disk.start();
    disk.write({vote(1, 1, "one"), vote(2, 1, "two")});
    const Unit& group = disk.units().back();
    const auto cut_with = [&](auto change) {
        Files files = disk.files();
        const std::span<std::byte> bytes =
            std::span(files.at(Position{})).subspan(group.begin.value);
        auto head = *journal::load_head<journal::GroupHead>(bytes);
        change(head);
        journal::store_head(head, bytes.data());
        const auto found = recover(as_segments(files), {});
        return found && found->torn_at == group.begin;
    };
    EXPECT_FALSE(cut_with([](auto&) {}));
    EXPECT_TRUE(cut_with([](auto& head) { ++head.sequence; }));
    EXPECT_TRUE(cut_with([](auto& head) { --head.records; }));
    EXPECT_TRUE(cut_with([](auto& head) { ++head.records; }));
    EXPECT_TRUE(cut_with([](auto& head) { ++head.body_bytes; }));
    EXPECT_TRUE(cut_with([](auto& head) { head.mark = next_after(head.position); }));

    Files files = disk.files();
    auto& file = files.at(Position{});
    const auto body =
        file.begin() + static_cast<std::ptrdiff_t>(group.begin.value) + group_head_bytes;
    const auto half = (file.end() - body) / 2;  // The two records have one size.
    std::swap_ranges(body, body + half, body + half);
    EXPECT_EQ(recover(as_segments(files), {})->torn_at, group.begin);

    const auto kept = recover(as_segments(disk.files()), {});
    disk.start(*kept, disk.files());
    files = disk.files();
    ByteBuffer& segment = files.at(kept->place.end);
    auto head = *journal::load_head<journal::SegmentHead>(segment);
    ++head.sequence;
    journal::store_head(head, segment.data());
    EXPECT_EQ(recover(as_segments(files), {})->torn_at, kept->place.end);
}

/// Goal: whole bytes of a later format are never cut as torn: an older program must not lose them.
/// Method: a last segment of the next version; a last record of an unknown kind.
TEST(JournalRecovery, LaterFormatIsRefusedNotCut) {
    JournalDisk disk(100000);
    disk.start();
    Files files = disk.files();
    ByteBuffer& file = files.at(Position{});
    auto head = *journal::load_head<journal::SegmentHead>(file);
    head.version = journal::format_version + 1;
    journal::store_head(head, file.data());
    const auto version = recover(as_segments(files), {});
    ASSERT_FALSE(version);
    EXPECT_NE(version.error().what.find("version 3"), std::string::npos) << version.error().what;

    file = disk.files().at(Position{});
    const std::span<std::byte> record =
        std::span(file).subspan(segment_head_bytes + group_head_bytes);
    auto record_head = journal::load_unchecked<journal::RecordHead>(record);
    record_head.kind = 200;
    const journal::RecordPlace place(disk.heads().node, disk.heads().incarnation,
                                     Position{segment_head_bytes});
    journal::store_head(record_head, record.data(), journal::salt_of(place));
    const auto kind = recover(as_segments(files), {});
    ASSERT_FALSE(kind);
    EXPECT_NE(kind.error().what.find("kind 200"), std::string::npos) << kind.error().what;
}

/// Goal: damage tells a person which record is meant, and how it was noticed.
/// Method: flip a bit in the value of a vote below the mark; lose a write; swap two.
TEST(JournalRecovery, DamageNamesTheRecord) {
    JournalDisk disk(100000);
    disk.start();
    disk.write({PromiseRecord{{1, NodeId{2}}}, vote(17, 1, "value")});
    disk.sync();
    disk.seal();
    const Unit& group = disk.units().at(2);
    Files files = disk.files();
    files.at(Position{}).at(group.end.value - 1) ^= std::byte{1};
    const auto rotten = recover(as_segments(files), {});
    ASSERT_TRUE(rotten) << show(rotten);
    ASSERT_EQ(rotten->damage.size(), 1U);
    EXPECT_EQ(rotten->damage[0].at, group.begin);
    const std::string mark = std::to_string(group.end.value);
    EXPECT_EQ(rotten->damage[0].what,
              "record 2 (VoteRecord, slot 17) does not match its checksum; all below " + mark +
                  " was durable, says the head at " + mark + "; readable again from " + mark);

    files = disk.files();
    auto& file = files.at(Position{});
    std::copy_n(file.begin() + segment_head_bytes, group_head_bytes,
                file.begin() + static_cast<std::ptrdiff_t>(group.begin.value));
    const auto astray = recover(as_segments(files), {});
    ASSERT_TRUE(astray) << show(astray);
    EXPECT_EQ(astray->damage[0].what.find("the group of position 88 (a write that went astray)"),
              0U);
}

/// Goal: a promise is recovered whatever record or head of it is left.
/// Method: a promise in a record, in a vote, only in the head of a group whose records are bad, and
/// only in the heads of a segment and a group.
TEST(JournalRecovery, PromiseOutlivesItsRecord) {
    JournalDisk disk(100000);
    disk.start();
    disk.write({PromiseRecord{{3, NodeId{1}}}});
    disk.sync();
    EXPECT_EQ(recover(as_segments(disk.files()), {})->heads.promised, (Ballot{3, NodeId{1}}));
    disk.write({vote(1, 7, "x")});
    Files files = disk.files();
    EXPECT_EQ(recover(as_segments(files), {})->heads.promised, (Ballot{7, NodeId{2}}));
    files.at(Position{}).back() ^= std::byte{1};
    const auto torn = recover(as_segments(files), {});
    ASSERT_TRUE(torn);
    EXPECT_TRUE(torn->slots.empty());
    EXPECT_EQ(torn->heads.promised, (Ballot{7, NodeId{2}}));

    // In no record at all, as when the segments with the record are released.
    JournalWriter writer(JournalPlace{}, 100000);
    JournalAppend out;
    JournalHeads heads{.node = NodeId{1},
                       .incarnation = Incarnation{1},
                       .promised = {5, NodeId{1}},
                       .snapshot_through = Slot{}};
    for (const std::uint64_t round : {5U, 6U}) {
        heads.promised.round = round;
        JournalAppend next;
        writer.close_group(heads, next);
        out.bytes.insert(out.bytes.end(), next.bytes.begin(), next.bytes.end());
        const auto found = recover(as_segments({{Position{}, out.bytes}}), {});
        ASSERT_TRUE(found);
        EXPECT_EQ(found->heads, heads);
    }
}

/// Goal: what is known chosen stays so, and comes only from where it may.
/// Method: a decided slot that is voted on again; a watermark over votes; votes above it.
TEST(JournalRecovery, ChosenIsDecidedOrBelowTheWatermark) {
    JournalDisk disk(100000);
    disk.start();
    disk.write({vote(1, 1, "a"), vote(2, 1, "b"), WatermarkRecord{Slot{1}}, vote(3, 1, "c"),
                decided(4, 1, "d"), vote(4, 2, "d")});
    const auto found = recover(as_segments(disk.files()), {});
    ASSERT_TRUE(found);
    const auto slot = [](std::uint64_t number, std::uint64_t round, std::string_view value,
                         bool chosen) {
        return RecoveredSlot{.slot = Slot{number},
                             .ballot = {round, NodeId{2}},
                             .value = Value(as_bytes(value)),
                             .chosen = chosen};
    };
    EXPECT_EQ(found->watermark, Slot{1});
    EXPECT_EQ(found->slots, (std::vector{slot(1, 1, "a", true), slot(2, 1, "b", false),
                                         slot(3, 1, "c", false), slot(4, 2, "d", true)}));
}

/// Goal: a watermark that stands for a slot which nothing holds is damage.
/// Method: such a journal, which no node writes.
TEST(JournalRecovery, WatermarkOverNothingIsDamage) {
    JournalDisk disk(100000);
    disk.start();
    disk.write({vote(1, 1, "a"), vote(3, 1, "c"), WatermarkRecord{Slot{3}}});
    const auto found = recover(as_segments(disk.files()), {});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what.find("nothing holds slot 2"), 0U) << found.error().what;
}

/// Goal: a look at a durable file finds every bit that flipped, and nothing where none did.
/// Method: each bit of each segment, through where it is durable.
TEST(JournalScrub, FindsEveryFlippedBit) {
    const JournalDisk disk = small_journal();
    const Files& files = disk.files();
    for (auto file = files.begin(); file != files.end(); ++file) {
        ByteBuffer bytes = file->second;
        const auto following = std::next(file);
        const Position end = following == files.end() ? disk.writer().end() : following->first;
        EXPECT_FALSE(scrub({.begin = file->first, .bytes = bytes}, end));
        for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
            bytes[bit / 8] ^= std::byte{1} << (bit % 8);
            const auto found = scrub({.begin = file->first, .bytes = bytes}, end);
            ASSERT_TRUE(found) << bit;
            EXPECT_LE(found->at.value, file->first.value + bit / 8);
            bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        }
        bytes.pop_back();
        EXPECT_TRUE(scrub({.begin = file->first, .bytes = bytes}, end));
    }
}

}  // namespace
}  // namespace decree::journal_test
