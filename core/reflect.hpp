#pragma once

/// The fields of a plain struct, found by the compiler: a struct is declared once, and its wire
/// form, digest and printed form follow from that declaration (codec.hpp, digest.hpp, print.hpp).
///
/// Works for aggregates without base classes of at most 18 fields. More do not compile, nor does
/// anything else that cannot be taken apart, so nothing is left out silently.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace decree::reflect {

namespace detail {

// Converts to whatever a field wants; only ever used unevaluated.
// NOLINTBEGIN(google-explicit-constructor): implicit on purpose.
struct Anything {
    template <class T>
    operator T&() const&& noexcept;
    template <class T>
    operator T&&() const&& noexcept;
};
// NOLINTEND(google-explicit-constructor)

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#else
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif

template <class T, std::size_t N>
consteval bool takes() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return requires { T{(static_cast<void>(I), Anything{})...}; };
    }(std::make_index_sequence<N>{});
}

template <class T, std::size_t N>
consteval std::size_t count_from() {
    if constexpr (N == 0) {
        return 0;
    } else if constexpr (takes<T, N>()) {
        return N;
    } else {
        return count_from<T, N - 1>();
    }
}

}  // namespace detail

template <class T>
concept Aggregate = std::is_aggregate_v<T> && std::is_class_v<T>;

/// How many fields T has.
template <Aggregate T>
inline constexpr std::size_t field_count = [] {
    static_assert(!detail::takes<T, 21>(), "more than 20 fields: split the struct");
    return detail::count_from<T, 20>();
}();

namespace detail {

// As `fields`, of structs with more than eight.
template <class T>
constexpr auto many_fields(T& object) {
    constexpr std::size_t n = field_count<std::remove_const_t<T>>;
    if constexpr (n == 9) {
        auto& [a, b, c, d, e, f, g, h, i] = object;
        return std::tie(a, b, c, d, e, f, g, h, i);
    } else if constexpr (n == 10) {
        auto& [a, b, c, d, e, f, g, h, i, j] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j);
    } else if constexpr (n == 11) {
        auto& [a, b, c, d, e, f, g, h, i, j, k] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k);
    } else if constexpr (n == 12) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
    } else if constexpr (n == 13) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
    } else if constexpr (n == 14) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o);
    } else if constexpr (n == 15) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p);
    } else if constexpr (n == 16) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q);
    } else if constexpr (n == 17) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r);
    } else if constexpr (n == 18) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s);
    } else if constexpr (n == 19) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, t] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, t);
    } else {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, t, u] = object;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, t, u);
    }
}

}  // namespace detail

/// References to the fields of `object`, in order of declaration.
template <class T>
constexpr auto fields(T& object) {
    constexpr std::size_t n = field_count<std::remove_const_t<T>>;
    if constexpr (n == 0) {
        return std::tuple<>{};
    } else if constexpr (n == 1) {
        auto& [a] = object;
        return std::tie(a);
    } else if constexpr (n == 2) {
        auto& [a, b] = object;
        return std::tie(a, b);
    } else if constexpr (n == 3) {
        auto& [a, b, c] = object;
        return std::tie(a, b, c);
    } else if constexpr (n == 4) {
        auto& [a, b, c, d] = object;
        return std::tie(a, b, c, d);
    } else if constexpr (n == 5) {
        auto& [a, b, c, d, e] = object;
        return std::tie(a, b, c, d, e);
    } else if constexpr (n == 6) {
        auto& [a, b, c, d, e, f] = object;
        return std::tie(a, b, c, d, e, f);
    } else if constexpr (n == 7) {
        auto& [a, b, c, d, e, f, g] = object;
        return std::tie(a, b, c, d, e, f, g);
    } else if constexpr (n == 8) {
        auto& [a, b, c, d, e, f, g, h] = object;
        return std::tie(a, b, c, d, e, f, g, h);
    } else {
        return detail::many_fields(object);
    }
}

namespace detail {

template <class T>
struct Holder {
    T value;
};
template <class T>
extern const Holder<T> nowhere;  // Never defined: only addresses of its fields are named.

template <auto Pointer>
consteval std::string_view pretty() {
    return __PRETTY_FUNCTION__;
}
template <class T>
consteval std::string_view pretty_type() {
    return __PRETTY_FUNCTION__;
}

// The identifier that ends at `end` (which may point behind closing brackets).
consteval std::string_view identifier_before(std::string_view text, std::size_t end) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const std::size_t last = text.find_last_of(letters, end);
    const std::size_t before = text.find_last_not_of(letters, last);
    return text.substr(before + 1, last - before);
}

}  // namespace detail

/// The name of T's field number I, as declared.
template <Aggregate T, std::size_t I>
inline constexpr std::string_view field_name = [] {
    constexpr std::string_view text =
        detail::pretty<&std::get<I>(fields(detail::nowhere<T>.value))>();
    // g++: "... [with auto Pointer = (& ...::field); ...", clang++: "... [Pointer = &...field]".
    const std::size_t start = text.find("Pointer = ");
    return detail::identifier_before(text, text.find_first_of(";]", start));
}();

/// The unqualified name of T, as declared.
template <class T>
inline constexpr std::string_view type_name = [] {
    constexpr std::string_view text = detail::pretty_type<T>();
    const std::size_t start = text.find("T = ");
    return detail::identifier_before(text, text.find_first_of(";]", start));
}();

namespace detail {

// The name of an enumerator, or "" where the number has none: it is then printed as a cast number.
template <auto Enumerator>
consteval std::string_view enumerator() {
    constexpr std::string_view text = pretty<Enumerator>();
    const std::size_t start = text.find("Pointer = ");
    const std::string_view name = identifier_before(text, text.find_first_of(";]", start));
    const bool number = '0' <= name.front() && name.front() <= '9';
    return number ? std::string_view{} : name;
}

template <class E, std::uint8_t I>
consteval std::size_t count_enumerators() {
    if constexpr (I == 200 || enumerator<static_cast<E>(I)>().empty()) {
        return I;
    } else {
        return count_enumerators<E, I + 1>();
    }
}

}  // namespace detail

/// How many enumerators E has; they must count up from 0.
template <class E>
    requires std::is_enum_v<E>
inline constexpr std::size_t enumerator_count = detail::count_enumerators<E, 0>();

/// The names of E's enumerators, by number.
template <class E>
    requires std::is_enum_v<E>
inline constexpr auto enumerator_names = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{detail::enumerator<static_cast<E>(I)>()...};
}(std::make_index_sequence<enumerator_count<E>>{});

#if defined(__clang__)
#pragma clang diagnostic pop
#else
#pragma GCC diagnostic pop
#endif

}  // namespace decree::reflect
