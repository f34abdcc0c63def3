#include "core/journal/segments.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace decree::journal {
namespace {

// Beyond this no journal reaches; sums of positions below it do not overflow.
constexpr Position furthest{std::uint64_t{1} << 62U};

std::expected<std::vector<SegmentBytes>, Damage> sorted(std::span<const SegmentBytes> found) {
    std::vector<SegmentBytes> segments(found.begin(), found.end());
    std::ranges::sort(segments, {}, &SegmentBytes::begin);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (segments[i].begin > furthest) {
            return std::unexpected(Damage{.at = segments[i].begin,
                                          .what = "a segment has the name of a position that no "
                                                  "journal reaches"});
        }
        if (i > 0 && segments[i - 1].begin == segments[i].begin) {
            return std::unexpected(
                Damage{.at = segments[i].begin, .what = "two segments begin here"});
        }
    }
    return segments;
}

// Keeps a segment unless one before it is of a later incarnation. Reads the heads.
std::expected<Segments, Damage> without_given_up(const std::vector<SegmentBytes>& sorted) {
    Segments segments;
    Incarnation newest;
    for (const SegmentBytes& found : sorted) {
        auto head = read_segment_head(found.bytes, found.begin);
        if (head) {
            if (segments.node.value_or(head->node) != head->node) {
                return std::unexpected(Damage{
                    .at = found.begin,
                    .what = "this segment is another node's: " + std::to_string(head->node.value) +
                            ", where others are of " + std::to_string(segments.node->value)});
            }
            segments.node = head->node;
            if (head->incarnation < newest) continue;
            newest = head->incarnation;
        }
        segments.list.push_back({.begin = found.begin,
                                 .end = Position{found.begin.value + found.bytes.size()},
                                 .bytes = found.bytes,
                                 .unreadable = found.unreadable,
                                 .head = std::move(head)});
    }
    return segments;
}

// Whose groups these are, where no segment's head can be read.
std::optional<NodeId> owner_of_groups(const std::vector<Segment>& list) {
    for (const Segment& segment : list) {
        for (std::size_t at = 0; at + head_bytes<GroupHead> <= segment.bytes.size(); ++at) {
            const Position position{segment.begin.value + at};
            const auto head = group_head_at(segment.bytes.subspan(at), position, std::nullopt);
            if (head) return head->node;
        }
    }
    return std::nullopt;
}

}  // namespace

std::expected<Segments, Damage> arrange(std::span<const SegmentBytes> found) {
    const auto in_order = sorted(found);
    if (!in_order) return std::unexpected(in_order.error());
    auto segments = without_given_up(*in_order);
    if (!segments) return segments;
    auto& list = segments->list;
    for (std::size_t i = 0; i + 1 < list.size(); ++i) {
        list[i].end = list[i + 1].begin;
        const std::uint64_t extent = list[i].end.value - list[i].begin.value;
        if (list[i].bytes.size() > extent) {
            list[i].bytes = list[i].bytes.first(static_cast<std::size_t>(extent));
        }
    }
    if (!segments->node) segments->node = owner_of_groups(list);
    return segments;
}

HeadSearch::HeadSearch(const Segments& segments, std::size_t segment, Position from)
    : segments_(segments), segment_(segment), at_(from) {}

std::optional<IntactHead> HeadSearch::next() {
    for (; segment_ < segments_.list.size(); ++segment_) {
        const Segment& segment = segments_.list[segment_];
        if (at_ <= segment.begin) {
            at_ = Position{segment.begin.value + 1};
            if (const auto& head = segment.head) {
                return IntactHead{.segment = segment_,
                                  .at = segment.begin,
                                  .begins_segment = true,
                                  .incarnation = head->incarnation,
                                  .sequence = head->sequence,
                                  .mark = head->mark,
                                  .promised = head->promised,
                                  .highest_before = head->highest_before};
            }
        }
        std::size_t at = static_cast<std::size_t>(at_.value - segment.begin.value);
        for (; at + head_bytes<GroupHead> <= segment.bytes.size(); ++at) {
            const Position position{segment.begin.value + at};
            const auto head = group_head_at(segment.bytes.subspan(at), position, segments_.node);
            if (!head) continue;
            at_ = Position{position.value + 1};
            return IntactHead{.segment = segment_,
                              .at = position,
                              .begins_segment = false,
                              .incarnation = head->incarnation,
                              .sequence = head->sequence,
                              .mark = head->mark,
                              .promised = head->promised,
                              .highest_before = head->highest_before};
        }
        at_ = Position{};
    }
    return std::nullopt;
}

Evidence evidence_behind(const Segments& segments, std::size_t segment, Position from) {
    Evidence evidence;
    HeadSearch search(segments, segment, from);
    while (const std::optional<IntactHead> head = search.next()) {
        if (head->mark > evidence.mark) {
            evidence.mark = head->mark;
            evidence.mark_at = head->at;
        }
        evidence.promised = std::max(evidence.promised, head->promised);
        evidence.incarnation = std::max(evidence.incarnation, head->incarnation);
        evidence.sequence = std::max(evidence.sequence, head->sequence);
    }
    return evidence;
}

}  // namespace decree::journal
