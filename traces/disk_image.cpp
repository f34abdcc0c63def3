#include "traces/disk_image.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/overload.hpp"

namespace decree::traces {
namespace {

std::size_t equal_stretch(Bytes a, Bytes b, std::size_t from) {
    const std::size_t end = std::min(a.size(), b.size());
    std::size_t at = from;
    for (const std::size_t chunk : {4096U, 64U}) {
        while (at + chunk <= end && std::memcmp(&a[at], &b[at], chunk) == 0) at += chunk;
    }
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

// The last segment of that name.
DiskMirror::Segment* DiskMirror::find(Position begin) {
    for (std::size_t i = segments_.size(); i > 0; --i) {
        if (segments_[i - 1].begin == begin) return &segments_[i - 1];
    }
    return nullptr;
}

// Nothing if none was written.
Bytes DiskMirror::written(Position begin) {
    const Segment* const known = find(begin);
    return known == nullptr ? Bytes{} : known->bytes.from(0);
}

Bytes DiskMirror::written(Slot through) const {
    const auto known = snapshots_.find(through);
    return known == snapshots_.end() ? Bytes{} : known->second.from(0);
}

void DiskMirror::put(const DiskView& disk, Encoder& out) {
    out.put_varint(disk.segments.size());
    for (const auto& segment : disk.segments) {
        out.put(segment.begin);
        put_patched(written(segment.begin), segment.bytes, out);
    }
    out.put_varint(disk.snapshots.size());
    for (const auto& file : disk.snapshots) {
        out.put(file.through);
        put_patched(written(file.through), file.bytes, out);
    }
    become(disk);
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
    if (in.ok()) become(view_of(image));
    return image;
}

void DiskMirror::become(const DiskView& disk) {
    become_segments(disk);
    become_snapshots(disk);
    released_ = Position{};
    released_before_ = Position{};
}

// A tape that holds `bytes`: the known one, if it does already, as most do.
Tape DiskMirror::tape_of(Tape* known, Bytes bytes) {
    const bool same = known != nullptr && known->size() == bytes.size() &&
                      equal_stretch(known->from(0), bytes, 0) == bytes.size();
    if (same) return std::move(*known);
    Tape tape = take_spare();
    tape.put(bytes);
    return tape;
}

void DiskMirror::become_segments(const DiskView& disk) {
    std::vector<Segment> now;
    for (const auto& segment : disk.segments) {
        Segment* const known = find(segment.begin);
        Tape tape = tape_of(known == nullptr ? nullptr : &known->bytes, segment.bytes);
        now.push_back({.begin = segment.begin, .bytes = std::move(tape)});
    }
    std::swap(segments_, now);
    for (Segment& old : now) give_spare(std::move(old.bytes));
}

// Of two files of one name the later one counts.
void DiskMirror::become_snapshots(const DiskView& disk) {
    std::map<Slot, Tape> now;
    for (const auto& file : disk.snapshots) {
        const auto known = snapshots_.find(file.through);
        now[file.through] =
            tape_of(known == snapshots_.end() ? nullptr : &known->second, file.bytes);
    }
    std::swap(snapshots_, now);
    for (auto& [through, old] : now) give_spare(std::move(old));
}

DiskView view_of(const DiskImage& image) {
    DiskView view;
    for (const SegmentImage& each : image.segments) {
        view.segments.push_back({.begin = each.begin, .bytes = each.bytes});
    }
    for (const SnapshotFileImage& each : image.snapshots) {
        view.snapshots.push_back({.through = each.through, .bytes = each.bytes});
    }
    return view;
}

}  // namespace decree::traces
