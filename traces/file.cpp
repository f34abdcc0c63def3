#include "traces/file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace decree::traces {
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
    case ENOENT:
        return "make the folder first, or choose another place";
    case EISDIR:
        return "name a file, not a folder";
    case ENOTDIR:
    case EEXIST:
        return "a file stands where a folder should: choose another name";
    default:
        return "choose another place";
    }
}

bool write_all(int number, Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(number, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
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

// What symbolic links at the end of `path` lead to, there or not.
std::string behind_links(const std::string& path) {
    std::filesystem::path at = path;
    for (int links = 0; links < 40; ++links) {
        std::error_code none;
        const std::filesystem::path target = std::filesystem::read_symlink(at, none);
        if (none) break;
        at = target.is_absolute() ? target : at.parent_path() / target;
    }
    return at.string();
}

// Errors are numbers of the system; 0 is none.
int write_into(const std::string& path, Bytes bytes) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (file.number() < 0 || !write_all(file.number(), bytes) || !file.close_now()) return errno;
    return 0;
}

int write_beside(const std::string& path, Bytes bytes, std::optional<mode_t> mode) {
    const std::string beside = fmt::format("{}.{}.new", path, ::getpid());
    Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.number() < 0) return errno;
    if (mode) static_cast<void>(::fchmod(file.number(), *mode & 0777U));
    const bool whole = write_all(file.number(), bytes) && ::fsync(file.number()) == 0;
    if (!whole || !file.close_now() || std::rename(beside.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(beside.c_str());
        return error;
    }
    sync_folder_of(path);
    return 0;
}

bool begins_with_any(Bytes bytes, std::initializer_list<std::string_view> beginnings) {
    return std::ranges::any_of(beginnings, [&](std::string_view beginning) {
        return as_text(bytes).starts_with(beginning);
    });
}

}  // namespace

std::string file_failure(std::string_view what, const std::string& path, int error) {
    return fmt::format("cannot {} {}: {}; {}", what, path, std::generic_category().message(error),
                       advice(error));
}

std::expected<ByteBuffer, std::string> read_file(
    const std::string& path, std::initializer_list<std::string_view> beginnings) {
    const auto failed = [&](std::string_view why) {
        return std::unexpected(
            fmt::format("cannot read {}: {}; check the name and who may read it", path, why));
    };
    const auto system = [&] { return failed(std::generic_category().message(errno)); };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.number() < 0) return system();
    ByteBuffer bytes;
    std::size_t used = 0;
    while (true) {
        if (used > most_bytes_read) return failed("it has more than a gibibyte");
        bytes.resize(used + 65536);
        const ssize_t count = ::read(file.number(), &bytes[used], bytes.size() - used);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system();
        used += static_cast<std::size_t>(count);
        bytes.resize(used);
        const bool told = used >= 64 && beginnings.size() > 0;
        if (count == 0 || (told && !begins_with_any(bytes, beginnings))) return bytes;
    }
}

std::expected<void, std::string> write_file(const std::string& path, Bytes bytes) {
    const std::string target = behind_links(path);
    struct stat there = {};
    const bool exists = ::stat(target.c_str(), &there) == 0;
    int error = 0;
    if (exists && S_ISDIR(there.st_mode)) {
        error = EISDIR;
    } else if (exists && !S_ISREG(there.st_mode)) {
        error = write_into(target, bytes);
    } else {
        error = write_beside(target, bytes, exists ? std::optional(there.st_mode) : std::nullopt);
    }
    if (error == 0) return {};
    return std::unexpected(file_failure("write", path, error));
}

}  // namespace decree::traces
