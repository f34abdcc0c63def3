#include "core/reflect.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/journal/record.hpp"
#include "core/paxos/message.hpp"
#include "core/rule.hpp"

namespace decree {
namespace {

struct Empty {};

struct Mixed {
    std::uint8_t small{};
    std::optional<Ballot> maybe;
    std::variant<Slot, NodeId> either;
    std::vector<Value> list;
    std::map<NodeId, std::string> map;
    Empty nothing;
    bool flag{};
};

struct Sixteen {
    std::uint8_t a{}, b{}, c{}, d{}, e{}, f{}, g{}, h{}, i{}, j{}, k{}, l{}, m{}, n{}, o{}, p{};
};

enum class Colour : std::uint8_t { Red, Green, Blue };

/// Goal: a struct's fields are counted whatever their types.
/// Method: structs of known length: none, one, mixed types, the most that is allowed, and nested
/// ones, whose inner fields are not counted.
TEST(Reflect, CountsFields) {
    static_assert(reflect::field_count<Empty> == 0);
    static_assert(reflect::field_count<Slot> == 1);
    static_assert(reflect::field_count<Mixed> == 7);
    static_assert(reflect::field_count<Sixteen> == 16);
    static_assert(reflect::field_count<Prepare> == 2);
    static_assert(reflect::field_count<Promise> == 5);
    static_assert(reflect::field_count<Accept> == 5);
    static_assert(reflect::field_count<Envelope> == 3);
    static_assert(reflect::field_count<Requested> == 4);
    static_assert(reflect::field_count<Event> == 2);
    static_assert(reflect::field_count<VoteRecord> == 3);
    static_assert(reflect::field_count<Reply> == 5);
}

/// Goal: `fields` gives the struct's own fields, in order of declaration.
/// Method: write through the references, read the struct.
TEST(Reflect, FieldsAreReferencesInOrder) {
    Sixteen object;
    std::uint8_t next = 0;
    std::apply([&](auto&... field) { ((field = ++next), ...); }, reflect::fields(object));
    EXPECT_EQ(object.a, 1);
    EXPECT_EQ(object.b, 2);
    EXPECT_EQ(object.o, 15);
    EXPECT_EQ(object.p, 16);
    const Sixteen& constant = object;
    static_assert(
        std::is_same_v<decltype(std::get<0>(reflect::fields(constant))), const std::uint8_t&>);
}

/// Goal: names are those of the declaration.
/// Method: fields first, in the middle and last; types plain and nested in a namespace.
TEST(Reflect, NamesAreThoseDeclared) {
    EXPECT_EQ((reflect::field_name<Mixed, 0>), "small");
    EXPECT_EQ((reflect::field_name<Mixed, 3>), "list");
    EXPECT_EQ((reflect::field_name<Mixed, 6>), "flag");
    EXPECT_EQ((reflect::field_name<PreVoteAnswer, 4>), "chosen_through");
    EXPECT_EQ(reflect::type_name<Mixed>, "Mixed");
    EXPECT_EQ(reflect::type_name<PreVoteAnswer>, "PreVoteAnswer");
}

/// Goal: an enum's enumerators are counted and named.
/// Method: an enum of this file, and the longest one of the core, of which no name is forgotten.
TEST(Reflect, EnumeratorsAreCountedAndNamed) {
    static_assert(reflect::enumerator_count<Colour> == 3);
    EXPECT_EQ(reflect::enumerator_names<Colour>.at(0), "Red");
    EXPECT_EQ(reflect::enumerator_names<Colour>.at(2), "Blue");
    static_assert(reflect::enumerator_count<Refused> == 3);
    static_assert(reflect::enumerator_count<Rule> ==
                  static_cast<std::size_t>(Rule::BadMessageRefused) + 1);
    EXPECT_EQ(reflect::enumerator_names<Rule>.back(), "BadMessageRefused");
}

template <class T>
concept Counted = requires { typename std::bool_constant<(reflect::field_count<T> > 0)>; };

/// Goal: what has no fields to be taken apart is not taken for a struct.
/// Method: the concept, on a class with private data, a number and a container.
TEST(Reflect, OnlyPlainStructsAreAggregates) {
    static_assert(reflect::Aggregate<Mixed>);
    static_assert(!reflect::Aggregate<Value>);
    static_assert(!reflect::Aggregate<int>);
    static_assert(!reflect::Aggregate<std::vector<int>>);
    static_assert(!Counted<Value>);
}

}  // namespace
}  // namespace decree
