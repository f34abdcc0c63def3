#include "core/codec.hpp"

#include <array>

namespace decree {

void Encoder::put_long_varint(std::uint64_t number) {
    std::array<std::byte, 10> bytes;
    std::size_t size = 0;
    for (; number >= 0x80; number >>= 7U) bytes[size++] = static_cast<std::byte>(number | 0x80U);
    bytes[size++] = static_cast<std::byte>(number);
    put_raw(Bytes(bytes).first(size));
}

std::uint64_t Decoder::get_long_varint() {
    if (failed_) return 0;
    std::uint64_t number = 0;
    for (unsigned shift = 0; at_ < bytes_.size(); shift += 7) {
        const auto byte = static_cast<std::uint64_t>(bytes_[at_]);
        const bool overflows = shift == 63 && byte > 1;
        const bool padded = shift > 0 && byte == 0;
        if (overflows || padded) {
            fail("a number of 64 bits in its shortest form");
            return 0;
        }
        ++at_;
        number |= (byte & 0x7FU) << shift;
        if (byte < 0x80) return number;
    }
    fail("more bytes");
    return 0;
}

Bytes Decoder::get_raw(std::uint64_t size) {
    if (!ok()) return {};
    if (size > remaining()) {
        fail("as many bytes as the length before them says");
        return {};
    }
    const Bytes raw = bytes_.subspan(at_, static_cast<std::size_t>(size));
    at_ += raw.size();
    return raw;
}

std::size_t Decoder::get_count() {
    const std::uint64_t count = get_varint();
    if (ok() && count > remaining()) {
        fail("as many elements as the count before them says");
        return 0;
    }
    return static_cast<std::size_t>(count);
}

BadBytes Decoder::error() const {
    return {.what = "expected " + std::string(expected_), .offset = failed_at_};
}

}  // namespace decree
