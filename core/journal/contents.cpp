#include "core/journal/contents.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

namespace decree::journal {
namespace {

std::string text(Position position) { return std::to_string(position.value); }
std::string text(Slot slot) { return std::to_string(slot.value); }

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

}  // namespace

void Contents::name_segment(Position begin) {
    const bool named = !place_.segments.empty() && place_.segments.back().begin == begin;
    if (!named) place_.segments.push_back({.begin = begin, .highest = Slot{}});
}

void Contents::begin_segment(const Segment& segment) {
    const SegmentHead& head = *segment.head;
    if (place_.segments.empty()) first_ = head;
    name_segment(segment.begin);
    place_.sequence = head.sequence;
    place_.end = Position{segment.begin.value + head_bytes<SegmentHead>};
    place_.highest = std::max(place_.highest, head.highest_before);
    read_incarnation_ = std::max(read_incarnation_, head.incarnation);
    raise(head.promised, head.incarnation);
    promise_snapshot(head.snapshot_through, segment.begin);
}

void Contents::add_group(const GroupHead& head, const std::vector<Record>& records) {
    read_incarnation_ = std::max(read_incarnation_, head.incarnation);
    raise(head.promised, head.incarnation);
    for (const Record& record : records) {
        std::visit([&](const auto& r) { add(r, head.position); }, record);
        const Slot held = std::visit([](const auto& r) { return slot_held(r); }, record);
        Slot& highest = place_.segments.back().highest;
        highest = std::max(highest, held);
        place_.highest = std::max(place_.highest, held);
    }
    place_.end.value = head.position.value + head_bytes<GroupHead> + head.body_bytes;
    place_.sequence = head.sequence + 1;
}

/// The segments in which something is bad stay needed until all that they may have held is in a
/// snapshot. So whoever starts again before that finds the same damage, and doubts the same slots.
void Contents::pass_over(const Segments& segments, std::size_t from, Damage damage,
                         const IntactHead& next) {
    ++passed_;
    doubt(next.highest_before);
    place_.highest = std::max(place_.highest, next.highest_before);
    for (std::size_t i = from; i <= next.segment; ++i) {
        const Position begin = segments.list[i].begin;
        if (begin == next.at) break;
        name_segment(begin);
        Slot& highest = place_.segments.back().highest;
        highest = std::max(highest, next.highest_before);
    }
    note(std::move(damage));
    place_.end = next.at;
    place_.sequence = next.sequence;
}

void Contents::end_at_mark(Position end, std::uint64_t sequence) {
    std::erase_if(place_.segments, [&](const auto& segment) { return segment.begin >= end; });
    place_.end = end;
    place_.sequence = sequence;
}

void Contents::raise(Ballot promised, Incarnation incarnation) {
    heads_.promised = std::max(heads_.promised, promised);
    heads_.incarnation = std::max(heads_.incarnation, incarnation);
}

void Contents::add(const StartedRecord& r, Position) { raise(Ballot{}, r.incarnation); }
void Contents::add(const PromiseRecord& r, Position) { raise(r.ballot, Incarnation{}); }
void Contents::add(const VoteRecord& r, Position) {
    raise(r.ballot, Incarnation{});
    keep(r.slot, r.ballot, r.value, false);
}
void Contents::add(const DecidedRecord& r, Position) { keep(r.slot, r.ballot, r.value, true); }

/// It speaks of the newest record of each slot. Where something was passed over since a slot's last
/// one was read, that may not be the newest: then it says nothing of what is there. Nor does it of
/// slots that a snapshot stands for: where that came from a peer, the journal may hold other votes.
void Contents::add(const WatermarkRecord& r, Position at) {
    if (r.through <= watermark_) return;
    auto it = slots_.upper_bound(std::max(watermark_, snapshot_promised_));
    for (; it != slots_.end() && it->first <= r.through; ++it) {
        if (it->second.passed == passed_) it->second.newest.chosen = true;
    }
    watermark_ = r.through;
    watermark_at_ = at;
}
void Contents::add(const SnapshotRecord& r, Position at) { promise_snapshot(r.through, at); }

/// It is stored once, and stands again in every segment: there is only one.
void Contents::add(const FoundingRecord& r, Position at) {
    charters_differ_ = charters_differ_ || (charter_ && *charter_ != r.charter);
    charter_ = r.charter;
    founded_ = founded_ || r.founded != 0;
    charter_at_ = at;
}

std::expected<std::optional<Charter>, Damage> Contents::charter() const {
    const auto refuse = [&](std::string what) {
        return std::unexpected(Damage{.at = charter_at_, .what = std::move(what)});
    };
    if (!charter_) return std::nullopt;
    if (charters_differ_) return refuse("a founding record where another one stood before");
    const auto charter = decode<Charter>(charter_->bytes());
    if (!charter) return refuse("no founding record: expected " + charter.error().what);
    if (auto bad = bad_charter(*charter)) return refuse(*std::move(bad));
    return *charter;
}

// What is chosen stays chosen: a later vote in its slot is for the same value.
void Contents::keep(Slot slot, Ballot ballot, const Value& value, bool chosen) {
    Kept& kept = slots_[slot];
    const bool known = chosen || kept.newest.chosen;
    kept = {.newest = {.slot = slot, .ballot = ballot, .value = value, .chosen = known},
            .passed = passed_};
}

void Contents::promise_snapshot(Slot through, Position at) {
    if (through <= snapshot_promised_) return;
    snapshot_promised_ = through;
    snapshot_promised_at_ = at;
}

void Contents::note(Damage damage) {
    constexpr std::size_t most = 16;  // For a person: more tell nothing more.
    if (damage_.size() < most) damage_.push_back(std::move(damage));
}

// All through the promised snapshot was chosen, and what it was is not here.
void Contents::note_missing_snapshot(Slot through, const std::string& refused) {
    if (through >= snapshot_promised_) return;
    doubt(snapshot_promised_);
    note({.at = Position{},
          .what = "the snapshot through slot " + text(snapshot_promised_) + ", promised at " +
                  text(snapshot_promised_at_) + ", is not there" + refused});
}

// Segments before the first one were released, or are lost: a snapshot must reach as far as they.
void Contents::note_missing_begin(Slot through, const std::string& refused) {
    if (!first_ || first_->begin == Position{} || first_->highest_before <= through) return;
    doubt(first_->highest_before);
    note({.at = Position{},
          .what = "the journal begins at " + text(first_->begin) +
                  ", and what it held before, through slot " + text(first_->highest_before) +
                  ", is in no snapshot" + refused});
}

/// The last slot of which, without a gap behind `through`, it is known what was chosen.
Slot Contents::known_from(Slot through) const {
    Slot known = through;
    for (auto it = slots_.upper_bound(through); it != slots_.end(); ++it) {
        if (it->first != decree::next(known) || !it->second.newest.chosen) break;
        known = it->first;
    }
    return known;
}

std::expected<Recovered, Damage> Contents::finish(NodeId node,
                                                  std::span<const SnapshotFileBytes> snapshots) && {
    BestSnapshot best = best_snapshot(snapshots);
    const Slot through = best.image ? best.image->through : Slot{};
    note_missing_snapshot(through, best.refused);
    note_missing_begin(through, best.refused);
    const Slot known = known_from(through);
    if (watermark_ > known) {
        if (damage_.empty()) {
            return std::unexpected(Damage{.at = watermark_at_,
                                          .what = "nothing holds slot " +
                                                  text(decree::next(known)) +
                                                  ", although all through " + text(watermark_) +
                                                  " are said here to be known chosen"});
        }
        doubt(watermark_);
    }
    const auto charter = this->charter();
    if (!charter) return std::unexpected(charter.error());
    heads_.node = node;
    heads_.snapshot_through = through;
    Recovered recovered{.heads = heads_,
                        .watermark = std::min(std::max(watermark_, through), known),
                        .slots = {},
                        .snapshot = std::move(best.image),
                        .place = std::move(place_),
                        .torn_at = std::nullopt,
                        .damage = std::move(damage_),
                        .doubt_through = doubt_through_ > known ? doubt_through_ : Slot{},
                        .charter = *charter,
                        .founded = founded_};
    for (auto& [slot, kept] : slots_) {
        if (slot > through) recovered.slots.push_back(std::move(kept.newest));
    }
    return recovered;
}

}  // namespace decree::journal
