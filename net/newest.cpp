#include "net/newest.hpp"

#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "net/data_files.hpp"
#include "net/folder.hpp"
#include "traces/file.hpp"

namespace decree::net {
namespace {

constexpr std::string_view newest_format = "decree newest segment, format 1\n";

std::string newest_file(const std::string& folder) { return folder + "/newest"; }

// Takes a number and what ends it from the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text, char end) {
    std::uint64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || rest == last || *rest != end) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
    return number;
}

}  // namespace

std::expected<std::optional<NewestSegment>, std::string> kept_newest(const std::string& folder) {
    std::error_code none;
    if (!std::filesystem::exists(newest_file(folder), none)) return std::nullopt;
    const auto bytes = traces::read_file(newest_file(folder));
    if (!bytes) return std::unexpected(bytes.error());
    std::string_view text = as_text(*bytes);
    if (text.starts_with(newest_format)) {
        text.remove_prefix(newest_format.size());
        const auto begin = take_number(text, ' ');
        const auto size = begin ? take_number(text, '\n') : std::nullopt;
        if (size && text.empty()) return NewestSegment{.begin = Position{*begin}, .bytes = *size};
    }
    return std::unexpected(
        fmt::format("cannot use {}: it does not say how far the journal reaches; put the file back "
                    "from a copy, or keep the folder, and start with an empty one as a new node",
                    newest_file(folder)));
}

std::expected<void, std::string> keep_newest(const std::string& folder,
                                             const NewestSegment& newest) {
    const std::string text =
        fmt::format("{}{} {}\n", newest_format, newest.begin.value, newest.bytes);
    return keep_file(folder, "newest", as_bytes(text));
}

std::expected<std::optional<Damage>, std::string> lost_end(
    const std::string& folder, const std::map<Position, ByteBuffer>& segments) {
    const auto newest = kept_newest(folder);
    if (!newest) return std::unexpected(newest.error());
    // A process may have died before it could keep that there is a newer one.
    if (!*newest || segments.upper_bound((*newest)->begin) != segments.end()) return std::nullopt;
    const std::string path = path_in(folder, (*newest)->begin);
    const auto found = segments.find((*newest)->begin);
    if (found == segments.end()) {
        return Damage{.at = (*newest)->begin,
                      .what = fmt::format("{}, the end of its journal, is missing", path)};
    }
    if (found->second.size() >= (*newest)->bytes) return std::nullopt;
    return Damage{.at = (*newest)->begin,
                  .what = fmt::format("{}, the end of its journal, was cut off: {} of {} bytes are "
                                      "there",
                                      path, found->second.size(), (*newest)->bytes)};
}

}  // namespace decree::net
