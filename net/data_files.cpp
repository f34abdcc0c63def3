#include "net/data_files.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include "core/overload.hpp"
#include "net/folder.hpp"
#include "net/newest.hpp"
#include "traces/file.hpp"

namespace decree::net {

std::string path_in(const std::string& folder, const DataFile& file) {
    const Overload part{[](Position begin) { return "journal/" + name_of(begin.value); },
                        [](Slot through) { return "snapshots/" + name_of(through.value); }};
    return fmt::format("{}/{}", folder, std::visit(part, file));
}

bool NeededFiles::has(const DataFile& file) const {
    return std::visit(Overload{[&](Position begin) { return segments.contains(begin); },
                               [&](Slot through) { return snapshot == through; }},
                      file);
}

Done give_back_room(const std::string& folder, const std::map<Position, ByteBuffer>& segments,
                    const JournalPlace& kept) {
    for (auto at = kept.segments.begin(); at != kept.segments.end(); ++at) {
        const bool last = std::next(at) == kept.segments.end();
        const std::uint64_t end = last ? kept.end.value : std::next(at)->begin.value;
        const auto found = segments.find(at->begin);
        if (found == segments.end() || end < at->begin.value) continue;
        const std::uint64_t used = end - at->begin.value;
        const Bytes bytes(found->second);
        if (used >= bytes.size()) continue;
        const auto unused = [](std::byte byte) { return byte == std::byte{0}; };
        if (!std::ranges::all_of(bytes.subspan(used), unused)) continue;
        const auto newest = kept_newest(folder);
        if (!newest) return std::unexpected(newest.error());
        if (*newest && (*newest)->begin == at->begin) {
            const NewestSegment shorter{.begin = at->begin, .bytes = used};
            if (Done kept_short = keep_newest(folder, shorter); !kept_short) return kept_short;
        }
        const std::string path = path_in(folder, at->begin);
        if (::truncate(path.c_str(), static_cast<off_t>(used)) != 0) {
            return std::unexpected(traces::file_failure("shorten", path, errno));
        }
    }
    return {};
}

}  // namespace decree::net
