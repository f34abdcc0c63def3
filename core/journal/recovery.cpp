#include "core/journal/recovery.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "core/journal/frame.hpp"
#include "core/journal/record.hpp"
#include "core/journal/segments.hpp"
#include "core/overload.hpp"

namespace decree {
namespace {

using journal::Evidence;
using journal::GroupHead;
using journal::head_bytes;
using journal::Segment;
using journal::SegmentHead;
using journal::Segments;
using journal::Unreadable;

std::string text(Position position) { return std::to_string(position.value); }
std::string text(Slot slot) { return std::to_string(slot.value); }

// What the intact records say so far.
class Contents {
public:
    void begin_segment(const Segment& segment) {
        const SegmentHead& head = *segment.head;
        if (place_.segments.empty()) first_ = head;
        place_.segments.push_back({.begin = segment.begin, .highest = Slot{}});
        place_.sequence = head.sequence;
        place_.end = Position{segment.begin.value + head_bytes<SegmentHead>};
        heads_.node = head.node;
        raise(head.promised, head.incarnation);
        promise_snapshot(head.snapshot_through, segment.begin);
    }

    void add_group(const GroupHead& head, const std::vector<Record>& records) {
        raise(head.promised, Incarnation{});
        for (const Record& record : records) {
            std::visit([&](const auto& r) { add(r, head.position); }, record);
            const Slot held =
                std::visit([](const auto& r) { return journal::slot_held(r); }, record);
            Slot& highest = place_.segments.back().highest;
            highest = std::max(highest, held);
        }
        place_.end.value = head.position.value + head_bytes<GroupHead> + head.body_bytes;
        place_.sequence = head.sequence + 1;
    }

    void raise(Ballot promised, Incarnation incarnation) {
        heads_.promised = std::max(heads_.promised, promised);
        heads_.incarnation = std::max(heads_.incarnation, incarnation);
    }

    [[nodiscard]] const JournalPlace& place() const { return place_; }
    [[nodiscard]] std::expected<Recovered, Damage> finish(
        std::span<const SnapshotFileBytes> snapshots) &&;

private:
    void add(const StartedRecord& r, Position) { raise(Ballot{}, r.incarnation); }
    void add(const PromiseRecord& r, Position) { raise(r.ballot, Incarnation{}); }
    void add(const VoteRecord& r, Position) {
        raise(r.ballot, Incarnation{});
        keep(r.slot, r.ballot, r.value, false);
    }
    void add(const DecidedRecord& r, Position) { keep(r.slot, r.ballot, r.value, true); }
    void add(const WatermarkRecord& r, Position at) {
        if (r.through <= watermark_) return;
        watermark_ = r.through;
        watermark_at_ = at;
    }
    void add(const SnapshotRecord& r, Position at) { promise_snapshot(r.through, at); }

    // What is chosen stays chosen: a later vote in its slot is for the same value.
    void keep(Slot slot, Ballot ballot, const Value& value, bool chosen) {
        RecoveredSlot& kept = slots_[slot];
        kept = {.slot = slot, .ballot = ballot, .value = value, .chosen = chosen || kept.chosen};
    }
    void promise_snapshot(Slot through, Position at) {
        if (through <= snapshot_promised_) return;
        snapshot_promised_ = through;
        snapshot_promised_at_ = at;
    }

    [[nodiscard]] std::optional<Damage> missing_before_first(Slot snapshot) const;
    [[nodiscard]] std::optional<Damage> missing_below_watermark(Slot snapshot) const;

    JournalHeads heads_;
    JournalPlace place_;
    SegmentHead first_;
    std::map<Slot, RecoveredSlot> slots_;
    Slot watermark_;
    Position watermark_at_;
    Slot snapshot_promised_;
    Position snapshot_promised_at_;
};

// A place that cannot be read.
struct Bad {
    std::size_t segment{};
    Position at;
    Unreadable why;
};

// Reads the journal from its begin to its end or to the first bad place, whichever comes first.
class Reader {
public:
    Reader(const Segments& segments, Contents& contents)
        : segments_(segments), contents_(contents) {}

    std::optional<Bad> read() {
        for (; index_ < segments_.list.size(); ++index_) {
            if (std::optional<Bad> bad = read_segment(segments_.list[index_])) return bad;
        }
        return std::nullopt;
    }

private:
    [[nodiscard]] Bad bad(Position at, Unreadable why) const {
        return {.segment = index_, .at = at, .why = std::move(why)};
    }

    std::optional<Bad> read_segment(const Segment& segment) {
        if (!segment.head) return bad(segment.begin, segment.head.error());
        const bool first = index_ == 0;
        // Positions join because a segment is read to its end, which is the next one's begin.
        const std::uint64_t expected = first ? segment.head->sequence : contents_.place().sequence;
        if (segment.head->sequence != expected) {
            return bad(segment.begin, {.what = "a segment out of sequence"});
        }
        contents_.begin_segment(segment);
        while (contents_.place().end < segment.end) {
            const Position at = contents_.place().end;
            const Bytes rest = segment.bytes.subspan(
                std::min<std::size_t>(segment.bytes.size(), at.value - segment.begin.value));
            if (rest.empty()) {
                return bad(
                    at, {.what = "the bytes from here to " + text(segment.end) + " are missing"});
            }
            if (auto read = read_group(*segment.head, at, rest); !read) {
                return bad(at, std::move(read.error()));
            }
        }
        return std::nullopt;
    }

    // The group with which `rest` begins, to the last record, before anything of it counts.
    std::expected<void, Unreadable> read_group(const SegmentHead& segment, Position at,
                                               Bytes rest) {
        const auto refuse = [](std::string what) {
            return std::unexpected(Unreadable{.what = std::move(what)});
        };
        const auto head = journal::group_head_at(rest, at, segment.node);
        if (!head) return refuse(journal::why_no_group_head(rest, at, segment.node));
        if (head->sequence != contents_.place().sequence) return refuse("a group out of sequence");
        Bytes body = rest.subspan(head_bytes<GroupHead>);
        if (head->body_bytes > body.size()) return refuse("the bytes end inside a group");
        body = body.first(head->body_bytes);
        std::vector<Record> records;
        journal::RecordPlace place(segment.node, segment.incarnation, at);
        for (; place.index < head->records; ++place.index) {
            auto record = journal::read_record(body, place);
            if (!record) return std::unexpected(std::move(record.error()));
            records.push_back(*std::move(record));
        }
        if (!body.empty()) return refuse("bytes behind the last record of a group");
        contents_.add_group(*head, records);
        return {};
    }

    const Segments& segments_;
    Contents& contents_;
    std::size_t index_ = 0;
};

// The newest snapshot that is whole, and what was wrong with newer ones.
struct BestSnapshot {
    std::optional<SnapshotImage> image;
    std::string refused;
};

BestSnapshot best_snapshot(std::span<const SnapshotFileBytes> found) {
    std::multimap<Slot, Bytes, std::greater<>> newest_first;
    for (const SnapshotFileBytes& file : found) newest_first.emplace(file.through, file.bytes);
    BestSnapshot best;
    for (const auto& [through, bytes] : newest_first) {
        auto image = read_snapshot_file(bytes);
        if (image && image->through == through) {
            best.image = *std::move(image);
            break;
        }
        best.refused += "; the file through " + text(through) + " is bad: ";
        best.refused +=
            image ? "it is one through " + text(image->through)
                  : image.error().what + " at byte " + std::to_string(image.error().offset);
    }
    return best;
}

// Segments before the first one were released, or are lost: a snapshot must reach as far as they.
std::optional<Damage> Contents::missing_before_first(Slot snapshot) const {
    if (first_.begin == Position{} || first_.highest_before <= snapshot) return std::nullopt;
    return Damage{.at = Position{},
                  .what = "the journal begins at " + text(first_.begin) +
                          ", and what it held before, through slot " + text(first_.highest_before) +
                          ", is in no snapshot"};
}

std::optional<Damage> Contents::missing_below_watermark(Slot snapshot) const {
    if (watermark_ <= snapshot) return std::nullopt;
    Slot expected = next(snapshot);
    for (auto it = slots_.lower_bound(expected); it != slots_.end(); ++it) {
        if (expected > watermark_ || it->first != expected) break;
        expected = next(expected);
    }
    if (expected > watermark_) return std::nullopt;
    return Damage{.at = watermark_at_,
                  .what = "nothing holds slot " + text(expected) + ", although all through " +
                          text(watermark_) + " are said here to be known chosen"};
}

std::expected<Recovered, Damage> Contents::finish(std::span<const SnapshotFileBytes> snapshots) && {
    BestSnapshot best = best_snapshot(snapshots);
    const Slot through = best.image ? best.image->through : Slot{};
    if (through < snapshot_promised_) {
        return std::unexpected(Damage{
            .at = Position{},
            .what = "the snapshot through slot " + text(snapshot_promised_) + ", promised at " +
                    text(snapshot_promised_at_) + ", is not there" + best.refused});
    }
    if (auto damage = missing_before_first(through)) {
        damage->what += best.refused;
        return std::unexpected(*std::move(damage));
    }
    if (auto damage = missing_below_watermark(through)) return std::unexpected(*std::move(damage));
    Recovered recovered{.heads = heads_,
                        .watermark = std::max(watermark_, through),
                        .slots = {},
                        .snapshot = std::move(best.image),
                        .place = std::move(place_),
                        .torn_at = std::nullopt};
    recovered.heads.snapshot_through = through;
    for (auto& [slot, kept] : slots_) {
        if (slot <= through) continue;
        kept.chosen = kept.chosen || slot <= watermark_;
        recovered.slots.push_back(std::move(kept));
    }
    return recovered;
}

// Whether what is bad may be cut: nothing that it hides was ever durable, as far as can be known.
std::optional<Damage> durable_once(const Segments& segments, const Bad& bad,
                                   const Evidence& evidence) {
    const auto damage = [&](const std::string& how) {
        return Damage{.at = bad.at, .what = bad.why.what + how};
    };
    if (bad.why.foreign) return damage("");
    if (bad.at < evidence.mark) {
        return damage("; all below " + text(evidence.mark) + " was durable, says the head at " +
                      text(evidence.mark_at));
    }
    // A segment is released only when the head of a later one is durable.
    const Position first = segments.list.front().begin;
    if (bad.at == first && first != Position{}) {
        return damage("; nothing readable is left of the journal before it");
    }
    return std::nullopt;
}

// Whether the first segment is missing, and nothing says that anything was ever durable: a power
// loss before the first sync ended may take one file and leave a later one.
bool never_durable(const Segments& segments) {
    if (segments.list.empty() || segments.list.front().begin == Position{}) return false;
    const auto vouches = [](const Segment& segment) {
        return segment.head && segment.head->mark != Position{};
    };
    if (std::ranges::any_of(segments.list, vouches)) return false;
    const bool readable = std::ranges::any_of(
        segments.list, [](const Segment& segment) { return segment.head.has_value(); });
    return readable &&
           journal::evidence_behind(segments, 0, segments.list.front().begin).mark == Position{};
}

}  // namespace

std::expected<Recovered, Damage> recover(std::span<const SegmentBytes> segments,
                                         std::span<const SnapshotFileBytes> snapshots) {
    const auto arranged = journal::arrange(segments);
    if (!arranged) return std::unexpected(arranged.error());
    Contents contents;
    if (snapshots.empty() && never_durable(*arranged)) {
        Recovered nothing;
        nothing.torn_at = Position{};
        return nothing;
    }
    const std::optional<Bad> bad = Reader(*arranged, contents).read();
    if (bad) {
        const Evidence evidence = journal::evidence_behind(*arranged, bad->segment, bad->at);
        if (auto damage = durable_once(*arranged, *bad, evidence)) {
            return std::unexpected(*std::move(damage));
        }
        // The records behind the cut are given up, but not what their heads repeat: a higher
        // promise or incarnation is always safe, and either may have been shown to somebody if
        // what is bad here was durable, and rotted before it was sealed.
        if (!contents.place().segments.empty()) {
            contents.raise(evidence.promised, evidence.incarnation);
        }
    }
    if (contents.place().segments.empty()) {
        if (!snapshots.empty()) {
            return std::unexpected(
                Damage{.at = Position{}, .what = "there is a snapshot, but no journal"});
        }
        Recovered nothing;
        if (bad) nothing.torn_at = bad->at;
        return nothing;
    }
    auto recovered = std::move(contents).finish(snapshots);
    if (recovered && bad) recovered->torn_at = bad->at;
    return recovered;
}

}  // namespace decree
