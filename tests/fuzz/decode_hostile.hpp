#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/codec.hpp"
#include "core/contract.hpp"
#include "tests/footprint.hpp"

namespace decree {

/// Decodes hostile bytes as a T. Whatever they are, little is allocated; and where they are
/// accepted, they are the one encoding of what they mean.
template <class T>
void decode_hostile(const std::uint8_t* data, std::size_t size, std::size_t a_byte = 32) {
    const Bytes input = std::as_bytes(std::span(data, size));
    T thing{};
    Decoder in(input);
    in.get(thing);
    ENSURE(footprint(thing) <= allowed_footprint(size, a_byte),
           "hostile lengths allocate nothing big");
    ENSURE(in.offset() <= size, "a decoder stays within its bytes");
    if (!in.ok()) return;
    const Bytes read = input.first(in.offset());
    const ByteBuffer again = encode(thing);
    ENSURE(std::ranges::equal(again, read), "equal things have equal bytes, and no others decode");
    ENSURE(decode<T>(read) == thing, "the same bytes mean the same thing");
}

}  // namespace decree
