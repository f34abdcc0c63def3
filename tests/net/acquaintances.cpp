#include "net/acquaintances.hpp"

#include <string>

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

const Life on_original{.node = NodeId{1}, .start = 1, .process = 10};
const Life on_copy{.node = NodeId{1}, .start = 2, .process = 20};

bool mentions(const std::string& objection, const std::string& words) {
    return objection.find(words) != std::string::npos;
}

/// Goal: once a later start has said something, an earlier one is refused, and so is another
/// process in the same start, but not the start after it; nobody is told to empty a folder, since
/// that might be the good one.
/// Method: a process that was stopped goes on after the next one was taken.
TEST(Acquaintances, RefuseWhoComesBackWithLess) {
    Acquaintances known;
    EXPECT_EQ(known.objection(on_original), "");
    known.heard(on_original, true);
    EXPECT_EQ(known.objection(on_original), "") << "another link of the same process";
    EXPECT_EQ(known.objection(on_copy), "");
    known.heard(on_copy, true);
    const std::string less = known.objection(on_original);
    EXPECT_TRUE(mentions(less, "comes back with less than it has shown")) << less;
    EXPECT_FALSE(mentions(less, "empty")) << less;
    Life twin = on_copy;
    twin.process = 21;
    EXPECT_TRUE(mentions(known.objection(twin), "in the same start")) << "a twin";
    twin.start = 3;
    EXPECT_EQ(known.objection(twin), "");
    EXPECT_EQ(known.objection({.node = NodeId{2}, .start = 1, .process = 10}), "");
}

/// Goal: a start that the core refused bars nobody, unless others may have built on its words.
/// Method: a copy that is disowned while the original is away; also one that said what binds, and
/// one before which nobody was known.
TEST(Acquaintances, ForgetWhoDidNotCount) {
    Life again = on_original;
    again.start = 2;
    again.process = 11;
    for (const bool binding : {false, true}) {
        Acquaintances known;
        known.heard(on_original, true);
        known.heard(on_copy, binding);
        known.disowned(on_copy.node, on_copy.start);
        EXPECT_EQ(known.objection(again).empty(), !binding);
        EXPECT_EQ(known.objection(on_original).empty(), !binding);
    }
    Acquaintances newly;
    newly.heard(on_copy, false);
    newly.disowned(on_copy.node, on_copy.start);
    EXPECT_EQ(newly.objection(on_original), "");
}

/// Goal: what was disowned is forgotten once; who was there before it is not.
TEST(Acquaintances, DoNotForgetTwice) {
    Acquaintances known;
    known.heard(on_original, true);
    known.heard(on_copy, false);
    known.disowned(on_copy.node, on_copy.start);
    known.disowned(on_copy.node, on_copy.start);
    known.disowned(on_original.node, on_original.start);
    Life twin = on_original;
    twin.process = 12;
    EXPECT_NE(known.objection(twin), "");
}

}  // namespace
}  // namespace decree::net::tests
