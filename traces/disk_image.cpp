#include "traces/disk_image.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/overload.hpp"

namespace decree::traces {
namespace {

ByteBuffer* find_last(std::vector<SegmentImage>& segments, Position begin) {
    for (std::size_t i = segments.size(); i > 0; --i) {
        if (segments[i - 1].begin == begin) return &segments[i - 1].bytes;
    }
    return nullptr;
}

std::size_t equal_stretch(Bytes a, Bytes b, std::size_t from) {
    const std::size_t end = std::min(a.size(), b.size());
    constexpr std::size_t chunk = 4096;
    std::size_t at = from;
    while (at + chunk <= end && std::memcmp(&a[at], &b[at], chunk) == 0) at += chunk;
    while (at < end && a[at] == b[at]) ++at;
    return at - from;
}

// The end of a stretch of differing bytes that begins at `from`: short equal stretches inside it
// cost more to tell apart than to repeat.
std::size_t end_of_difference(Bytes a, Bytes b, std::size_t from) {
    const std::size_t end = std::min(a.size(), b.size());
    std::size_t at = from;
    std::size_t equal = 0;
    while (at < end && equal < 4) {
        equal = a[at] == b[at] ? equal + 1 : 0;
        ++at;
    }
    return at < end || equal >= 4 ? at - equal : b.size();
}

// `bytes` as stretches of `known`: (equal bytes, then other bytes in full) until all is there.
void put_patched(Bytes known, Bytes bytes, Encoder& out) {
    out.put_varint(bytes.size());
    std::size_t at = 0;
    while (at < bytes.size()) {
        const std::size_t equal = equal_stretch(known, bytes, at);
        const std::size_t begin = at + equal;
        at = begin == bytes.size() ? begin : end_of_difference(known, bytes, begin);
        out.put_varint(equal);
        out.put_varint(at - begin);
        out.put_raw(bytes.subspan(begin, at - begin));
    }
}

ByteBuffer get_patched(Bytes known, Decoder& in) {
    const std::uint64_t size = in.get_varint();
    ByteBuffer bytes;
    while (in.ok() && bytes.size() < size) {
        const std::uint64_t equal = in.get_varint();
        const Bytes other = in.get_raw(in.get_varint());
        const std::size_t at = bytes.size();
        const bool empty = equal == 0 && other.empty();
        if (!in.ok()) return {};
        if (empty || at > known.size() || equal > known.size() - at) {
            in.fail("a stretch of what the node wrote");
            return {};
        }
        const Bytes same = known.subspan(at, equal);
        bytes.insert(bytes.end(), same.begin(), same.end());
        bytes.insert(bytes.end(), other.begin(), other.end());
    }
    if (in.ok() && bytes.size() != size) in.fail("stretches as long as the file");
    return bytes;
}

}  // namespace

void DiskMirror::wrote(const Effects& effects) {
    const JournalAppend& journal = effects.journal;
    if (!journal.bytes.empty()) {
        if (journal.starts_segment || segments_.empty()) {
            segments_.push_back({.begin = journal.begin, .bytes = {}});
        }
        ByteBuffer& bytes = segments_.back().bytes;
        bytes.insert(bytes.end(), journal.bytes.begin(), journal.bytes.end());
    }
    for (const SnapshotWrite& write : effects.snapshot) {
        std::visit(Overload{[&](const SnapshotBegin& begin) { snapshots_[begin.through].clear(); },
                            [&](const SnapshotBytes& piece) {
                                ByteBuffer& file = snapshots_[piece.through];
                                file.insert(file.end(), piece.bytes.begin(), piece.bytes.end());
                            },
                            [&](const SnapshotCommit&) {
                                while (snapshots_.size() > 2) snapshots_.erase(snapshots_.begin());
                            }},
                   write);
    }
    if (effects.release == released_) return;
    released_before_ = std::exchange(released_, effects.release);
    std::erase_if(segments_, [&](const SegmentImage& segment) {
        return segment.begin.value + segment.bytes.size() <= released_before_.value &&
               &segment != &segments_.back();
    });
}

void DiskMirror::put(const DiskImage& image, Encoder& out) {
    out.put_varint(image.segments.size());
    for (const SegmentImage& segment : image.segments) {
        const ByteBuffer* known = find_last(segments_, segment.begin);
        out.put(segment.begin);
        put_patched(known == nullptr ? Bytes{} : Bytes(*known), segment.bytes, out);
    }
    out.put_varint(image.snapshots.size());
    for (const SnapshotFileImage& file : image.snapshots) {
        const auto known = snapshots_.find(file.through);
        out.put(file.through);
        put_patched(known == snapshots_.end() ? Bytes{} : Bytes(known->second), file.bytes, out);
    }
    become(image);
}

DiskImage DiskMirror::get(Decoder& in) {
    DiskImage image;
    for (std::size_t left = in.get_count(); left > 0 && in.ok(); --left) {
        SegmentImage& segment = image.segments.emplace_back();
        in.get(segment.begin);
        const ByteBuffer* known = find_last(segments_, segment.begin);
        segment.bytes = get_patched(known == nullptr ? Bytes{} : Bytes(*known), in);
    }
    for (std::size_t left = in.get_count(); left > 0 && in.ok(); --left) {
        SnapshotFileImage& file = image.snapshots.emplace_back();
        in.get(file.through);
        const auto known = snapshots_.find(file.through);
        file.bytes = get_patched(known == snapshots_.end() ? Bytes{} : Bytes(known->second), in);
    }
    if (in.ok()) become(image);
    return image;
}

void DiskMirror::become(const DiskImage& image) {
    segments_ = image.segments;
    snapshots_.clear();
    for (const SnapshotFileImage& file : image.snapshots) snapshots_[file.through] = file.bytes;
    released_ = Position{};
    released_before_ = Position{};
}

}  // namespace decree::traces
