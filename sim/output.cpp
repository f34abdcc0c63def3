#include "sim/output.hpp"

#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "core/codec.hpp"
#include "core/value.hpp"
#include "traces/file.hpp"

namespace decree::sim {

Written write_file(const std::string& path, std::string_view bytes) {
    return traces::write_file(path, as_bytes(bytes));
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

std::expected<std::optional<std::string>, std::string> read_file_if_any(const std::string& path) {
    std::error_code ignored;
    const auto kind = std::filesystem::symlink_status(path, ignored).type();
    if (kind == std::filesystem::file_type::not_found) return std::nullopt;
    return read_file(path);
}

std::string shell_word(const std::string& path) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";
    std::string whole = path.starts_with('-') ? "./" + path : path;
    if (!whole.empty() && whole.find_first_not_of(plain) == std::string::npos) return whole;
    std::string quoted = "'";
    for (const char c : whole) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::expected<std::string, std::string> read_file(
    const std::string& path, std::initializer_list<std::string_view> beginnings) {
    const auto bytes = traces::read_file(path, beginnings);
    if (!bytes) return std::unexpected(bytes.error());
    return std::string(as_text(*bytes));
}

Written make_folder(const std::string& folder) {
    if (folder.empty()) return {};
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return std::unexpected(traces::file_failure("make the folder", folder, error.value()));
    return {};
}

Written check_folder(const std::string& folder) {
    std::vector<std::filesystem::path> made_here;  // Innermost first.
    std::error_code ignored;
    for (std::filesystem::path at = folder; !at.empty(); at = at.parent_path()) {
        if (std::filesystem::exists(at, ignored) || at == at.parent_path()) break;
        made_here.push_back(at);
    }
    if (Written made = make_folder(folder); !made) return made;
    const std::string trial = fmt::format("{}/.trial.{}", folder, ::getpid());
    Written written = write_file(trial, std::string(4'096, 'x'));
    ::unlink(trial.c_str());
    for (const std::filesystem::path& path : made_here) ::rmdir(path.c_str());
    return written;
}

}  // namespace decree::sim
