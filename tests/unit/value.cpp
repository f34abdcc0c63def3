#include "core/value.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/hash.hpp"

namespace decree {
namespace {

/// Goal: the no-op is the empty value, however it is made.
/// Method: default, from no bytes, from two times no bytes.
TEST(Value, NoBytesAreTheNoop) {
    const Value none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.size(), 0U);
    EXPECT_EQ(none.digest(), 0U);
    EXPECT_TRUE(none.bytes().empty());
    EXPECT_EQ(Value(Bytes{}), none);
    EXPECT_EQ(Value(Bytes{}, as_bytes("")), none);
    EXPECT_NE(Value(as_bytes("\0")), Value(as_bytes("a")));
}

/// Goal: a value holds its own copy of the bytes, and knows their digest.
/// Method: change the text that it was made from.
TEST(Value, KeepsItsBytes) {
    std::string text = "abc";
    const Value value(as_bytes(text));
    text = "xyz";
    EXPECT_EQ(as_text(value.bytes()), "abc");
    EXPECT_EQ(value.size(), 3U);
    EXPECT_EQ(value.digest(), hash_bytes(as_bytes("abc")));
}

/// Goal: head and tail are joined in order, and either may be missing.
/// Method: compare with the whole text.
TEST(Value, JoinsHeadAndTail) {
    const Value whole(as_bytes("abc"));
    EXPECT_EQ(Value(as_bytes("a"), as_bytes("bc")), whole);
    EXPECT_EQ(Value(as_bytes("abc"), Bytes{}), whole);
    EXPECT_EQ(Value(Bytes{}, as_bytes("abc")), whole);
    EXPECT_NE(Value(as_bytes("bc"), as_bytes("a")), whole);
}

/// Goal: copies share the bytes, and the last one alive keeps them.
/// Method: compare addresses; drop the original first. Address sanitizer sees what is read late.
TEST(Value, CopiesShareTheirBytes) {
    Value original(as_bytes("abc"));
    const Value copy = original;
    EXPECT_EQ(copy.bytes().data(), original.bytes().data());
    original = Value{};
    EXPECT_EQ(as_text(copy.bytes()), "abc");
    EXPECT_TRUE(original.empty());
}

/// Goal: a value can be assigned to itself and moved without loss.
/// Method: both kinds of assignment through an alias, then a move.
TEST(Value, SurvivesSelfAssignmentAndMoves) {
    Value value(as_bytes("abc"));
    Value& alias = value;
    value = alias;
    EXPECT_EQ(as_text(value.bytes()), "abc");
    value = std::move(alias);
    EXPECT_EQ(as_text(value.bytes()), "abc");
    const Value taken(std::move(value));
    EXPECT_EQ(as_text(taken.bytes()), "abc");
}

/// Goal: values are equal when their bytes are.
/// Method: equal bytes in two allocations; a prefix; another byte.
TEST(Value, EqualityIsAboutBytes) {
    EXPECT_EQ(Value(as_bytes("abc")), Value(as_bytes("abc")));
    EXPECT_NE(Value(as_bytes("abc")), Value(as_bytes("ab")));
    EXPECT_NE(Value(as_bytes("abc")), Value(as_bytes("abd")));
    EXPECT_NE(Value(as_bytes("abc")), Value{});
}

}  // namespace
}  // namespace decree
