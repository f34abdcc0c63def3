#pragma once

/// Random things of the core, for property tests. Derived from the declarations (core/reflect.hpp):
/// a field, message or record that is added gets random contents without anybody's doing.
///
/// Include after <gtest/gtest.h> and <rapidcheck/gtest.h>, which this header does, too.

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/print.hpp"
#include "core/reflect.hpp"
#include "core/value.hpp"

namespace decree::arbitrary {

/// All kinds of numbers: small ones, those next to where an encoding changes, any.
inline rc::Gen<std::uint64_t> number() {
    return rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 4),
                          rc::gen::map(rc::gen::inRange(0U, 64U),
                                       [](unsigned bit) { return std::uint64_t{1} << bit; }),
                          rc::gen::map(rc::gen::inRange(0U, 65U),
                                       [](unsigned bits) {
                                           return bits == 0 ? 0 : ~std::uint64_t{0} >> (64 - bits);
                                       }),
                          rc::gen::arbitrary<std::uint64_t>());
}

/// A list of none to four things.
template <class T>
rc::Gen<std::vector<T>> few(rc::Gen<T> thing) {
    return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 5), [thing](std::size_t count) {
        return rc::gen::container<std::vector<T>>(count, thing);
    });
}

/// Short bytes of few kinds, so that equal ones are common; sometimes none.
inline rc::Gen<Value> value() {
    return rc::gen::map(few(rc::gen::element<std::uint8_t>(0, 1, 'a', 0x80, 0xFF)),
                        [](const std::vector<std::uint8_t>& bytes) {
                            return Value(std::as_bytes(std::span(bytes)));
                        });
}

/// One of three: two that are drawn are often the same.
inline rc::Gen<NodeId> node() {
    return rc::gen::map(rc::gen::inRange<std::uint64_t>(1, 4), [](auto n) { return NodeId{n}; });
}

/// Of three rounds and three nodes: ties are common.
inline rc::Gen<Ballot> ballot() {
    return rc::gen::apply([](std::uint64_t round, NodeId n) { return Ballot{round, n}; },
                          rc::gen::inRange<std::uint64_t>(1, 4), node());
}

/// One of the first eight.
inline rc::Gen<Slot> slot() {
    return rc::gen::map(rc::gen::inRange<std::uint64_t>(1, 9), [](auto n) { return Slot{n}; });
}

template <class T>
rc::Gen<T> any();

namespace detail {

template <class T, class... Field>
rc::Gen<T> any_struct(std::type_identity<std::tuple<Field&...>>) {
    return rc::gen::apply([](Field... field) { return T{std::move(field)...}; }, any<Field>()...);
}

template <class... T>
rc::Gen<std::variant<T...>> any_variant(std::type_identity<std::variant<T...>>) {
    return rc::gen::oneOf(
        rc::gen::map(any<T>(), [](T thing) { return std::variant<T...>(std::move(thing)); })...);
}

}  // namespace detail

/// Anything of type T that a message, record or event may hold.
template <class T>
rc::Gen<T> any() {
    if constexpr (std::is_same_v<T, NodeId>) {
        return node();
    } else if constexpr (std::is_same_v<T, Ballot>) {
        return ballot();
    } else if constexpr (std::is_same_v<T, Slot>) {
        return slot();
    } else if constexpr (std::is_same_v<T, Value>) {
        return value();
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>) {
        return rc::gen::arbitrary<T>();
    } else if constexpr (std::is_enum_v<T>) {
        return rc::gen::map(rc::gen::inRange<std::size_t>(0, reflect::enumerator_count<T>),
                            [](std::size_t n) { return static_cast<T>(n); });
    } else if constexpr (std::is_unsigned_v<T>) {
        return rc::gen::cast<T>(number());
    } else if constexpr (decree::detail::is_vector<T>) {
        return few(any<typename T::value_type>());
    } else if constexpr (decree::detail::is_optional<T>) {
        return rc::gen::oneOf(rc::gen::just(T{}),
                              rc::gen::map(any<typename T::value_type>(),
                                           [](auto thing) { return T(std::move(thing)); }));
    } else if constexpr (decree::detail::is_variant<T>) {
        return detail::any_variant(std::type_identity<T>{});
    } else if constexpr (reflect::field_count<T> == 0) {
        return rc::gen::just(T{});
    } else {
        using Fields = decltype(reflect::fields(std::declval<T&>()));
        return detail::any_struct<T>(std::type_identity<Fields>{});
    }
}

/// Types of ours, whose random things come from `any`.
template <class T>
concept Ours = std::is_same_v<T, Value> || reflect::Aggregate<T> || decree::detail::is_variant<T>;

}  // namespace decree::arbitrary

template <decree::arbitrary::Ours T>
struct rc::Arbitrary<T> {
    static Gen<T> arbitrary() { return decree::arbitrary::any<T>(); }
};

namespace decree {

/// How RapidCheck shows a counterexample.
template <arbitrary::Ours T>
void showValue(const T& thing, std::ostream& out) {  // NOLINT(readability-identifier-naming)
    out << describe(thing);
}

}  // namespace decree
