#include "core/codec.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/paxos/message.hpp"
#include "core/rule.hpp"
#include "tests/footprint.hpp"

namespace decree {
namespace {

ByteBuffer bytes(std::initializer_list<unsigned> numbers) {
    ByteBuffer buffer;
    for (const unsigned number : numbers) buffer.push_back(static_cast<std::byte>(number));
    return buffer;
}

template <class T>
void expect_form(const T& thing, std::initializer_list<unsigned> form) {
    EXPECT_EQ(encode(thing), bytes(form));
    const auto back = decode<T>(bytes(form));
    ASSERT_TRUE(back.has_value()) << back.error().what;
    EXPECT_TRUE(*back == thing);
}

template <class T>
BadBytes refusal(std::initializer_list<unsigned> form) {
    const auto thing = decode<T>(bytes(form));
    return thing ? BadBytes{.what = "accepted", .offset = 0} : thing.error();
}

using Number = std::uint64_t;

/// Goal: numbers are written in groups of seven bits, the least significant first.
/// Method: numbers at both sides of each change of length that matters, byte by byte.
TEST(Codec, NumbersAreLittleEndianGroupsOfSevenBits) {
    expect_form(Number{0}, {0x00});
    expect_form(Number{127}, {0x7F});
    expect_form(Number{128}, {0x80, 0x01});
    expect_form(Number{16383}, {0xFF, 0x7F});
    expect_form(Number{16384}, {0x80, 0x80, 0x01});
    expect_form(Number{1} << 63U, {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01});
    expect_form(~Number{0}, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01});
}

/// Goal: a number has one form only.
/// Method: longer forms of 0, 1 and 128, and a last group that does not fit into 64 bits.
TEST(Codec, LongerFormsOfNumbersAreRefused) {
    const std::string what = "expected a number of 64 bits in its shortest form";
    EXPECT_EQ(refusal<Number>({0x80, 0x00}), (BadBytes{what, 1}));
    EXPECT_EQ(refusal<Number>({0x81, 0x00}), (BadBytes{what, 1}));
    EXPECT_EQ(refusal<Number>({0x80, 0x81, 0x00}), (BadBytes{what, 2}));
    EXPECT_EQ(refusal<Number>({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}),
              (BadBytes{what, 9}));
    EXPECT_EQ(refusal<Number>({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x00}),
              (BadBytes{what, 9}));
}

/// Goal: a number that its field cannot hold is refused, and the greatest that it can is not.
/// Method: 8 and 32 bits.
TEST(Codec, NumbersMustFitTheirField) {
    expect_form(std::uint8_t{255}, {0xFF, 0x01});
    EXPECT_EQ(refusal<std::uint8_t>({0x80, 0x02}).what, "expected a smaller number");
    expect_form(std::numeric_limits<std::uint32_t>::max(), {0xFF, 0xFF, 0xFF, 0xFF, 0x0F});
    EXPECT_EQ(refusal<std::uint32_t>({0x80, 0x80, 0x80, 0x80, 0x10}).what,
              "expected a smaller number");
}

/// Goal: yes is 1, no is 0, nothing else is either.
/// Method: 0, 1 and 2.
TEST(Codec, BoolsAreZeroOrOne) {
    expect_form(false, {0});
    expect_form(true, {1});
    EXPECT_EQ(refusal<bool>({2}).what, "expected 0 or 1");
}

/// Goal: an enum is its number, of a known enumerator.
/// Method: the first, the last and one beyond.
TEST(Codec, EnumsAreNumbersOfKnownEnumerators) {
    expect_form(Refused::PrepareMessage, {0});
    expect_form(Refused::HeartbeatMessage, {2});
    EXPECT_EQ(refusal<Refused>({3}).what, "expected the number of a known enumerator");
    for (std::size_t i = 0; i < reflect::enumerator_count<Rule>; ++i) {
        EXPECT_EQ(decode<Rule>(encode(static_cast<Rule>(i))), static_cast<Rule>(i));
    }
}

/// Goal: texts, values, bytes and lists begin with their length.
/// Method: empty and short ones; the empty value is the no-op, not a value of no bytes.
TEST(Codec, SequencesBeginWithTheirLength) {
    expect_form(std::string{}, {0});
    expect_form(std::string("ab"), {2, 'a', 'b'});
    expect_form(Value{}, {0});
    expect_form(Value(as_bytes("ab")), {2, 'a', 'b'});
    expect_form(bytes({7, 8}), {2, 7, 8});
    expect_form(std::vector<Slot>{}, {0});
    expect_form(std::vector{Slot{1}, Slot{300}}, {2, 1, 0xAC, 0x02});
}

/// Goal: what may be missing says first whether it is there.
/// Method: none, and something.
TEST(Codec, OptionalsBeginWithWhetherTheyAre) {
    expect_form(std::optional<Slot>{}, {0});
    expect_form(std::optional{Slot{5}}, {1, 5});
    EXPECT_EQ(refusal<std::optional<Slot>>({2, 5}).what, "expected 0 or 1");
}

/// Goal: maps have one form: keys ascend, each once.
/// Method: a map, then its bytes with the keys swapped, then with one key twice.
TEST(Codec, MapsAscend) {
    const std::map<NodeId, std::uint32_t> map{{NodeId{1}, 7}, {NodeId{2}, 8}};
    expect_form(map, {2, 1, 7, 2, 8});
    EXPECT_EQ((refusal<std::map<NodeId, std::uint32_t>>({2, 2, 8, 1, 7}).what),
              "expected ascending keys");
    EXPECT_EQ((refusal<std::map<NodeId, std::uint32_t>>({2, 1, 7, 1, 7}).what),
              "expected ascending keys");
}

/// Goal: what was in a thing before does not matter to what is decoded into it.
/// Method: decode an empty map, list and optional over ones that hold something.
TEST(Codec, DecodingReplacesWhatWasThere) {
    const ByteBuffer nothing = bytes({0, 0, 0});
    std::map<NodeId, std::uint32_t> map{{NodeId{1}, 7}};
    std::vector<Slot> list{Slot{1}};
    std::optional<Slot> maybe{Slot{1}};
    Decoder in(nothing);
    in.get(map);
    in.get(list);
    in.get(maybe);
    EXPECT_TRUE(in.ok() && in.at_end());
    EXPECT_TRUE(map.empty() && list.empty() && !maybe);
}

/// Goal: the wire form of messages is fixed, so that nodes of two builds understand each other.
/// Method: a message with each kind of field, byte by byte: its number, then its fields in order.
TEST(Codec, MessagesAreTheirNumberAndTheirFields) {
    const Message message = Promise{
        .ballot = {2, NodeId{1}},
        .covers_from = Slot{3},
        .covers_through = Slot{4},
        .trimmed_through = Slot{0},
        .votes = {Vote{Slot{3}, {1, NodeId{2}}, Value(as_bytes("x")), true}},
    };
    expect_form(message, {3, 2, 1, 3, 4, 0, 1, 3, 1, 2, 1, 'x', 1});
    expect_form(Message{Prepare{{300, NodeId{1}}, Slot{1}}}, {2, 0xAC, 0x02, 1, 1});
    EXPECT_EQ(refusal<Message>({std::variant_size_v<Message>}),
              (BadBytes{"expected the number of a known alternative", 1}));
}

/// Goal: all bytes are used, and none are missing.
/// Method: one byte too many, one too few, none.
TEST(Codec, BytesEndWhereTheThingEnds) {
    EXPECT_EQ(refusal<Slot>({1, 2}), (BadBytes{"expected the end", 1}));
    EXPECT_EQ(refusal<Ballot>({1}), (BadBytes{"expected more bytes", 1}));
    EXPECT_EQ(refusal<Message>({}), (BadBytes{"expected more bytes", 0}));
}

/// Goal: the first error stands, and nothing is read after it.
/// Method: a decoder that has failed is asked for more.
TEST(Codec, NothingIsReadAfterAnError) {
    const ByteBuffer input = bytes({2, 1, 1});
    Decoder in(input);
    EXPECT_FALSE(in.get<bool>());
    const BadBytes first = in.error();
    EXPECT_EQ(in.get<Slot>(), Slot{});
    EXPECT_EQ(in.get<std::vector<Slot>>(), std::vector<Slot>{});
    EXPECT_EQ(in.get<Value>(), Value{});
    EXPECT_EQ(in.error(), first);
    EXPECT_FALSE(in.at_end());
}

/// Goal: a length is not believed before its bytes are there.
/// Method: lengths up to the greatest number, followed by two bytes; look at what was allocated.
TEST(Codec, HostileLengthsAllocateNothing) {
    for (const Number claimed : {Number{3}, Number{1} << 20U, Number{1} << 32U, ~Number{0}}) {
        ByteBuffer input = encode(claimed);
        input.resize(input.size() + 2);
        const auto refuses = [&]<class T>(T thing) {
            Decoder in(input);
            in.get(thing);
            EXPECT_FALSE(in.ok());
            EXPECT_LE(footprint(thing), 64U);
        };
        refuses(Value{});
        refuses(std::string{});
        refuses(ByteBuffer{});
        refuses(std::vector<Vote>{});
        refuses(std::map<NodeId, Slot>{});
    }
}

}  // namespace
}  // namespace decree
