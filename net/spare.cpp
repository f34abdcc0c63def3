#include "net/spare.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include <fcntl.h>

#include "net/file.hpp"
#include "net/folder.hpp"

namespace decree::net {
namespace {

// At a time, so that a sync of the journal does not wait behind all of it.
constexpr std::size_t stride = 256U << 10U;
// Snapshots come before it: so many times its size must be free.
constexpr std::uint64_t room_beside = 16;

bool fill(const File& file, std::uint64_t bytes) {
    static constexpr std::array<std::byte, stride> zeros{};
    if (!file.make_room(bytes)) return false;
    for (std::uint64_t offset = 0; offset < bytes; offset += stride) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(stride, bytes - offset));
        if (!file.write_at(offset, Bytes(zeros).first(size)) || !file.sync()) return false;
    }
    return true;
}

}  // namespace

bool make_spare(const WantedSpare& wanted) {
    std::error_code error;
    const auto folder = std::filesystem::path(wanted.path).parent_path();
    const std::filesystem::space_info space = std::filesystem::space(folder, error);
    if (error || space.available / room_beside < wanted.bytes) return false;
    // A file that is there may be a segment by now, of a node that runs where this one did.
    const auto file = File::open(wanted.path, O_WRONLY | O_CREAT | O_EXCL);
    if (!file) return false;
    if (fill(*file, wanted.bytes)) return true;
    std::filesystem::remove(wanted.path, error);
    return false;
}

std::optional<WantedSpare> Spare::begin(std::uint64_t bytes) {
    if (state_ != State::None) return std::nullopt;
    state_ = State::Making;
    return WantedSpare{.path = path_, .bytes = bytes};
}

bool Spare::take(const std::string& name) {
    if (state_ != State::Ready) return false;
    state_ = State::None;
    return rename_file(path_, name).has_value();
}

bool Spare::drop() {
    if (state_ != State::Ready) return false;
    state_ = State::None;
    return remove_file(path_).has_value();
}

}  // namespace decree::net
