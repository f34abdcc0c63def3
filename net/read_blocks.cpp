#include "net/read_blocks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/file.hpp"

namespace decree::net {
namespace {

constexpr std::size_t blocks_at_once = 64;

class BlockReader {
public:
    BlockReader(int file, std::uint64_t size, const ReadAt& read)
        : file_(file), size_(size), read_(read) {}

    // 0, or a number of the system.
    int read_all() {
        while (true) {
            if (found_.bytes.size() > traces::most_bytes_read) return EFBIG;
            const int error = read_on(blocks_at_once * block_bytes);
            if (error == EIO) {
                if (const int other = read_one_by_one()) return other;
            } else if (error != 0) {
                return error;
            }
            if (over_) return 0;
        }
    }
    BlocksRead take() { return std::move(found_); }

private:
    // Up to `most` bytes behind those that were read.
    int read_on(std::size_t most) {
        const std::size_t used = found_.bytes.size();
        found_.bytes.resize(used + most);
        ssize_t count = 0;
        do {
            count = read_(file_, &found_.bytes[used], most, static_cast<off_t>(used));
        } while (count < 0 && errno == EINTR);
        const int error = count < 0 ? errno : 0;
        found_.bytes.resize(used + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        over_ = count == 0;
        return error;
    }

    // Where several could not be read together.
    int read_one_by_one() {
        for (std::size_t i = 0; i < blocks_at_once && !over_; ++i) {
            const std::size_t rest = found_.bytes.size() % block_bytes;
            const int error = read_on(block_bytes - rest);
            if (error == EIO) {
                pass_over(block_bytes - rest);
            } else if (error != 0) {
                return error;
            }
        }
        return 0;
    }

    void pass_over(std::size_t count) {
        const std::uint64_t begin = found_.bytes.size();
        const std::uint64_t end = std::min(begin + count, size_);
        over_ = end <= begin;
        if (over_) return;
        found_.bytes.resize(end);
        auto& ranges = found_.unreadable;
        if (!ranges.empty() && ranges.back().end == begin) {
            ranges.back().end = end;
        } else {
            ranges.push_back({.begin = begin, .end = end});
        }
    }

    int file_;
    std::uint64_t size_;  // When it was opened.
    const ReadAt& read_;
    BlocksRead found_;
    bool over_ = false;
};

}  // namespace

ReadAt read_from_disk() { return ::pread; }

void forget_cached(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    (void)::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
}

std::expected<BlocksRead, std::string> read_blocks(const std::string& path, const ReadAt& read) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about = {};
    int error = file < 0 || ::fstat(file, &about) != 0 ? errno : 0;
    BlockReader reader(file, static_cast<std::uint64_t>(about.st_size), read);
    if (error == 0) error = reader.read_all();
    if (file >= 0) ::close(file);
    if (error == 0) return reader.take();
    return std::unexpected(fmt::format("cannot read {}: {}; check the disk and who may read it",
                                       path, std::generic_category().message(error)));
}

}  // namespace decree::net
