#include "net/spare.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fcntl.h>

#include "net/file.hpp"
#include "net/folder.hpp"

namespace decree::net {
namespace {

// At a time, so that a sync of the journal does not wait behind all of it.
constexpr std::size_t stride = 256U << 10U;

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

bool MakeSpare::run() const {
    const auto file = File::open(path_, O_WRONLY | O_CREAT | O_TRUNC);
    if (file && fill(*file, bytes_)) return true;
    static_cast<void>(remove_file(path_));
    return false;
}

std::optional<MakeSpare> Spare::begin(std::uint64_t bytes) {
    if (state_ != State::None) return std::nullopt;
    state_ = State::Making;
    MakeSpare make;
    make.path_ = path_;
    make.bytes_ = bytes;
    return make;
}

bool Spare::take(const std::string& name) {
    if (state_ != State::Ready) return false;
    state_ = State::None;
    return rename_file(path_, name).has_value();
}

}  // namespace decree::net
