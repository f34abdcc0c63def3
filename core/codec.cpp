#include "core/codec.hpp"

namespace decree {

std::uint64_t Decoder::get_varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; ok(); shift += 7) {
        if (at_ == bytes_.size()) {
            fail("more bytes");
            break;
        }
        const auto byte = static_cast<std::uint64_t>(bytes_[at_]);
        const bool overflows = shift == 63 && byte > 1;
        const bool padded = shift > 0 && byte == 0;
        if (overflows || padded) {
            fail("a number of 64 bits in its shortest form");
            break;
        }
        ++at_;
        number |= (byte & 0x7FU) << shift;
        if (byte < 0x80) return number;
    }
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

void Decoder::fail(std::string_view expected) {
    if (!error_) error_ = BadBytes{.what = "expected " + std::string(expected), .offset = at_};
}

}  // namespace decree
