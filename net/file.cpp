#include "net/file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/file.hpp"

namespace decree::net {

std::expected<File, std::string> File::open(const std::string& path, int flags) {
    const int number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (number < 0) return std::unexpected(traces::file_failure("open", path, errno));
    return File(number, path);
}

File::~File() {
    if (number_ >= 0) static_cast<void>(::close(number_));
}

std::unexpected<std::string> File::failure(std::string_view what) const {
    disk_full_ = errno == ENOSPC || errno == EDQUOT;
    return std::unexpected(traces::file_failure(what, path_, errno));
}

Done File::write_at(std::uint64_t offset, Bytes bytes) const {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pwrite(number_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure("write");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Done File::make_room(std::uint64_t bytes) const {
    while (::fallocate(number_, 0, 0, static_cast<off_t>(bytes)) != 0) {
        if (errno == EOPNOTSUPP) return {};
        if (errno != EINTR) return failure("make room in");
    }
    return {};
}

Done File::write_back(std::uint64_t offset, std::uint64_t bytes) const {
    constexpr unsigned and_wait =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    const int done = ::sync_file_range(number_, static_cast<off64_t>(offset),
                                       static_cast<off64_t>(bytes), and_wait);
    if (done != 0) return failure("write");
    return {};
}

Done File::sync() const {
    if (::fdatasync(number_) != 0) return failure("sync");
    return {};
}

std::expected<std::uint64_t, std::string> File::size() const {
    struct stat about = {};
    if (::fstat(number_, &about) != 0) return failure("look at");
    return static_cast<std::uint64_t>(about.st_size);
}

std::expected<bool, std::string> File::lock() const {
    if (::flock(number_, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return failure("lock");
}

Done sync_folder(const std::string& folder) {
    const auto opened = File::open(folder, O_RDONLY | O_DIRECTORY);
    if (!opened) return std::unexpected(opened.error());
    return opened->sync();
}

}  // namespace decree::net
