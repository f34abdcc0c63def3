#include "core/journal/writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/contract.hpp"
#include "core/digest.hpp"
#include "core/journal/frame.hpp"

namespace decree {
namespace {

using journal::GroupHead;
using journal::head_bytes;
using journal::SegmentHead;

}  // namespace

JournalWriter::JournalWriter(JournalPlace place, std::uint64_t segment_bytes)
    : place_(std::move(place)),
      durable_(place_.end),
      records_end_(place_.end),
      segment_bytes_(segment_bytes),
      seals_(place_.end == Position{}) {
    place_.sequence = std::max<std::uint64_t>(place_.sequence, 1);
}

template <class R>
void JournalWriter::add(const R& record) {
    if (pending_.empty()) begin_group();
    journal::append_record(record, pending_);
    ++pending_records_;
    pending_highest_ = std::max(pending_highest_, journal::slot_held(record));
}

template void JournalWriter::add(const StartedRecord&);
template void JournalWriter::add(const PromiseRecord&);
template void JournalWriter::add(const VoteRecord&);
template void JournalWriter::add(const DecidedRecord&);
template void JournalWriter::add(const WatermarkRecord&);
template void JournalWriter::add(const SnapshotRecord&);
template void JournalWriter::add(const FoundingRecord&);

bool JournalWriter::segment_due() const {
    if (!started_) return true;
    return place_.end.value - place_.segments.back().begin.value >= segment_bytes_;
}

void JournalWriter::begin_group() {
    pending_.resize((segment_due() ? head_bytes<SegmentHead> : 0) + head_bytes<GroupHead>);
}

void JournalWriter::store_segment_head(const JournalHeads& heads) {
    const SegmentHead head{.node = heads.node,
                           .incarnation = heads.incarnation,
                           .promised = heads.promised,
                           .snapshot_through = heads.snapshot_through,
                           .highest_before = place_.highest,
                           .begin = place_.end,
                           .sequence = place_.sequence,
                           .mark = durable_};
    journal::store_head(head, pending_.data());
    place_.segments.push_back({.begin = place_.end, .highest = Slot{}});
    started_ = true;
}

// The group's records begin at `body` in `pending_`.
void JournalWriter::finish_records(const JournalHeads& heads, std::size_t body) {
    const Position group{place_.end.value + body - head_bytes<GroupHead>};
    std::span<std::byte> rest = std::span(pending_).subspan(body);
    journal::RecordPlace place(heads.node, heads.incarnation, group);
    for (; place.index < pending_records_; ++place.index) {
        rest = rest.subspan(journal::finish_record(rest, place));
    }
}

Position JournalWriter::close_group(const JournalHeads& heads, JournalAppend& out) {
    ENSURE(out.bytes.empty(), "an append holds one step's group");
    if (pending_.empty()) begin_group();
    out.begin = place_.end;
    out.starts_segment = segment_due();
    if (out.starts_segment) store_segment_head(heads);

    const std::size_t head = out.starts_segment ? head_bytes<SegmentHead> : 0;
    const std::size_t body = head + head_bytes<GroupHead>;
    ENSURE(pending_.size() - body <= std::numeric_limits<std::uint32_t>::max(),
           "a group fits into 4 GiB");
    finish_records(heads, body);
    journal::store_head(GroupHead{.node = heads.node,
                                  .incarnation = heads.incarnation,
                                  .position = Position{place_.end.value + head},
                                  .sequence = place_.sequence,
                                  .mark = durable_,
                                  .promised = heads.promised,
                                  .highest_before = place_.highest,
                                  .body_bytes = static_cast<std::uint32_t>(pending_.size() - body),
                                  .records = pending_records_},
                        pending_.data() + head);

    seals_ = pending_records_ == 0 && durable_ == place_.end;
    Slot& highest = place_.segments.back().highest;
    highest = std::max(highest, pending_highest_);
    place_.highest = std::max(place_.highest, pending_highest_);
    place_.end.value += pending_.size();
    if (pending_records_ > 0) records_end_ = place_.end;
    ++place_.sequence;
    pending_records_ = 0;
    pending_highest_ = Slot{};
    out.bytes.swap(pending_);
    return place_.end;
}

void JournalWriter::durable(Position position) {
    ENSURE(position <= place_.end, "only what was written becomes durable");
    durable_ = std::max(durable_, position);
}

bool JournalWriter::sealed() const { return seals_ && !open() && durable_ == place_.end; }

Position JournalWriter::releasable(Slot trimmed_through) const {
    const auto& segments = place_.segments;
    if (segments.empty()) return place_.end;
    std::size_t first = 0;
    for (; first + 1 < segments.size(); ++first) {
        const bool needed = segments[first].highest > trimmed_through;
        // Until its head is durable, the segment behind does not repeat what this one promised.
        const std::uint64_t head_end = segments[first + 1].begin.value + head_bytes<SegmentHead>;
        if (needed || durable_.value < head_end) break;
    }
    return segments[first].begin;
}

void JournalWriter::released(Position position) {
    auto& segments = place_.segments;
    std::size_t gone = 0;
    while (gone + 1 < segments.size() && segments[gone + 1].begin <= position) ++gone;
    segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(gone));
}

std::uint64_t JournalWriter::digest() const {
    std::uint64_t digest = digest_of(place_);
    digest = digest_of(records_end_, digest_of(durable_, digest));
    digest = mix(mix(digest, segment_bytes_), pending_records_);
    digest = mix(digest, (started_ ? 1U : 0U) + (seals_ ? 2U : 0U));
    return digest_of(pending_highest_, digest_of(pending_, digest));
}

}  // namespace decree
