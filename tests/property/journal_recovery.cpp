#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/journal/recovery.hpp"
#include "core/journal/writer.hpp"
#include "tests/property/arbitrary.hpp"
#include "tests/support/journal_disk.hpp"

namespace decree::journal_test {
namespace {

std::uint64_t draw(std::uint64_t from, std::uint64_t below) {
    return *rc::gen::inRange(from, below);
}

/// One step's records, as a node could write them: a watermark only over slots that were written.
std::vector<Record> draw_records(std::set<std::uint64_t>& written) {
    std::vector<Record> records;
    for (std::uint64_t count = draw(0, 4); count > 0; --count) {
        const std::uint64_t slot = draw(1, 7);
        const Ballot ballot = *arbitrary::ballot();
        const Value value = *arbitrary::value();
        switch (draw(0, 4)) {
        case 0:
            records.emplace_back(PromiseRecord{ballot});
            break;
        case 1:
            records.emplace_back(DecidedRecord{Slot{slot}, ballot, value});
            written.insert(slot);
            break;
        case 2: {
            std::uint64_t through = 0;
            while (written.contains(through + 1)) ++through;
            records.emplace_back(WatermarkRecord{Slot{through}});
            break;
        }
        default:
            records.emplace_back(VoteRecord{Slot{slot}, ballot, value});
            written.insert(slot);
        }
    }
    return records;
}

void write_some(JournalDisk& disk, std::set<std::uint64_t>& written) {
    for (std::uint64_t count = draw(0, 8); count > 0; --count) {
        disk.write(draw_records(written));
        if (draw(0, 2) == 0) disk.sync(draw(0, 4));
    }
}

std::set<std::uint64_t> slots_of(const Recovered& recovered) {
    std::set<std::uint64_t> slots;
    for (const RecoveredSlot& slot : recovered.slots) slots.insert(slot.slot.value);
    return slots;
}

/// What a crash may leave of appends that were not durable: of each unit all, nothing, or torn.
Files crash(const JournalDisk& disk) {
    Files files = disk.files();
    for (const Unit& unit : disk.units()) {
        if (unit.begin < disk.writer().durable()) continue;
        auto& file = files.at(unit.segment);
        const std::uint64_t size = unit.end.value - unit.begin.value;
        const std::uint64_t first = std::vector<std::uint64_t>{size, 0, draw(0, size)}[draw(0, 3)];
        const auto at = static_cast<std::ptrdiff_t>(unit.begin.value - unit.segment.value + first);
        std::fill_n(file.begin() + at, size - first, std::byte{0});
    }
    // A file may also be shorter, or not there at all.
    for (auto file = files.begin(); file != files.end();) {
        const std::uint64_t durable = disk.writer().durable().value;
        const std::uint64_t needed = durable > file->first.value ? durable - file->first.value : 0;
        auto& bytes = file->second;
        if (bytes.size() > needed && draw(0, 3) == 0) bytes.resize(draw(needed, bytes.size()));
        const bool gone = needed == 0 && draw(0, 4) == 0;
        file = gone && file != files.begin() ? files.erase(file) : std::next(file);
    }
    return files;
}

/// Lives of a node: writes, crashes, recovers, and so on.
JournalDisk draw_journal() {
    JournalDisk disk(draw(1, 600));
    std::set<std::uint64_t> written;
    disk.start();
    write_some(disk, written);
    for (std::uint64_t crashes = draw(0, 3); crashes > 0; --crashes) {
        const Files left = crash(disk);
        const auto recovered = recover(as_segments(left), {});
        RC_ASSERT(recovered.has_value());
        disk.start(*recovered, left);
        written = slots_of(*recovered);
        write_some(disk, written);
    }
    return disk;
}

/// Goal: what was written comes back, whatever the sizes of segments and however often restarted.
/// Method: random lives; compare with a replay of what was written into the simplest structures.
RC_GTEST_PROP(JournalRecoveryProperty, WholeJournalComesBack, ()) {
    const JournalDisk disk = draw_journal();
    const auto wrong = disagreement(disk, disk.files());
    if (wrong) RC_FAIL(*wrong);
    const auto found = recover(as_segments(disk.files()), {});
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->place.end == disk.writer().end());
    RC_ASSERT(!found->torn_at.has_value());
    RC_ASSERT(found->heads.promised == disk.heads().promised);
    RC_ASSERT(found->heads.incarnation == disk.heads().incarnation);
}

/// Goal: a crash alone is never read as damage, and costs nothing that was durable.
/// Method: with marks that lag, lose, keep or tear each unit that was not durable.
RC_GTEST_PROP(JournalRecoveryProperty, CrashLosesOnlyWhatWasNotDurable, ()) {
    const JournalDisk disk = draw_journal();
    const Files left = crash(disk);
    const auto wrong = disagreement(disk, left);
    if (wrong) RC_FAIL(*wrong);
    const auto found = recover(as_segments(left), {});
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->place.end >= disk.writer().durable());
    RC_CLASSIFY(found->place.end < disk.writer().end(), "lost some");
    RC_CLASSIFY(found->torn_at.has_value(), "torn");
}

void spoil(Files& files) {
    auto file = files.begin();
    std::advance(file, draw(0, files.size()));
    auto& bytes = file->second;
    const std::uint64_t at = draw(0, bytes.size() + 1);
    const std::uint64_t size = draw(0, bytes.size() - at + 1);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (draw(0, 5)) {
    case 0:
        if (at < bytes.size()) bytes[at] ^= static_cast<std::byte>(1U << draw(0, 8));
        break;
    case 1:
        std::fill_n(begin, size, std::byte{0});
        break;
    case 2: {
        const std::uint64_t from = draw(0, bytes.size() - size + 1);
        const ByteBuffer copy(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                              bytes.begin() + static_cast<std::ptrdiff_t>(from + size));
        std::ranges::copy(copy, begin);
        break;
    }
    case 3:
        bytes.resize(at);
        break;
    default:
        if (file != files.begin()) files.erase(file);
    }
}

/// Goal: whatever happens to the bytes, recovery gives back what was written, cuts, or finds damage
/// exactly where the rule of the marks says.
/// Method: random damage of several kinds at once; compare with the oracle.
RC_GTEST_PROP(JournalRecoveryProperty, DamageIsFoundWhereTheMarksSay, ()) {
    const JournalDisk disk = draw_journal();
    Files files = disk.files();
    for (std::uint64_t count = draw(1, 4); count > 0; --count) spoil(files);
    const auto wrong = disagreement(disk, files);
    if (wrong) RC_FAIL(*wrong);
    const Recovered judged = disk.judge(files);
    RC_CLASSIFY(!judged.damage.empty(), "damage");
    RC_CLASSIFY(judged.damage.size() > 1, "damage in several places");
    RC_CLASSIFY(judged.doubt_through != Slot{}, "doubt");
    RC_CLASSIFY(judged.damage.empty() && files != disk.files(), "cut");
}

/// Goal: a segment is released exactly when nothing in it, or before it, is needed.
/// Method: compare with the definition, evaluated over everything that was written.
RC_GTEST_PROP(JournalWriterProperty, ReleasableMatchesItsDefinition, ()) {
    const JournalDisk disk = draw_journal();
    const Slot trimmed{draw(0, 8)};
    Position expected;
    bool needed = false;
    for (const Unit& unit : disk.units()) {
        if (!unit.is_group) {
            const bool head_durable = unit.end <= disk.writer().durable();
            if (!needed && head_durable) expected = unit.begin;
            needed = needed || !head_durable;
        }
        for (const Record& record : unit.records) {
            const auto* const vote = std::get_if<VoteRecord>(&record);
            const auto* const decided = std::get_if<DecidedRecord>(&record);
            needed = needed || (vote != nullptr && vote->slot > trimmed) ||
                     (decided != nullptr && decided->slot > trimmed);
        }
    }
    RC_ASSERT(disk.writer().releasable(trimmed) == expected);
}

/// Goal: a journal whose releasable segments are gone, with a snapshot in their place, is whole.
/// Method: promise a snapshot, release, delete; recover; nothing above the snapshot is missing.
RC_GTEST_PROP(JournalRecoveryProperty, ReleasedSegmentsAreNotMissed, ()) {
    JournalDisk disk = draw_journal();
    const Slot through{draw(1, 8)};
    disk.write({SnapshotRecord{through}});
    disk.sync();
    if (draw(0, 2) == 0) disk.seal();
    const Position release = disk.writer().releasable(through);
    ByteBuffer file;
    begin_snapshot_file(through, file);
    end_snapshot_file(through, 0, file);
    const std::vector<SnapshotFileBytes> snapshots{{.through = through, .bytes = file}};

    const auto whole = recover(as_segments(disk.files()), snapshots);
    Files kept = disk.files();
    std::erase_if(kept, [&](const auto& f) { return f.first < release; });
    auto found = recover(as_segments(kept), snapshots);
    RC_ASSERT(whole.has_value());
    if (!found) RC_FAIL(found.error().what);
    RC_ASSERT(found->heads == whole->heads);
    RC_ASSERT(found->place.end == whole->place.end);
    RC_ASSERT(found->place.sequence == whole->place.sequence);
    // A watermark may be forgotten with its segment: less is known chosen, but nothing is lost.
    RC_ASSERT(found->watermark <= whole->watermark);
    RC_ASSERT(found->slots.size() == whole->slots.size());
    for (std::size_t i = 0; i < found->slots.size(); ++i) {
        RC_ASSERT(found->slots[i].slot == whole->slots[i].slot);
        RC_ASSERT(found->slots[i].ballot == whole->slots[i].ballot);
        RC_ASSERT(found->slots[i].value == whole->slots[i].value);
    }
    RC_CLASSIFY(kept.size() < disk.files().size(), "released some");

    JournalWriter writer = disk.writer();
    writer.released(release);
    RC_ASSERT(writer.releasable(Slot{}) >= release);
    RC_ASSERT(writer.releasable(through) == disk.writer().releasable(through));
}

}  // namespace
}  // namespace decree::journal_test
