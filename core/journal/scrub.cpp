#include "core/journal/scrub.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "core/journal/frame.hpp"
#include "core/journal/group.hpp"
#include "core/journal/snapshot_file.hpp"

namespace decree {

std::optional<Damage> scrub(const SegmentBytes& segment, Position end) {
    const auto head = journal::read_segment_head(segment.bytes, segment.begin);
    if (!head) return Damage{.at = segment.begin, .what = head.error().what};
    std::uint64_t sequence = head->sequence;
    Position at{segment.begin.value + journal::head_bytes<journal::SegmentHead>};
    while (at < end) {
        const Bytes rest = segment.bytes.subspan(
            std::min<std::size_t>(segment.bytes.size(), at.value - segment.begin.value));
        const auto group = journal::read_group(rest, at, head->node);
        if (!group) return Damage{.at = at, .what = group.error().what};
        const bool follows =
            group->head.sequence == sequence++ && group->head.incarnation == head->incarnation;
        if (!follows) return Damage{.at = at, .what = "a group out of sequence"};
        at = group->end();
    }
    return std::nullopt;
}

std::optional<Damage> scrub(const SnapshotFileBytes& snapshot) {
    const auto image = read_snapshot_file(snapshot.bytes);
    if (!image) {
        return Damage{.at = Position{image.error().offset}, .what = image.error().what};
    }
    if (image->through == snapshot.through) return std::nullopt;
    return Damage{.at = Position{},
                  .what = "it is one through " + std::to_string(image->through.value)};
}

}  // namespace decree
