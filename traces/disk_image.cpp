#include "traces/disk_image.hpp"

#include <algorithm>

#include "core/overload.hpp"

namespace decree::traces {
namespace {

// `file` as stretches: (bytes as written, then other bytes in full) until all is there.
void put_file(std::size_t known, const FileView& file, Encoder& out) {
    const std::uint64_t size = file.bytes.size();
    const std::uint64_t as_written = std::min<std::uint64_t>(known, size);
    out.put_varint(size);
    const auto put_stretch = [&](std::uint64_t begin, std::uint64_t other, std::uint64_t end) {
        if (begin == end) return;
        out.put_varint(other - begin);
        out.put_varint(end - other);
        out.put_raw(file.bytes.subspan(other, end - other));
    };
    const std::uint64_t end = std::min(file.altered_end, as_written);
    const std::uint64_t begin = std::min(file.altered_begin, end);
    const std::uint64_t first = begin == end ? 0 : end;
    put_stretch(0, begin == end ? 0 : begin, first);
    put_stretch(first, as_written, size);
}

template <class Content>
std::size_t size_of(const Content* known) {
    return known == nullptr ? 0 : known->size();
}

ByteBuffer get_file(const Tape* tape, Decoder& in) {
    const Bytes known = tape == nullptr ? Bytes{} : tape->from(0);
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

template <class Content>
void WrittenFiles<Content>::wrote(const SnapshotWrite& write) {
    std::visit(
        Overload{[&](const SnapshotBegin& begin) { snapshots_[begin.through].clear(); },
                 [&](const SnapshotBytes& piece) { snapshots_[piece.through].put(piece.bytes); },
                 [&](const SnapshotCommit&) {
                     while (snapshots_.size() > 2) snapshots_.erase(snapshots_.begin());
                 }},
        write);
}

template <class Content>
void WrittenFiles<Content>::release(Position position) {
    released_before_ = std::exchange(released_, position);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const bool last = i + 1 == segments_.size();
        if (!last && segments_[i].end() <= released_before_.value) continue;
        if (kept != i) segments_[kept] = std::move(segments_[i]);
        ++kept;
    }
    segments_.resize(kept);
}

template <class Content>
const Content* WrittenFiles<Content>::find(Position begin) const {
    for (std::size_t i = segments_.size(); i > 0; --i) {
        if (segments_[i - 1].begin == begin) return &segments_[i - 1].content;
    }
    return nullptr;
}

template <class Content>
const Content* WrittenFiles<Content>::find(Slot through) const {
    const auto known = snapshots_.find(through);
    return known == snapshots_.end() ? nullptr : &known->second;
}

// Of two snapshot files of one name the later one counts.
template <class Content>
void WrittenFiles<Content>::become(const DiskView& disk) {
    *this = {};
    for (const auto& [begin, file] : disk.segments) {
        segments_.push_back({.begin = begin, .content = {}});
        segments_.back().content.put(file.bytes);
    }
    for (const auto& [through, file] : disk.snapshots) {
        snapshots_[through].clear();
        snapshots_[through].put(file.bytes);
    }
}

template class WrittenFiles<Extent>;
template class WrittenFiles<Tape>;

void put_disk(WrittenFiles<Extent>& written, const DiskView& disk, Encoder& out) {
    const auto put_files = [&](const auto& files) {
        out.put_varint(files.size());
        for (const auto& [name, file] : files) {
            out.put(name);
            put_file(size_of(written.find(name)), file, out);
        }
    };
    put_files(disk.segments);
    put_files(disk.snapshots);
    written.become(disk);
}

DiskImage get_disk(WrittenFiles<Tape>& written, Decoder& in) {
    DiskImage image;
    for (std::size_t left = in.get_count(); left > 0 && in.ok(); --left) {
        SegmentImage& segment = image.segments.emplace_back();
        in.get(segment.begin);
        segment.bytes = get_file(written.find(segment.begin), in);
    }
    for (std::size_t left = in.get_count(); left > 0 && in.ok(); --left) {
        SnapshotFileImage& file = image.snapshots.emplace_back();
        in.get(file.through);
        file.bytes = get_file(written.find(file.through), in);
    }
    if (in.ok()) written.become(view_of(image));
    return image;
}

DiskView view_of(const DiskImage& image) {
    const auto altered = [](const ByteBuffer& bytes) {
        return FileView{.bytes = bytes, .altered_begin = 0, .altered_end = bytes.size()};
    };
    DiskView view;
    for (const SegmentImage& each : image.segments) {
        view.segments.emplace_back(each.begin, altered(each.bytes));
    }
    for (const SnapshotFileImage& each : image.snapshots) {
        view.snapshots.emplace_back(each.through, altered(each.bytes));
    }
    return view;
}

}  // namespace decree::traces
