#pragma once

/// The printed form of things, for errors, traces and failing tests. Derived from the declaration
/// of each struct (reflect.hpp): `Prepare{ballot=2.1 from_slot=3}`.

#include <string>
#include <type_traits>
#include <variant>

#include "core/codec.hpp"
#include "core/paxos/ballot.hpp"
#include "core/reflect.hpp"
#include "core/ring.hpp"

namespace decree {

/// `thing` in words. Numbers in decimal, ballots as round.node, none as "none", bytes by size and
/// digest.
template <class T>
[[nodiscard]] std::string describe(const T& thing);

/// Bytes as `"text"` when short and printable, else by size and digest.
[[nodiscard]] std::string describe_bytes(Bytes bytes);

namespace detail {
template <class List>
std::string describe_list(const List& list) {
    std::string text = "[";
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) text += ' ';
        text += describe(list[i]);
    }
    return text + ']';
}

template <class T, std::size_t... I>
std::string describe_fields(const T& thing, std::index_sequence<I...>) {
    std::string text{reflect::type_name<T>};
    text += '{';
    [[maybe_unused]] const auto fields = reflect::fields(thing);
    ((text += (I > 0 ? " " : ""), text += reflect::field_name<T, I>, text += '=',
      text += describe(std::get<I>(fields))),
     ...);
    return text + '}';
}

template <class T>
inline constexpr bool is_strong = false;
template <class Tag, class Rep>
inline constexpr bool is_strong<Strong<Tag, Rep>> = true;
template <class T>
inline constexpr bool is_ring_printed = false;
template <class T>
inline constexpr bool is_ring_printed<Ring<T>> = true;
}  // namespace detail

template <class T>
std::string describe(const T& thing) {
    if constexpr (std::is_same_v<T, bool>) {
        return thing ? "yes" : "no";
    } else if constexpr (std::is_enum_v<T>) {
        return std::string(reflect::enumerator_names<T>.at(static_cast<std::size_t>(thing)));
    } else if constexpr (std::is_integral_v<T>) {
        return std::to_string(thing);
    } else if constexpr (detail::is_strong<T>) {
        return std::to_string(thing.value);
    } else if constexpr (std::is_same_v<T, Ballot>) {
        return std::to_string(thing.round) + "." + std::to_string(thing.node.value);
    } else if constexpr (std::is_same_v<T, Value>) {
        return describe_bytes(thing.bytes());
    } else if constexpr (std::is_same_v<T, ByteBuffer>) {
        return describe_bytes(thing);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return describe_bytes(as_bytes(thing));
    } else if constexpr (detail::is_vector<T> || detail::is_ring_printed<T>) {
        return detail::describe_list(thing);
    } else if constexpr (detail::is_map<T>) {
        std::string text = "{";
        for (const auto& [key, mapped] : thing) {
            text += (text.size() > 1 ? " " : "") + describe(key) + ":" + describe(mapped);
        }
        return text + "}";
    } else if constexpr (detail::is_optional<T>) {
        return thing ? describe(*thing) : "none";
    } else if constexpr (detail::is_variant<T>) {
        return std::visit([](const auto& alternative) { return describe(alternative); }, thing);
    } else {
        static_assert(reflect::Aggregate<T>, "no printed form for this type");
        return detail::describe_fields(thing, std::make_index_sequence<reflect::field_count<T>>{});
    }
}

}  // namespace decree
