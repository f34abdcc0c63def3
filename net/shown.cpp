#include "net/shown.hpp"

#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/codec.hpp"
#include "net/folder.hpp"
#include "traces/file.hpp"

namespace decree::net {
namespace {

constexpr std::string_view shown_format = "decree shown, format 1\n";

std::string shown_file(const std::string& folder) { return folder + "/shown"; }

// 0: none.
std::expected<std::uint64_t, std::string> read_shown(const std::string& folder) {
    std::error_code none;
    if (!std::filesystem::exists(shown_file(folder), none)) return 0;
    const auto bytes = traces::read_file(shown_file(folder));
    if (!bytes) return std::unexpected(bytes.error());
    std::string_view text = as_text(*bytes);
    std::uint64_t start = 0;
    bool good = text.starts_with(shown_format) && text.ends_with('\n');
    if (good) {
        text.remove_prefix(shown_format.size());
        text.remove_suffix(text.empty() ? 0 : 1);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), start);
        good = error == std::errc{} && end == text.data() + text.size() && !text.empty();
    }
    if (good) return start;
    return std::unexpected(
        fmt::format("cannot use {}: it does not say which start was shown; keep the folder, and "
                    "start with an empty one as a new node",
                    shown_file(folder)));
}

}  // namespace

std::expected<std::optional<std::string>, std::string> lost_starts(const std::string& folder,
                                                                   const Recovered& recovered) {
    const auto shown = read_shown(folder);
    if (!shown) return std::unexpected(shown.error());
    const std::uint64_t known = recovered.heads.incarnation.value;
    if (known >= *shown) return std::nullopt;
    return fmt::format(
        "its journal knows of {} starts, and the node has shown {}: the journal is lost, or an old "
        "one",
        known, *shown);
}

std::expected<void, std::string> same_folder(const std::string& folder) {
    for (const std::string& file : {folder + "/node", shown_file(folder)}) {
        std::error_code none;
        if (std::filesystem::exists(file, none)) continue;
        return std::unexpected(
            fmt::format("{} is gone: {} is not the folder any more in which this node ran; it "
                        "stops. Put the folder back, or start with an empty one as a new node",
                        file, folder));
    }
    return {};
}

std::expected<void, std::string> keep_shown(const std::string& folder, std::uint64_t start) {
    const std::string text = fmt::format("{}{}\n", shown_format, start);
    return keep_file(folder, "shown", as_bytes(text));
}

}  // namespace decree::net
