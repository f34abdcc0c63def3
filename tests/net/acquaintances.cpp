#include "net/acquaintances.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

const Life on_original{.node = NodeId{1}, .start = 1, .process = 10};
const Life on_copy{.node = NodeId{1}, .start = 2, .process = 20};
const std::string here = "127.0.0.1:1";

Time after(std::uint64_t seconds) { return Time{(100 + seconds) * 1'000'000}; }

bool mentions(const Objection& objection, const std::string& words) {
    return objection.why.find(words) != std::string::npos;
}

/// Goal: whoever is heard stays, and a process on a copy leaves nothing behind.
/// Method: a later start shows itself beside one that says something every second; then the first
/// one ends, and starts again from its own folder.
TEST(Acquaintances, KeepWhoIsHeard) {
    Acquaintances known;
    EXPECT_EQ(known.objection(on_original, after(0)).why, "");
    known.linked(on_original, here, after(0));
    known.heard(on_original, true, after(0));
    const Objection first = known.objection(on_copy, after(1));
    EXPECT_TRUE(mentions(first, "another process runs as node"));
    EXPECT_TRUE(mentions(first, here)) << first.why;
    EXPECT_FALSE(mentions(first, "empty")) << "the good folder might be meant";
    EXPECT_FALSE(first.sure) << "the other one may have ended just now";
    EXPECT_EQ(first.other, on_original);
    EXPECT_EQ(known.objection(on_original, after(1)).why, "") << "another link of the same process";
    known.heard(on_original, false, after(3));
    EXPECT_TRUE(known.objection(on_copy, after(3)).sure) << "it went on beside the copy";

    known.unlinked(on_original);
    Life again = on_original;
    again.start = 2;
    again.process = 11;
    EXPECT_EQ(known.objection(again, after(3)).why, "");
    EXPECT_TRUE(known.objection(on_copy, after(9)).sure) << "it ran beside another one once";
}

/// Goal: a start after a crash is taken when the earlier one is silent, or when its links are gone.
/// Method: silence for less and for as long as it takes; several links that end one by one.
TEST(Acquaintances, TakeTheNextOneAfterASilence) {
    Acquaintances known;
    known.linked(on_original, here, after(0));
    known.heard(on_original, true, after(0));
    EXPECT_NE(known.objection(on_copy, after(0) + (silent_after - 1)).why, "");
    EXPECT_EQ(known.objection(on_copy, after(0) + silent_after).why, "");

    Acquaintances others;
    others.linked(on_original, here, after(0));
    others.linked(on_original, here, after(0));
    others.unlinked(on_original);
    EXPECT_NE(others.objection(on_copy, after(0)).why, "") << "one link is left";
    others.unlinked(on_original);
    EXPECT_EQ(others.objection(on_copy, after(0)).why, "");
}

/// Goal: words that were under way when a process ended do not make its successor a copy.
/// Method: something is heard of the earlier one just after the later one was refused.
TEST(Acquaintances, AreNotSureTooSoon) {
    Acquaintances known;
    known.linked(on_original, here, after(0));
    EXPECT_NE(known.objection(on_copy, after(0)).why, "");
    known.heard(on_original, true, after(1));
    EXPECT_FALSE(known.objection(on_copy, after(1)).sure);
    EXPECT_EQ(known.objection(on_copy, after(3)).why, "");
}

/// Goal: once a later start has said something, an earlier one is refused for good, also when the
/// later one has ended; and so is another process in the same start, but not the start after it.
/// Method: a process that was stopped goes on after the next one was taken.
TEST(Acquaintances, RefuseWhoComesBackWithLess) {
    Acquaintances known;
    known.linked(on_original, here, after(0));
    known.heard(on_original, true, after(0));
    ASSERT_EQ(known.objection(on_copy, after(5)).why, "");
    known.unlinked(on_original);
    known.linked(on_copy, here, after(5));
    EXPECT_TRUE(mentions(known.objection(on_original, after(5)), "another process runs as node"));
    known.heard(on_copy, true, after(5));
    known.unlinked(on_copy);
    const Objection less = known.objection(on_original, after(9));
    EXPECT_TRUE(mentions(less, "comes back with less than it has shown")) << less.why;
    EXPECT_FALSE(mentions(less, "empty")) << "the good folder might be meant";
    EXPECT_TRUE(less.sure);
    Life twin = on_copy;
    twin.process = 21;
    EXPECT_TRUE(mentions(known.objection(twin, after(9)), "in the same start")) << "a twin";
    twin.start = 3;
    EXPECT_EQ(known.objection(twin, after(9)).why, "");
    const Life other{.node = NodeId{2}, .start = 1, .process = 10};
    EXPECT_EQ(known.objection(other, after(9)).why, "");
}

/// Goal: a link on which nothing was said, and a start that the core refused, bar nobody.
/// Method: a copy that ends before its first word, and one that is disowned, while the original is
/// away; but not one on whose words others may have built.
TEST(Acquaintances, ForgetWhoDidNotCount) {
    Life again = on_original;
    again.start = 2;
    again.process = 11;
    for (int what = 0; what < 3; ++what) {
        Acquaintances known;
        known.linked(on_original, here, after(0));
        known.heard(on_original, true, after(0));
        known.unlinked(on_original);
        known.linked(on_copy, here, after(1));
        if (what > 0) known.heard(on_copy, what > 1, after(1));
        if (what > 0) known.disowned(on_copy.node, on_copy.start);
        known.unlinked(on_copy);
        EXPECT_EQ(known.objection(again, after(1)).why.empty(), what < 2) << what;
        EXPECT_EQ(known.objection(on_original, after(1)).why.empty(), what < 2) << what;
    }
    Acquaintances newly;
    newly.linked(on_copy, here, after(0));
    newly.heard(on_copy, false, after(0));
    newly.disowned(on_copy.node, on_copy.start);
    newly.unlinked(on_copy);
    EXPECT_EQ(newly.objection(on_original, after(0)).why, "") << "nobody was known before it";
}

/// Goal: what was disowned is forgotten once; who was there before it is not.
TEST(Acquaintances, DoNotForgetTwice) {
    Acquaintances known;
    known.linked(on_original, here, after(0));
    known.heard(on_original, true, after(0));
    known.unlinked(on_original);
    known.linked(on_copy, here, after(1));
    known.heard(on_copy, false, after(1));
    known.disowned(on_copy.node, on_copy.start);
    known.disowned(on_copy.node, on_copy.start);
    known.disowned(on_original.node, on_original.start);
    known.unlinked(on_copy);
    Life twin = on_original;
    twin.process = 12;
    EXPECT_NE(known.objection(twin, after(1)).why, "");
}

}  // namespace
}  // namespace decree::net::tests
