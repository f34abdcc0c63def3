#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/codec.hpp"

namespace decree::traces {

/// Bytes that only grow, cheaply: room is made in large pieces, and written to directly.
class Tape {
public:
    /// Where the next `size` bytes may be written; wrote_to() says how far that was done.
    [[nodiscard]] std::byte* room(std::size_t size) {
        if (bytes_.size() - used_ < size) bytes_.resize(std::max(2 * bytes_.size(), used_ + size));
        return bytes_.data() + used_;
    }
    void wrote_to(const std::byte* end) { used_ = static_cast<std::size_t>(end - bytes_.data()); }

    void put(Bytes bytes) { wrote_to(std::copy(bytes.begin(), bytes.end(), room(bytes.size()))); }
    /// `width` bytes, least significant first.
    void put_fixed(std::uint64_t number, std::size_t width) {
        write_fixed(room(width), number, width);
        used_ += width;
    }
    /// The same over bytes that stand there already.
    void set_fixed(std::size_t at, std::uint64_t number, std::size_t width) {
        write_fixed(bytes_.data() + at, number, width);
    }

    [[nodiscard]] std::size_t size() const { return used_; }
    [[nodiscard]] Bytes from(std::size_t begin) const {
        return Bytes(bytes_).subspan(begin, used_ - begin);
    }
    /// All of it; the tape is empty then.
    [[nodiscard]] ByteBuffer take() {
        bytes_.resize(used_);
        used_ = 0;
        return std::move(bytes_);
    }

private:
    static void write_fixed(std::byte* at, std::uint64_t number, std::size_t width) {
        for (std::size_t i = 0; i < width; ++i) at[i] = static_cast<std::byte>(number >> (8 * i));
    }

    ByteBuffer bytes_;
    std::size_t used_ = 0;
};

/// The most bytes of a varint.
inline constexpr std::size_t varint_bytes = 10;

/// Writes a varint; returns its end.
[[nodiscard]] inline std::byte* write_varint(std::byte* at, std::uint64_t number) {
    while (number >= 0x80) {
        *at++ = static_cast<std::byte>(number | 0x80U);
        number >>= 7U;
    }
    *at++ = static_cast<std::byte>(number);
    return at;
}

}  // namespace decree::traces
