#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>

#include "core/codec.hpp"
#include "core/reflect.hpp"
#include "core/value.hpp"

namespace decree {

/// About how many bytes `thing` has allocated: what a decoder took for it, whether it succeeded or
/// gave up half-way.
template <class T>
[[nodiscard]] std::size_t footprint(const T& thing) {
    if constexpr (std::is_same_v<T, Value>) {
        return thing.empty() ? 0 : thing.size() + 32;
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, ByteBuffer>) {
        return thing.capacity();
    } else if constexpr (detail::is_vector<T>) {
        std::size_t sum = thing.capacity() * sizeof(typename T::value_type);
        for (const auto& element : thing) sum += footprint(element);
        return sum;
    } else if constexpr (detail::is_map<T>) {
        std::size_t sum = 0;
        for (const auto& [key, mapped] : thing) {
            sum += sizeof(typename T::value_type) + 32 + footprint(key) + footprint(mapped);
        }
        return sum;
    } else if constexpr (detail::is_optional<T>) {
        return thing ? footprint(*thing) : 0;
    } else if constexpr (detail::is_variant<T>) {
        return std::visit([](const auto& alternative) { return footprint(alternative); }, thing);
    } else if constexpr (reflect::Aggregate<T>) {
        return std::apply(
            [](const auto&... field) { return (footprint(field) + ... + std::size_t{0}); },
            reflect::fields(thing));
    } else {
        return 0;
    }
}

/// What decoding `input_size` bytes may allocate: no length in them is believed before the bytes
/// that it counts are there. `a_byte`: what the shortest element of a list takes, for each byte.
[[nodiscard]] constexpr std::size_t allowed_footprint(std::size_t input_size,
                                                      std::size_t a_byte = 32) {
    return 64 + a_byte * input_size;
}

}  // namespace decree
