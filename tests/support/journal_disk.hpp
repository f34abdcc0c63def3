#pragma once

/// A journal on a disk that tests can damage, and an oracle that says what recovery must make of
/// it.
///
/// The oracle knows what was written, unit by unit (a unit is a segment's head, or a group), and
/// compares bytes with what is there: it needs neither checksums nor the code under test. Its rule:
/// let P be the begin of the first unit that is not as written, and M the highest mark of the heads
/// behind it that are as written. P < M is damage at P; else the journal is what stands before P.

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
#include "core/journal/record.hpp"
#include "core/journal/recovery.hpp"
#include "core/journal/writer.hpp"
#include "core/overload.hpp"
#include "core/print.hpp"

namespace decree::journal_test {

/// As README.md of core/journal says.
inline constexpr std::size_t segment_head_bytes = 88;
inline constexpr std::size_t group_head_bytes = 56;

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

/// What recovery must say.
struct Verdict {
    std::optional<Position> damage;
    Recovered recovered;  ///< If there is no damage.
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

    /// What recovery must say of `files`, which are ours but for some damage. REQUIRES: no snapshot
    /// was written; the first file is there, if any.
    [[nodiscard]] Verdict judge(const Files& files) const;

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

/// Which slots a prefix of the journal holds, the simplest way.
inline void replay(const Unit& unit, Recovered& r) {
    r.heads.promised = std::max(r.heads.promised, unit.heads.promised);
    r.heads.incarnation = std::max(r.heads.incarnation, unit.heads.incarnation);
    r.heads.node = unit.heads.node;
    r.place.end = unit.end;
    if (!unit.is_group) {
        r.place.segments.push_back({.begin = unit.begin, .highest = {}});
        return;
    }
    ++r.place.sequence;
    const auto keep = [&](Slot slot, Ballot ballot, const Value& value, bool chosen) {
        r.place.segments.back().highest = std::max(r.place.segments.back().highest, slot);
        auto at = std::ranges::find(r.slots, slot, &RecoveredSlot::slot);
        if (at == r.slots.end()) at = r.slots.insert(at, RecoveredSlot{});
        *at = {.slot = slot, .ballot = ballot, .value = value, .chosen = chosen || at->chosen};
    };
    for (const Record& record : unit.records) {
        std::visit(Overload{[&](const VoteRecord& v) { keep(v.slot, v.ballot, v.value, false); },
                            [&](const DecidedRecord& d) { keep(d.slot, d.ballot, d.value, true); },
                            [&](const WatermarkRecord& w) {
                                r.watermark = std::max(r.watermark, w.through);
                            },
                            [](const auto&) {}},
                   record);
    }
}

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

inline Verdict JournalDisk::judge(const Files& files) const {
    Verdict verdict;
    Recovered& r = verdict.recovered;
    r.place.sequence = 1;
    Position mark;
    std::optional<Position> bad;
    for (const Unit& unit : units_) {
        const std::size_t intact = detail::intact_bytes(unit, files_, files);
        const bool whole = intact == unit.end.value - unit.begin.value;
        const bool head = unit.is_group ? intact >= group_head_bytes : whole;
        if (!whole && !bad) bad = unit.begin;
        if (!bad) {
            replay(unit, r);
        } else if (head) {
            mark = std::max(mark, unit.mark);
            r.heads.promised = std::max(r.heads.promised, unit.heads.promised);
            if (!unit.is_group) {
                r.heads.incarnation = std::max(r.heads.incarnation, unit.heads.incarnation);
            }
        }
    }
    if (bad && *bad < mark) verdict.damage = bad;
    if (r.place.segments.empty()) r = Recovered{};
    for (RecoveredSlot& slot : r.slots) slot.chosen = slot.chosen || slot.slot <= r.watermark;
    std::ranges::sort(r.slots, {}, &RecoveredSlot::slot);
    if (bad && detail::any_bytes_from(r.place.end, files)) r.torn_at = r.place.end;
    return verdict;
}

/// How results are shown.
inline std::string show(const std::expected<Recovered, Damage>& result) {
    return result ? describe(*result) : describe(result.error());
}

/// Nothing, when recovery says what the oracle says of `files`; else both.
inline std::optional<std::string> disagreement(const JournalDisk& disk, const Files& files) {
    const auto found = recover(as_segments(files), {});
    const Verdict verdict = disk.judge(files);
    const bool same = verdict.damage ? !found && found.error().at == *verdict.damage
                                     : found.has_value() && *found == verdict.recovered;
    if (same) return std::nullopt;
    return "found " + show(found) + "\nexpected " +
           (verdict.damage ? "damage at " + std::to_string(verdict.damage->value)
                           : describe(verdict.recovered));
}

inline VoteRecord vote(std::uint64_t slot, std::uint64_t round, std::string_view value) {
    return {.slot = Slot{slot}, .ballot = {round, NodeId{2}}, .value = Value(as_bytes(value))};
}
inline DecidedRecord decided(std::uint64_t slot, std::uint64_t round, std::string_view value) {
    return {.slot = Slot{slot}, .ballot = {round, NodeId{2}}, .value = Value(as_bytes(value))};
}

}  // namespace decree::journal_test
