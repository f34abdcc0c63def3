#include "net/folder.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>

#include "traces/file.hpp"

namespace decree::net {
namespace fs = std::filesystem;

std::optional<std::uint64_t> number_of(std::string_view name) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool whole = error == std::errc{} && end == name.data() + name.size();
    if (!whole || name_of(number) != name) return std::nullopt;
    return number;
}

std::string name_of(std::uint64_t number) { return fmt::format("{:020}", number); }

std::unexpected<std::string> failed(std::string_view what, const std::string& path,
                                    const std::error_code& error) {
    return std::unexpected(traces::file_failure(what, path, error.value()));
}

std::expected<std::map<std::uint64_t, std::string>, std::string> files_by_number(
    const std::string& folder) {
    std::map<std::uint64_t, std::string> found;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (const auto number = number_of(at->path().filename().string())) {
            found.emplace(*number, at->path().string());
        }
    }
    if (error) return failed("read", folder, error);
    return found;
}

/// The file, and the folder itself: whoever removes the file must not let a second process in. Not
/// every file system can lock folders.
std::expected<std::optional<FolderLock>, std::string> FolderLock::take(const std::string& folder,
                                                                       bool make) {
    FolderLock lock;
    const std::string name = folder + "/lock";
    std::error_code none;
    if (make || fs::exists(name, none)) {
        auto file = File::open(name, make ? O_RDWR | O_CREAT : O_RDONLY);
        if (!file) return std::unexpected(file.error());
        const auto ours = file->lock();
        if (!ours) return std::unexpected(ours.error());
        if (!*ours) return std::nullopt;
        lock.held_.push_back(*std::move(file));
    }
    auto names = File::open(folder, O_RDONLY | O_DIRECTORY);
    if (!names) return std::unexpected(names.error());
    if (const auto ours = names->lock(); ours && !*ours) return std::nullopt;
    lock.held_.push_back(*std::move(names));
    return lock;
}

Done make_folder(const std::string& path) {
    // Whatever is above it first, and "a/" like "a".
    const fs::path folder =
        fs::path(path).has_filename() ? fs::path(path) : fs::path(path).parent_path();
    std::error_code error;
    if (folder.empty() || fs::is_directory(folder, error)) return {};
    const fs::path above = folder.parent_path();
    if (Done made = make_folder(above.string()); !made) return made;
    error.clear();
    const bool made = fs::create_directory(folder, error);
    if (error) return failed("make", folder.string(), error);
    return made ? sync_folder(above.empty() ? "." : above.string()) : Done{};
}

Done remove_file(const std::string& path) {
    std::error_code error;
    fs::remove(path, error);
    if (error) return failed("remove", path, error);
    return {};
}

Done rename_file(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) return failed("rename", from, error);
    return {};
}

Done rename_to_new(const std::string& from, const std::string& to) {
    const int done = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    if (done == 0) return {};
    return failed("rename", from, std::error_code(errno, std::generic_category()));
}

Done sync_file(const std::string& path) {
    const auto file = File::open(path, O_RDWR);
    if (!file) return std::unexpected(file.error());
    return file->sync();
}

/// The folder is opened first, and so is told of every sync of it that fails from then on:
/// write_file ignores one of its own, and whoever opens the folder after that is not told again.
Done keep_file(const std::string& folder, std::string_view name, Bytes bytes) {
    const auto names = File::open(folder, O_RDONLY | O_DIRECTORY);
    if (!names) return std::unexpected(names.error());
    Done written = traces::write_file(fmt::format("{}/{}", folder, name), bytes);
    return written ? names->sync() : written;
}

}  // namespace decree::net
