#include "traces/disk_image.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/overload.hpp"

namespace decree::traces {
namespace {

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

void DiskMirror::note(const Effects& effects) {
    const JournalAppend& journal = effects.journal;
    if (!journal.bytes.empty()) {
        if (journal.starts_segment || segments_.empty()) {
            begin_segment(journal.begin);
        }
        segments_.back().bytes.put(journal.bytes);
    }
    for (const SnapshotWrite& write : effects.snapshot) {
        std::visit(Overload{[&](const SnapshotBegin& begin) {
                                const auto [file, fresh] = snapshots_.try_emplace(begin.through);
                                if (fresh) file->second = take_spare();
                                file->second.clear();
                            },
                            [&](const SnapshotBytes& piece) {
                                snapshots_[piece.through].put(piece.bytes);
                            },
                            [&](const SnapshotCommit&) {
                                while (snapshots_.size() > 2) {
                                    give_spare(std::move(snapshots_.begin()->second));
                                    snapshots_.erase(snapshots_.begin());
                                }
                            }},
                   write);
    }
    if (effects.release == released_) return;
    released_before_ = std::exchange(released_, effects.release);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const bool last = i + 1 == segments_.size();
        if (!last && segments_[i].end() <= released_before_.value) {
            give_spare(std::move(segments_[i].bytes));
        } else if (kept++ != i) {
            segments_[kept - 1] = std::move(segments_[i]);
        }
    }
    segments_.resize(kept);
}

void DiskMirror::begin_segment(Position begin) {
    segments_.push_back({.begin = begin, .bytes = take_spare()});
}

Tape DiskMirror::take_spare() {
    if (spare_.empty()) return {};
    Tape tape = std::move(spare_.back());
    spare_.pop_back();
    return tape;
}

void DiskMirror::give_spare(Tape&& tape) {
    constexpr std::size_t most = 4;
    if (spare_.size() >= most) return;
    tape.clear();
    spare_.push_back(std::move(tape));
}

// The last segment of that name; nothing if none was written.
Bytes DiskMirror::written(Position begin) const {
    for (std::size_t i = segments_.size(); i > 0; --i) {
        if (segments_[i - 1].begin == begin) return segments_[i - 1].bytes.from(0);
    }
    return {};
}

Bytes DiskMirror::written(Slot through) const {
    const auto known = snapshots_.find(through);
    return known == snapshots_.end() ? Bytes{} : known->second.from(0);
}

void DiskMirror::put(const DiskImage& image, Encoder& out) {
    out.put_varint(image.segments.size());
    for (const SegmentImage& segment : image.segments) {
        out.put(segment.begin);
        put_patched(written(segment.begin), segment.bytes, out);
    }
    out.put_varint(image.snapshots.size());
    for (const SnapshotFileImage& file : image.snapshots) {
        out.put(file.through);
        put_patched(written(file.through), file.bytes, out);
    }
    become(image);
}

DiskImage DiskMirror::get(Decoder& in) {
    DiskImage image;
    for (std::size_t left = in.get_count(); left > 0 && in.ok(); --left) {
        SegmentImage& segment = image.segments.emplace_back();
        in.get(segment.begin);
        segment.bytes = get_patched(written(segment.begin), in);
    }
    for (std::size_t left = in.get_count(); left > 0 && in.ok(); --left) {
        SnapshotFileImage& file = image.snapshots.emplace_back();
        in.get(file.through);
        file.bytes = get_patched(written(file.through), in);
    }
    if (in.ok()) become(image);
    return image;
}

void DiskMirror::become(const DiskImage& image) {
    segments_.clear();
    for (const SegmentImage& segment : image.segments) {
        begin_segment(segment.begin);
        segments_.back().bytes.put(segment.bytes);
    }
    snapshots_.clear();
    for (const SnapshotFileImage& file : image.snapshots) {
        Tape& known = snapshots_[file.through];
        known.clear();  // Two files of one name: the later one counts.
        known.put(file.bytes);
    }
    released_ = Position{};
    released_before_ = Position{};
}

}  // namespace decree::traces
