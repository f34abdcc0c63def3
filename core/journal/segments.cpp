#include "core/journal/segments.hpp"

#include <algorithm>
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
                                 .head = std::move(head)});
    }
    return segments;
}

void raise(Evidence& evidence, Position mark, Position mark_at, Ballot promised) {
    if (mark > evidence.mark) {
        evidence.mark = mark;
        evidence.mark_at = mark_at;
    }
    evidence.promised = std::max(evidence.promised, promised);
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
    return segments;
}

Evidence evidence_behind(const Segments& segments, std::size_t index, Position from) {
    Evidence evidence;
    for (; index < segments.list.size(); ++index) {
        const Segment& segment = segments.list[index];
        if (segment.head && segment.begin >= from) {
            raise(evidence, segment.head->mark, segment.begin, segment.head->promised);
            evidence.incarnation = std::max(evidence.incarnation, segment.head->incarnation);
        }
        const std::uint64_t first =
            from > segment.begin ? from.value - segment.begin.value : std::uint64_t{0};
        for (std::size_t at = static_cast<std::size_t>(first);
             at + head_bytes<GroupHead> <= segment.bytes.size(); ++at) {
            const Position position{segment.begin.value + at};
            const auto head = group_head_at(segment.bytes.subspan(at), position, segments.node);
            if (head) raise(evidence, head->mark, position, head->promised);
        }
    }
    return evidence;
}

}  // namespace decree::journal
