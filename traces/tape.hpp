#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "core/codec.hpp"

namespace decree::traces {

/// Bytes that only grow, cheaply: room is made in large pieces that nobody fills with zeros first,
/// and written to directly.
class Tape {
public:
    Tape() = default;
    /// What was moved from is empty.
    Tape(Tape&& other) noexcept
        : bytes_(std::move(other.bytes_)),
          room_(std::exchange(other.room_, 0)),
          used_(std::exchange(other.used_, 0)) {}
    Tape& operator=(Tape&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        room_ = std::exchange(other.room_, 0);
        used_ = std::exchange(other.used_, 0);
        return *this;
    }
    ~Tape() = default;

    /// Where the next `size` bytes may be written; wrote_to() says how far that was done.
    [[nodiscard]] std::byte* room(std::size_t size) {
        if (room_ - used_ < size) [[unlikely]]
            grow(size);
        return bytes_.get() + used_;
    }
    void wrote_to(const std::byte* end) { used_ = static_cast<std::size_t>(end - bytes_.get()); }

    void put(Bytes bytes) {
        if (bytes.empty()) return;
        std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
        used_ += bytes.size();
    }
    /// `width` bytes, least significant first.
    void put_fixed(std::uint64_t number, std::size_t width) {
        write_fixed(room(width), number, width);
        used_ += width;
    }
    /// The same over bytes that stand there already.
    void set_fixed(std::size_t at, std::uint64_t number, std::size_t width) {
        write_fixed(bytes_.get() + at, number, width);
    }

    /// Forgets the first `size` bytes; its room stays.
    void drop_front(std::size_t size) {
        used_ -= size;
        if (size > 0 && used_ > 0) std::memmove(bytes_.get(), bytes_.get() + size, used_);
    }
    /// Empty again; its room stays.
    void clear() { used_ = 0; }
    [[nodiscard]] std::size_t size() const { return used_; }
    [[nodiscard]] Bytes from(std::size_t begin) const {
        return {bytes_.get() + begin, used_ - begin};
    }

private:
    static constexpr std::size_t smallest = 4'096;  // Less would only be copied again at once.

    static void write_fixed(std::byte* at, std::uint64_t number, std::size_t width) {
        for (std::size_t i = 0; i < width; ++i) at[i] = static_cast<std::byte>(number >> (8 * i));
    }

    void grow(std::size_t size) {
        room_ = std::max({2 * room_, used_ + size, smallest});
        auto larger = std::make_unique_for_overwrite<std::byte[]>(room_);
        if (used_ > 0) std::memcpy(larger.get(), bytes_.get(), used_);
        bytes_ = std::move(larger);
    }

    std::unique_ptr<std::byte[]> bytes_;
    std::size_t room_ = 0;
    std::size_t used_ = 0;
};

/// The most bytes of a varint.
inline constexpr std::size_t varint_bytes = 10;

/// The same for any number: see write_varint.
[[nodiscard]] inline std::byte* write_long_varint(std::byte* at, std::uint64_t number) {
    while (number >= 0x80) {
        *at++ = static_cast<std::byte>(number | 0x80U);
        number >>= 7U;
    }
    *at++ = static_cast<std::byte>(number);
    return at;
}

/// Writes a varint; returns its end. Nearly all have one or two bytes, and which of both no
/// processor can foresee: so both are written, and one counts. REQUIRES: room for varint_bytes.
[[nodiscard, gnu::always_inline]] inline std::byte* write_varint(std::byte* at,
                                                                 std::uint64_t number) {
    if (number >= 1U << 14U) [[unlikely]]
        return write_long_varint(at, number);
    const bool two = number >= 0x80;
    at[0] = static_cast<std::byte>(number | (two ? 0x80U : 0U));
    at[1] = static_cast<std::byte>(number >> 7U);
    return at + (two ? 2 : 1);
}

}  // namespace decree::traces
