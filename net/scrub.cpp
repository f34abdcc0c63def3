#include "net/scrub.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "core/journal/scrub.hpp"
#include "net/read_blocks.hpp"

namespace decree::net {

Scrub::Scrub(std::string folder, const DiskContents& found, const Recovered& kept)
    : folder_(std::move(folder)) {
    const auto& segments = kept.place.segments;
    for (auto at = segments.begin(); at != segments.end(); ++at) {
        const auto behind = std::next(at);
        const Position end = behind == segments.end() ? kept.place.end : behind->begin;
        const SegmentBytes segment{.begin = at->begin, .bytes = found.segments.at(at->begin)};
        if (scrub(segment, end)) bad_segments_.insert(at->begin);
    }
}

std::optional<BadFile> Scrub::look(const NeededFiles& needed, Position durable) {
    if (auto missing = find_missing(needed, durable)) return missing;
    const auto& segments = needed.segments;
    for (auto at = segments.lower_bound(next_); at != segments.end() && *at < durable; ++at) {
        const Position begin = *at;
        const auto behind = std::next(at);
        const Position end = behind == segments.end() ? durable : std::min(*behind, durable);
        next_ = Position{begin.value + 1};
        if (bad_segments_.contains(begin)) continue;
        return examine(begin, [&](Bytes bytes) {
            return scrub(SegmentBytes{.begin = begin, .bytes = bytes}, end);
        });
    }
    next_ = {};
    if (!needed.snapshot) return std::nullopt;
    return examine(*needed.snapshot, [&](Bytes bytes) {
        return scrub(SnapshotFileBytes{.through = *needed.snapshot, .bytes = bytes});
    });
}

/// All of them in each look: to ask for a name costs next to nothing, and one that is gone may take
/// others with it.
std::optional<BadFile> Scrub::find_missing(const NeededFiles& needed, Position durable) const {
    const auto missing = [this](const DataFile& file) -> std::optional<BadFile> {
        const std::string path = path_in(folder_, file);
        if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) return std::nullopt;
        return BadFile{.file = file, .what = path + ": the file is missing"};
    };
    for (const Position begin : needed.segments) {
        if (begin >= durable) break;
        if (auto bad = missing(begin)) return bad;
    }
    return needed.snapshot ? missing(*needed.snapshot) : std::nullopt;
}

template <class Bad>
std::optional<BadFile> Scrub::examine(const DataFile& file, Bad bad) const {
    const std::string path = path_in(folder_, file);
    forget_cached(path);
    const auto read = read_blocks(path);
    if (!read) return BadFile{.file = file, .what = read.error()};
    const std::optional<Damage> damage = bad(Bytes{read->bytes});
    if (!damage) return std::nullopt;
    const char* const unreadable =
        read->unreadable.empty() ? "" : ", and the disk cannot read all of it";
    return BadFile{.file = file, .what = fmt::format("{}: {}{}", path, damage->what, unreadable)};
}

}  // namespace decree::net
