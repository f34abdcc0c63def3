#pragma once

/// The wire form of everything: derived from the declaration of each struct (reflect.hpp).
///
/// Integers are LEB128, least significant group first, shortest form only; signed ones are folded
/// first (0, -1, 1, -2, ... become 0, 1, 2, 3, ...). A bool is one byte, 0 or
/// 1; an enum its number; an optional a bool and then the thing; a variant its index and then the
/// alternative; a text, value or list its length and then its bytes or elements; a struct its
/// fields in order. Equal things have equal bytes, and no other bytes decode.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/reflect.hpp"
#include "core/value.hpp"

namespace decree {

/// Why bytes were refused, and where.
struct BadBytes {
    std::string what;        ///< For a person: what was expected.
    std::uint64_t offset{};  ///< Of the first byte that could not be read so.
    bool operator==(const BadBytes&) const = default;
};

/// Where encoded bytes go; the caller keeps it to reuse its memory.
using ByteBuffer = std::vector<std::byte>;

/// Appends the wire form of things to a buffer.
class Encoder {
public:
    explicit Encoder(ByteBuffer& out) : out_(out) {}

    template <class T>
    void put(const T& thing);

    void put_varint(std::uint64_t number) {
        if (number >= 0x80) return put_long_varint(number);
        out_.push_back(static_cast<std::byte>(number));
    }
    void put_raw(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

private:
    void put_long_varint(std::uint64_t number);

    ByteBuffer& out_;
};

/// Reads things from bytes that anybody may have written. After the first error nothing more is
/// read, and every result is empty: check `ok()` once, at the end.
class Decoder {
public:
    explicit Decoder(Bytes bytes) : bytes_(bytes) {}

    template <class T>
    void get(T& thing);

    template <class T>
    [[nodiscard]] T get() {
        T thing{};
        get(thing);
        return thing;
    }

    [[nodiscard]] std::uint64_t get_varint() {
        const bool is_short = !failed_ && at_ < bytes_.size() && bytes_[at_] < std::byte{0x80};
        return is_short ? static_cast<std::uint64_t>(bytes_[at_++]) : get_long_varint();
    }
    /// The next `size` bytes; empty after an error.
    [[nodiscard]] Bytes get_raw(std::uint64_t size);
    /// The count of a list, of which each element has at least one byte: hostile lengths allocate
    /// nothing.
    [[nodiscard]] std::size_t get_count();

    /// `expected`: a literal. The text is made when somebody asks for it: much is decoded only to
    /// see whether that can be done.
    void fail(std::string_view expected) {
        if (std::exchange(failed_, true)) return;
        expected_ = expected;
        failed_at_ = at_;
    }
    [[nodiscard]] bool ok() const { return !failed_; }
    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    [[nodiscard]] std::size_t offset() const { return at_; }
    [[nodiscard]] std::size_t remaining() const { return bytes_.size() - at_; }
    /// REQUIRES: !ok().
    [[nodiscard]] BadBytes error() const;

private:
    [[nodiscard]] std::uint64_t get_long_varint();
    template <class Variant, std::size_t... I>
    void get_alternative(Variant& thing, std::uint64_t index, std::index_sequence<I...>) {
        const bool known = ((index == I ? (get(thing.template emplace<I>()), true) : false) || ...);
        if (!known) fail("the number of a known alternative");
    }

    Bytes bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
    std::string_view expected_;  // What was, where the first error is.
    std::size_t failed_at_ = 0;
};

namespace detail {
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class K, class V>
inline constexpr bool is_map<std::map<K, V>> = true;
}  // namespace detail

template <class T>
void Encoder::put(const T& thing) {
    if constexpr (std::is_same_v<T, bool>) {
        out_.push_back(static_cast<std::byte>(thing ? 1 : 0));
    } else if constexpr (std::is_enum_v<T>) {
        static_assert(reflect::enumerator_count<T> > 0, "no wire form for this type");
        put_varint(static_cast<std::uint64_t>(thing));
    } else if constexpr (std::is_unsigned_v<T>) {
        put_varint(thing);
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
        put_varint(static_cast<std::uint64_t>(thing) << 1U ^
                   static_cast<std::uint64_t>(thing >> 63));
    } else if constexpr (std::is_same_v<T, Value>) {
        put_varint(thing.size());
        put_raw(thing.bytes());
    } else if constexpr (std::is_same_v<T, ByteBuffer>) {
        put_varint(thing.size());
        put_raw(thing);
    } else if constexpr (std::is_same_v<T, std::string>) {
        put_varint(thing.size());
        put_raw(as_bytes(thing));
    } else if constexpr (detail::is_vector<T>) {
        put_varint(thing.size());
        for (const auto& element : thing) put(element);
    } else if constexpr (detail::is_map<T>) {
        put_varint(thing.size());
        for (const auto& [key, mapped] : thing) {
            put(key);
            put(mapped);
        }
    } else if constexpr (detail::is_optional<T>) {
        put(thing.has_value());
        if (thing) put(*thing);
    } else if constexpr (detail::is_variant<T>) {
        put_varint(thing.index());
        std::visit([this](const auto& alternative) { this->put(alternative); }, thing);
    } else {
        static_assert(reflect::Aggregate<T>, "no wire form for this type");
        std::apply([&](const auto&... field) { (put(field), ...); }, reflect::fields(thing));
    }
}

template <class T>
void Decoder::get(T& thing) {
    if (!ok()) return;
    if constexpr (std::is_same_v<T, bool>) {
        const std::uint64_t number = get_varint();
        if (number > 1) fail("0 or 1");
        thing = number == 1;
    } else if constexpr (std::is_enum_v<T>) {
        const std::uint64_t number = get_varint();
        if (number >= reflect::enumerator_count<T>) return fail("the number of a known enumerator");
        thing = static_cast<T>(number);
    } else if constexpr (std::is_unsigned_v<T>) {
        const std::uint64_t number = get_varint();
        if (number > static_cast<T>(~T{0})) return fail("a smaller number");
        thing = static_cast<T>(number);
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
        const std::uint64_t folded = get_varint();
        thing = static_cast<std::int64_t>(folded >> 1U ^ (~(folded & 1U) + 1U));
    } else if constexpr (std::is_same_v<T, Value>) {
        const std::uint64_t size = get_varint();
        if (size > Value::max_size) return fail("a value of less than 4 GiB");
        thing = Value(get_raw(size));
    } else if constexpr (std::is_same_v<T, ByteBuffer>) {
        const Bytes raw = get_raw(get_varint());
        thing.assign(raw.begin(), raw.end());
    } else if constexpr (std::is_same_v<T, std::string>) {
        thing = std::string(as_text(get_raw(get_varint())));
    } else if constexpr (detail::is_vector<T>) {
        const std::size_t count = get_count();
        thing.clear();
        for (std::size_t i = 0; i < count && ok(); ++i) get(thing.emplace_back());
    } else if constexpr (detail::is_map<T>) {
        const std::size_t count = get_count();
        thing.clear();
        for (std::size_t i = 0; i < count && ok(); ++i) {
            auto key = get<typename T::key_type>();
            const bool ascending = thing.empty() || thing.rbegin()->first < key;
            if (ok() && !ascending) return fail("ascending keys");
            get(thing[std::move(key)]);
        }
    } else if constexpr (detail::is_optional<T>) {
        thing.reset();
        if (get<bool>()) get(thing.emplace());
    } else if constexpr (detail::is_variant<T>) {
        get_alternative(thing, get_varint(), std::make_index_sequence<std::variant_size_v<T>>{});
    } else {
        static_assert(reflect::Aggregate<T>, "no wire form for this type");
        std::apply([&](auto&... field) { (get(field), ...); }, reflect::fields(thing));
    }
}

/// The wire form of `thing`.
template <class T>
[[nodiscard]] ByteBuffer encode(const T& thing) {
    ByteBuffer out;
    out.reserve(64);  // Most things are small; growing from nothing allocates again and again.
    Encoder(out).put(thing);
    return out;
}

/// The thing of which `bytes`, all of them, are the wire form.
template <class T>
[[nodiscard]] std::expected<T, BadBytes> decode(Bytes bytes) {
    Decoder in(bytes);
    T thing = in.template get<T>();
    if (in.ok() && !in.at_end()) in.fail("the end");
    if (!in.ok()) return std::unexpected(in.error());
    return thing;
}

}  // namespace decree
