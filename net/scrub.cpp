#include "net/scrub.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "core/journal/scrub.hpp"
#include "net/folder.hpp"
#include "net/read_blocks.hpp"

namespace decree::net {
namespace {

bool is_gone(const std::string& path) { return ::access(path.c_str(), F_OK) != 0; }

// `bad` says of the bytes what is wrong with them. A file that was needed no more meanwhile is
// gone.
template <class Bad>
std::optional<std::string> examine(const std::string& path, Bad bad) {
    forget_cached(path);
    const auto file = read_blocks(path);
    if (!file) return is_gone(path) ? std::nullopt : std::optional(file.error());
    const std::optional<Damage> damage = bad(Bytes{file->bytes});
    if (!damage || is_gone(path)) return std::nullopt;
    return fmt::format("{}: {}{}", path, damage->what,
                       file->unreadable.empty() ? "" : ", and the disk cannot read all of it");
}

}  // namespace

Scrub::Scrub(std::string folder, const DiskContents& found, const Recovered& kept)
    : folder_(std::move(folder)) {
    for (auto at = found.segments.begin(); at != found.segments.end(); ++at) {
        const auto behind = std::next(at);
        const bool last = behind == found.segments.end() || kept.place.end < behind->first;
        const Position end = last ? kept.place.end : behind->first;
        if (scrub({.begin = at->first, .bytes = at->second}, end)) bad_segments_.insert(at->first);
    }
    for (const auto& [through, bytes] : found.snapshots) {
        const bool good = kept.snapshot && kept.snapshot->through == through;
        if (!good) bad_snapshots_.insert(through);
    }
}

std::optional<std::string> Scrub::look(Position durable) {
    const auto segments = files_in<Position>(folder_ + "/journal");
    if (!segments) return segments.error();
    for (auto at = segments->lower_bound(next_); at != segments->end(); ++at) {
        if (at->first >= durable) break;
        const auto behind = std::next(at);
        const bool last = behind == segments->end() || durable < behind->first;
        next_ = Position{at->first.value + 1};
        if (bad_segments_.contains(at->first)) continue;
        return look_at_segment(at->first, at->second, last ? durable : behind->first);
    }
    next_ = {};
    return look_at_snapshots();
}

std::optional<std::string> Scrub::look_at_segment(Position begin, const std::string& path,
                                                  Position end) const {
    return examine(path, [&](Bytes bytes) { return scrub({.begin = begin, .bytes = bytes}, end); });
}

std::optional<std::string> Scrub::look_at_snapshots() {
    const auto snapshots = files_in<Slot>(folder_ + "/snapshots");
    if (!snapshots) return snapshots.error();
    for (const auto& [through, path] : *snapshots) {
        if (bad_snapshots_.contains(through)) continue;
        const auto bad = examine(path, [&](Bytes bytes) {
            return scrub(SnapshotFileBytes{.through = through, .bytes = bytes});
        });
        if (bad) return bad;
    }
    return std::nullopt;
}

}  // namespace decree::net
