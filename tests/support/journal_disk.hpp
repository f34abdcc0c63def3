#pragma once

/// A journal on a disk that tests can damage, and an oracle that says what recovery must make of
/// it.
///
/// The oracle knows what was written, unit by unit (a unit is a segment's head, or a group), and
/// compares bytes with what is there: it needs neither checksums nor the code under test. Its rule:
/// let M be the highest mark of the heads that are as written behind the first unit that is not.
/// What is not as written and begins at or above M ends the journal. What begins below M is
/// damage: the next unit whose head is as written goes on, or, if that begins above M, the journal
/// ends at M. All slots of which a unit before that head spoke are in doubt, unless it is known
/// without a gap what was chosen in them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/effects.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/record.hpp"
#include "core/journal/recovery.hpp"
#include "core/journal/writer.hpp"
#include "core/overload.hpp"
#include "core/print.hpp"

namespace decree::journal_test {

/// As README.md of core/journal says.
inline constexpr std::size_t segment_head_bytes = 88;
inline constexpr std::size_t group_head_bytes = 76;

/// Segment files by the position in their name.
using Files = std::map<Position, ByteBuffer>;

inline std::vector<SegmentBytes> as_segments(const Files& files) {
    std::vector<SegmentBytes> segments;
    for (const auto& [begin, bytes] : files) segments.push_back({.begin = begin, .bytes = bytes});
    return segments;
}

/// Something whole that was written.
struct Unit {
    Position begin;
    Position end;
    Position mark;
    Position segment;
    bool is_group{};
    JournalHeads heads;
    std::vector<Record> records;
};

/// A node's journal while it is written.
class JournalDisk {
public:
    explicit JournalDisk(std::uint64_t segment_bytes, NodeId node = NodeId{77})
        : segment_bytes_(segment_bytes), writer_(JournalPlace{}, segment_bytes) {
        heads_.node = node;
    }

    /// The node starts (again) on `files`, from which it recovered `from`: what it kept is durable,
    /// what it gave up is deleted. Torn bytes behind a kept segment stay, but say nothing any more.
    void start(const Recovered& from, const Files& files) {
        files_ = files;
        std::erase_if(files_, [&](const auto& file) { return file.first >= from.place.end; });
        for (auto& [begin, bytes] : files_) {
            const std::uint64_t kept = from.place.end.value - begin.value;
            for (std::uint64_t at = kept; at < bytes.size(); ++at) bytes[at] = std::byte{0x5A};
        }
        std::erase_if(units_, [&](const Unit& unit) { return unit.begin >= from.place.end; });
        std::erase_if(ends_, [&](Position end) { return end > from.place.end; });
        writer_ = JournalWriter(from.place, segment_bytes_);
        const NodeId node = heads_.node;
        heads_ = from.heads;
        heads_.node = node;
        ++heads_.incarnation.value;
        write({StartedRecord{.node = node, .incarnation = heads_.incarnation}});
    }
    void start() { start(Recovered{}, Files{}); }

    void write(const std::vector<Record>& records) {
        for (const Record& record : records) {
            std::visit([&](const auto& r) { writer_.add(r); }, record);
            follow(record);
        }
        JournalAppend out;
        writer_.close_group(heads_, out);
        if (out.starts_segment) {
            segment_ = out.begin;
            files_[segment_].clear();
            remember(out.begin, segment_head_bytes, false, {});
            remember(units_.back().end, out.bytes.size() - segment_head_bytes, true, records);
        } else {
            remember(out.begin, out.bytes.size(), true, records);
        }
        auto& file = files_[segment_];
        file.insert(file.end(), out.bytes.begin(), out.bytes.end());
        ends_.push_back(writer_.end());
    }
    void seal() { write({}); }

    /// All but the last `behind` appends are durable.
    void sync(std::size_t behind = 0) {
        if (ends_.size() > behind) writer_.durable(ends_[ends_.size() - 1 - behind]);
    }

    [[nodiscard]] const Files& files() const { return files_; }
    [[nodiscard]] const std::vector<Unit>& units() const { return units_; }
    [[nodiscard]] const JournalWriter& writer() const { return writer_; }
    [[nodiscard]] const JournalHeads& heads() const { return heads_; }

    /// What recovery must say of `files`, which are ours but for some damage; of that, only the
    /// positions. REQUIRES: no snapshot was written; the first file is there, if any.
    [[nodiscard]] Recovered judge(const Files& files) const;

private:
    void follow(const Record& record) {
        std::visit(Overload{[&](const PromiseRecord& r) {
                                heads_.promised = std::max(heads_.promised, r.ballot);
                            },
                            [&](const VoteRecord& r) {
                                heads_.promised = std::max(heads_.promised, r.ballot);
                            },
                            [&](const SnapshotRecord& r) { heads_.snapshot_through = r.through; },
                            [](const auto&) {}},
                   record);
    }
    void remember(Position begin, std::size_t size, bool is_group, std::vector<Record> records) {
        units_.push_back({.begin = begin,
                          .end = Position{begin.value + size},
                          .mark = writer_.durable(),
                          .segment = segment_,
                          .is_group = is_group,
                          .heads = heads_,
                          .records = std::move(records)});
    }

    std::uint64_t segment_bytes_;
    JournalWriter writer_;
    JournalHeads heads_;
    Position segment_;
    Files files_;
    std::vector<Unit> units_;
    std::vector<Position> ends_;  // Of appends.
};

/// What the units that were read say, the simplest way.
class Replay {
public:
    Recovered r;

    void take(const Unit& unit) {
        raise(unit);
        r.heads.node = unit.heads.node;
        r.place.end = unit.end;
        if (!unit.is_group) {
            name(unit.segment);
            return;
        }
        ++r.place.sequence;
        for (const Record& record : unit.records) {
            std::visit(
                Overload{[&](const VoteRecord& v) { keep(v.slot, v.ballot, v.value, false); },
                         [&](const DecidedRecord& d) { keep(d.slot, d.ballot, d.value, true); },
                         [&](const WatermarkRecord& w) { bless(w.through); }, [](const auto&) {}},
                record);
        }
    }
    void raise(const Unit& unit) {
        r.heads.promised = std::max(r.heads.promised, unit.heads.promised);
        r.heads.incarnation = std::max(r.heads.incarnation, unit.heads.incarnation);
    }
    /// A unit that is bad, though it was durable; `doubted`: what those before `next` speak of.
    void pass_over(const Unit& bad, const Unit& next, Slot doubted) {
        r.damage.push_back({.at = bad.begin, .what = ""});
        r.doubt_through = std::max(r.doubt_through, doubted);
        r.place.highest = std::max(r.place.highest, doubted);
        r.place.end = next.begin;
        r.heads.node = next.heads.node;
        passed_.clear();
    }
    void name(Position segment, Slot highest = {}) {
        if (r.place.segments.empty() || r.place.segments.back().begin != segment) {
            r.place.segments.push_back({.begin = segment, .highest = {}});
        }
        Slot& held = r.place.segments.back().highest;
        held = std::max(held, highest);
    }
    Recovered finish() {
        if (r.place.segments.empty()) return {};
        std::ranges::sort(r.slots, {}, &RecoveredSlot::slot);
        Slot known;
        for (const RecoveredSlot& slot : r.slots) {
            if (slot.chosen && slot.slot == next(known)) known = slot.slot;
        }
        if (r.watermark > known) r.doubt_through = std::max(r.doubt_through, r.watermark);
        r.watermark = std::min(r.watermark, known);
        if (r.doubt_through <= known) r.doubt_through = Slot{};
        return r;
    }

private:
    void keep(Slot slot, Ballot ballot, const Value& value, bool chosen) {
        r.place.segments.back().highest = std::max(r.place.segments.back().highest, slot);
        r.place.highest = std::max(r.place.highest, slot);
        auto at = std::ranges::find(r.slots, slot, &RecoveredSlot::slot);
        if (at == r.slots.end()) at = r.slots.insert(at, RecoveredSlot{});
        const bool known = chosen || at->chosen;
        *at = {.slot = slot, .ballot = ballot, .value = value, .chosen = known};
        passed_.push_back(slot);
    }
    // Not what stood before something that was passed over: newer records may be lost.
    void bless(Slot through) {
        r.watermark = std::max(r.watermark, through);
        for (RecoveredSlot& slot : r.slots) {
            const bool newest = std::ranges::find(passed_, slot.slot) != passed_.end();
            slot.chosen = slot.chosen || (slot.slot <= r.watermark && newest);
        }
    }

    std::vector<Slot> passed_;  // Slots of which something was read since.
};

namespace detail {
/// How many bytes of the unit, from its first, are as written.
inline std::size_t intact_bytes(const Unit& unit, const Files& written, const Files& found) {
    const auto file = found.find(unit.segment);
    if (file == found.end()) return 0;
    const auto& was = written.at(unit.segment);
    std::size_t at = unit.begin.value - unit.segment.value;
    std::size_t intact = 0;
    while (at < file->second.size() && intact < unit.end.value - unit.begin.value &&
           was[at] == file->second[at]) {
        ++at;
        ++intact;
    }
    return intact;
}

/// Whether a recovery that keeps all below `end` sees something there.
inline bool any_bytes_from(Position end, const Files& files) {
    for (auto file = files.begin(); file != files.end(); ++file) {
        if (file->first >= end) return true;
        const bool last = std::next(file) == files.end();
        if (last && file->first.value + file->second.size() > end.value) return true;
    }
    return false;
}
}  // namespace detail

inline Recovered JournalDisk::judge(const Files& files) const {
    struct Look {
        bool whole{};
        bool head{};
        Slot highest_before;
        std::uint64_t sequence{};
    };
    std::vector<Look> looks;
    Look look{.whole = true, .head = true, .highest_before = {}, .sequence = 1};
    std::optional<std::size_t> bad;
    Position mark;
    std::uint64_t last_sequence = 0;
    Replay replay;
    for (std::size_t i = 0; i < units_.size(); ++i) {
        const Unit& unit = units_[i];
        const std::size_t intact = detail::intact_bytes(unit, files_, files);
        look.whole = intact == unit.end.value - unit.begin.value;
        look.head = unit.is_group ? intact >= group_head_bytes : look.whole;
        looks.push_back(look);
        if (unit.is_group) ++look.sequence;
        for (const Record& record : unit.records) {
            const Slot slot =
                std::visit([](const auto& r) { return journal::slot_held(r); }, record);
            look.highest_before = std::max(look.highest_before, slot);
        }
        if (!look.whole && !bad) bad = i;
        if (bad && looks.back().head) {
            mark = std::max(mark, unit.mark);
            last_sequence = looks.back().sequence;
        }
    }
    Recovered& r = replay.r;
    r.place.sequence = 1;
    std::optional<Position> torn;
    for (std::size_t i = 0; i < units_.size() && !torn;) {
        if (looks[i].whole) {
            replay.take(units_[i++]);
            continue;
        }
        if (units_[i].begin >= mark) {
            torn = units_[i].begin;
            break;
        }
        const std::size_t first = i++;
        while (!looks[i].head) ++i;
        replay.pass_over(units_[first], units_[i], looks[i].highest_before);
        // All files that have a part of it are needed until what was in it is in a snapshot. A file
        // that is not there looks like an end that is missing to the one before.
        for (std::size_t k = first; k <= i; ++k) {
            Position segment = units_[k].segment;
            if (segment >= mark || (k == i && !units_[i].is_group)) continue;
            if (!files.contains(segment)) segment = r.place.segments.back().begin;
            replay.name(segment, looks[i].highest_before);
        }
        r.place.sequence = looks[i].sequence;
        if (units_[i].begin > mark) {
            r.place.end = mark;
            r.place.sequence = last_sequence + 1;
            torn = mark;
        }
    }
    for (std::size_t i = bad.value_or(units_.size()); i < units_.size(); ++i) {
        if (looks[i].head) replay.raise(units_[i]);
    }
    Recovered recovered = replay.finish();
    if (torn && detail::any_bytes_from(recovered.place.end, files)) {
        recovered.torn_at = recovered.place.end;
    }
    return recovered;
}

/// How results are shown.
inline std::string show(const std::expected<Recovered, Damage>& result) {
    return result ? describe(*result) : describe(result.error());
}

/// Nothing, when recovery says what the oracle says of `files`; else both.
inline std::optional<std::string> disagreement(const JournalDisk& disk, const Files& files) {
    auto found = recover(as_segments(files), {});
    const Recovered expected = disk.judge(files);
    if (found) {
        for (Damage& damage : found->damage) damage.what.clear();
        if (*found == expected) return std::nullopt;
    }
    return "found " + show(found) + "\nexpected " + describe(expected);
}

inline VoteRecord vote(std::uint64_t slot, std::uint64_t round, std::string_view value) {
    return {.slot = Slot{slot}, .ballot = {round, NodeId{2}}, .value = Value(as_bytes(value))};
}
inline DecidedRecord decided(std::uint64_t slot, std::uint64_t round, std::string_view value) {
    return {.slot = Slot{slot}, .ballot = {round, NodeId{2}}, .value = Value(as_bytes(value))};
}

}  // namespace decree::journal_test
