#pragma once

/// The digest of a state: one number that differs, in practice, whenever a field does. Derived from
/// the declaration of each struct (reflect.hpp), so that no field is forgotten.

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include "core/codec.hpp"
#include "core/hash.hpp"
#include "core/reflect.hpp"
#include "core/ring.hpp"

namespace decree {

template <class T>
concept HasDigest = requires(const T& thing) {
    { thing.digest() } -> std::same_as<std::uint64_t>;
};

/// Stirs `thing` into `digest`. Same order, same digest, on every machine.
template <class T>
[[nodiscard]] std::uint64_t digest_of(const T& thing, std::uint64_t digest = 0);

namespace detail {
template <class List>
std::uint64_t digest_list(const List& list, std::uint64_t digest) {
    digest = mix(digest, list.size());
    for (std::size_t i = 0; i < list.size(); ++i) digest = digest_of(list[i], digest);
    return digest;
}
template <class T>
inline constexpr bool is_ring = false;
template <class T>
inline constexpr bool is_ring<Ring<T>> = true;
}  // namespace detail

template <class T>
std::uint64_t digest_of(const T& thing, std::uint64_t digest) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        return mix(digest, static_cast<std::uint64_t>(thing));
    } else if constexpr (HasDigest<T>) {
        return mix(digest, thing.digest());
    } else if constexpr (std::is_same_v<T, std::string>) {
        return mix(digest, hash_bytes(as_bytes(thing)));
    } else if constexpr (std::is_same_v<T, ByteBuffer>) {
        return mix(digest, hash_bytes(thing));
    } else if constexpr (detail::is_vector<T> || detail::is_ring<T>) {
        return detail::digest_list(thing, digest);
    } else if constexpr (detail::is_map<T>) {
        digest = mix(digest, thing.size());
        for (const auto& [key, mapped] : thing) digest = digest_of(mapped, digest_of(key, digest));
        return digest;
    } else if constexpr (detail::is_optional<T>) {
        return thing ? digest_of(*thing, mix(digest, 1)) : mix(digest, 0);
    } else if constexpr (detail::is_variant<T>) {
        digest = mix(digest, thing.index());
        return std::visit([&](const auto& alternative) { return digest_of(alternative, digest); },
                          thing);
    } else {
        static_assert(reflect::Aggregate<T>, "no digest for this type");
        std::apply([&](const auto&... field) { ((digest = digest_of(field, digest)), ...); },
                   reflect::fields(thing));
        return digest;
    }
}

}  // namespace decree
