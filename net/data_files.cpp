#include "net/data_files.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "core/node_name.hpp"
#include "core/overload.hpp"
#include "net/folder.hpp"
#include "net/newest.hpp"
#include "traces/file.hpp"

namespace decree::net {
namespace {

namespace fs = std::filesystem;

bool is_missing(const std::string& path) {
    std::error_code other;
    return fs::status(path, other).type() == fs::file_type::not_found;
}

bool has_numbered_files(const std::string& folder) {
    const auto files = files_by_number(folder);
    return files && !files->empty();
}

// As the second line of the file `node` says.
std::string whose(const std::string& folder) {
    const auto bytes = traces::read_file(folder + "/node");
    if (!bytes) return {};
    std::string_view text = as_text(*bytes);
    text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
    const auto node = parse_node_name(text.substr(0, text.find('\n')));
    return node ? node_name(*node) : std::string();
}

}  // namespace

std::optional<MissingPart> missing_part(const std::string& folder) {
    const std::string node = folder + "/node";
    const std::string journal = folder + "/journal";
    const std::string snapshots = folder + "/snapshots";
    std::string missing;
    if (is_missing(node)) {
        // It is made last, so before anything is in those.
        if (has_numbered_files(journal) || has_numbered_files(snapshots)) missing = node;
    } else if (is_missing(journal)) {
        missing = journal;
    } else if (is_missing(snapshots)) {
        missing = snapshots;
    }
    if (missing.empty()) return std::nullopt;
    return MissingPart{.node = whose(folder),
                       .what = missing + " is missing",
                       .advice =
                           "put it back from a copy, or keep the folder, and start with an "
                           "empty one as a new node"};
}

Done has_all_parts(const std::string& folder) {
    const auto missing = missing_part(folder);
    if (!missing) return {};
    return std::unexpected(fmt::format("cannot use {}: the folder of {} is damaged: {}; {}", folder,
                                       missing->node.empty() ? "a node" : "node " + missing->node,
                                       missing->what, missing->advice));
}

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
    const auto newest = kept_newest(folder);
    if (!newest) return std::unexpected(newest.error());
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
