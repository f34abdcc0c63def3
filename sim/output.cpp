#include "sim/output.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace decree::sim {

namespace {

// An open file that is closed again, whatever happens.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const { return number_; }
    // Closes now, when what close() reports still matters.
    [[nodiscard]] bool close_now() {
        const int number = number_;
        number_ = -1;
        return ::close(number) == 0;
    }

private:
    int number_;
};

std::string advice(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "make room, or choose another place";
    case EACCES:
    case EPERM:
    case EROFS:
        return "choose a place where you may write";
    case ENOTDIR:
    case EEXIST:
        return "a file stands where a folder should: choose another name";
    default:
        return "choose another place";
    }
}

std::string failure(std::string_view what, const std::string& path, int error) {
    return fmt::format("cannot {} {}: {}; {}", what, path, std::generic_category().message(error),
                       advice(error));
}

bool write_all(int number, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(number, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// Best effort: the rename survives a power loss once its folder is synced.
void sync_folder_of(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const Descriptor handle(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (handle.number() >= 0) static_cast<void>(::fsync(handle.number()));
}

}  // namespace

Written write_file(const std::string& path, std::string_view bytes) {
    const std::string beside = fmt::format("{}.{}.new", path, ::getpid());
    Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.number() < 0) return std::unexpected(failure("write", path, errno));
    const bool whole = write_all(file.number(), bytes) && ::fsync(file.number()) == 0;
    if (!whole || !file.close_now() || std::rename(beside.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(beside.c_str());
        return std::unexpected(failure("write", path, error));
    }
    sync_folder_of(path);
    return {};
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
    const std::string whole = path.starts_with('-') ? "./" + path : path;
    if (!whole.empty() && whole.find_first_not_of(plain) == std::string::npos) return whole;
    std::string quoted = "'";
    for (const char c : whole) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::expected<std::string, std::string> read_file(const std::string& path) {
    const auto failed = [&](int error) {
        return std::unexpected(fmt::format("cannot read {}: {}; check the name and who may read it",
                                           path, std::generic_category().message(error)));
    };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) return failed(errno);
    std::string bytes;
    std::string piece(1U << 16U, '\0');
    for (;;) {
        const ssize_t count = ::read(file.number(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(errno);
        if (count == 0) return bytes;
        bytes.append(piece, 0, static_cast<std::size_t>(count));
    }
}

Written make_folder(const std::string& folder) {
    if (folder.empty()) return {};
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return std::unexpected(failure("make the folder", folder, error.value()));
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
