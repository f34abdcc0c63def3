#include "core/codec.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/event.hpp"
#include "core/journal/record.hpp"
#include "core/paxos/message.hpp"
#include "tests/footprint.hpp"
#include "tests/property/arbitrary.hpp"

namespace decree {
namespace {

/// Draws a thing of each alternative of `Variant` in turn, so that no run leaves one out.
template <class Variant, class F, std::size_t... I>
void with_each_alternative(F check, std::index_sequence<I...>) {
    (check(Variant(std::in_place_index<I>,
                   *rc::gen::arbitrary<std::variant_alternative_t<I, Variant>>())),
     ...);
}
template <class Variant, class F>
void with_each_alternative(F check) {
    with_each_alternative<Variant>(check, std::make_index_sequence<std::variant_size_v<Variant>>{});
}

template <class T>
void assert_comes_back(const T& thing) {
    const auto back = decode<T>(encode(thing));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == thing);
}

/// Whatever `input` is, it is refused, or is the one encoding of what it means.
template <class T>
void assert_refused_or_canonical(const ByteBuffer& input) {
    T thing{};
    Decoder in(input);
    in.get(thing);
    RC_ASSERT(footprint(thing) <= allowed_footprint(input.size()));
    if (in.ok() && in.at_end()) RC_ASSERT(encode(thing) == input);
}

template <class T>
void assert_damage_is_seen(const T& thing) {
    const ByteBuffer whole = encode(thing);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        RC_ASSERT(!decode<T>(Bytes(whole).first(length)).has_value());
    }
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        ByteBuffer flipped = whole;
        flipped[bit / 8] ^= std::byte{1} << (bit % 8);
        assert_refused_or_canonical<T>(flipped);
    }
}

/// Goal: every message, record and event is what it was after it was written and read.
/// Method: random ones of each alternative.
RC_GTEST_PROP(CodecProperty, EverythingComesBack, (const Event& event)) {
    with_each_alternative<Message>([](const Message& m) { assert_comes_back(m); });
    with_each_alternative<Record>([](const Record& r) { assert_comes_back(r); });
    with_each_alternative<decltype(Event::what)>(
        [&](const auto& what) { assert_comes_back(Event{event.now, what}); });
}

/// Goal: damaged bytes never mean what was sent, nor the same thing as other bytes do.
/// Method: all truncations (none decodes: no encoding is the beginning of another) and all single
/// bits flipped, of a random message of each kind.
RC_GTEST_PROP(CodecProperty, DamagedMessagesAreRefusedOrCanonical, ()) {
    with_each_alternative<Message>([](const Message& m) { assert_damage_is_seen(m); });
}

/// Goal: the same for what a disk gives back.
/// Method: as above, with records.
RC_GTEST_PROP(CodecProperty, DamagedRecordsAreRefusedOrCanonical, ()) {
    with_each_alternative<Record>([](const Record& r) { assert_damage_is_seen(r); });
}

/// Goal: any bytes at all are refused or canonical, and little is allocated for them.
/// Method: random bytes, of which many are small, behind each message's number.
RC_GTEST_PROP(CodecProperty, AnyBytesAreRefusedOrCanonical, ()) {
    const auto tail = *rc::gen::container<std::vector<std::uint8_t>>(
        rc::gen::oneOf(rc::gen::inRange<std::uint8_t>(0, 5), rc::gen::arbitrary<std::uint8_t>()));
    for (std::uint8_t kind = 0; kind <= std::variant_size_v<Message>; ++kind) {
        ByteBuffer input{std::byte{kind}};
        for (const std::uint8_t byte : tail) input.push_back(std::byte{byte});
        assert_refused_or_canonical<Message>(input);
    }
}

/// Goal: numbers come back, in as few bytes as their bits need.
/// Method: random numbers of all lengths; the length from the count of bits.
RC_GTEST_PROP(CodecProperty, NumbersAreShortest, ()) {
    const std::uint64_t number = *arbitrary::number();
    const ByteBuffer bytes = encode(number);
    const auto bits = static_cast<std::size_t>(std::bit_width(number));
    RC_ASSERT(bytes.size() == (bits == 0 ? 1 : (bits + 6) / 7));
    RC_ASSERT(decode<std::uint64_t>(bytes).value() == number);
}

}  // namespace
}  // namespace decree
