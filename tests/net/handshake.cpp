#include "net/handshake.hpp"

#include <string>

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

const PeerIdentity dialled{.node = NodeId{1}, .cluster = "local", .secret = "s"};
const PeerIdentity dials{.node = NodeId{2}, .cluster = "local", .secret = "s"};

/// Goal: two nodes of one cluster that know its secret believe each other.
/// Method: the three words, one after the other.
TEST(Handshake, EndsWellBetweenMembers) {
    const Greeting greeting = greet(dialled);
    const auto introduction = introduce(dials, greeting);
    ASSERT_TRUE(introduction.has_value());
    EXPECT_EQ(introduction->self.node, dials.node);
    const Verdict verdict = judge(dialled, greeting, *introduction);
    EXPECT_EQ(verdict.refusal, "");
    EXPECT_TRUE(believe(dials, greeting, *introduction, verdict).has_value());
}

/// Goal: another cluster, program or version is refused by both sides, with the reason.
/// Method: change one word at a time.
TEST(Handshake, RefusesStrangers) {
    for (int which = 0; which < 4; ++which) {
        Greeting strange = greet(dialled);
        if (which == 0) strange.cluster = "other";
        if (which == 1) strange.program = "another";
        if (which == 2) strange.version += 1;
        if (which == 3) strange.drawn.clear();
        const auto introduction = introduce(dials, strange);
        ASSERT_FALSE(introduction.has_value());
        EXPECT_FALSE(introduction.error().empty());
        EXPECT_NE(judge(dialled, greet(dialled), {.self = strange, .proof = {}}).refusal, "");
    }
}

/// Goal: who does not know the secret is refused, whichever side it is on.
/// Method: secrets that differ; then proofs that were made for something else.
TEST(Handshake, AsksForTheSecretOnBothSides) {
    PeerIdentity ignorant = dials;
    ignorant.secret = "t";
    const Greeting greeting = greet(dialled);
    const auto introduction = introduce(ignorant, greeting);
    ASSERT_TRUE(introduction.has_value());
    const Verdict verdict = judge(dialled, greeting, *introduction);
    EXPECT_EQ(verdict.refusal, "the peers' secrets differ");
    EXPECT_FALSE(believe(ignorant, greeting, *introduction, verdict).has_value());

    const auto right = introduce(dials, greeting);
    ASSERT_TRUE(right.has_value());
    const Greeting later = greet(dialled);
    EXPECT_NE(judge(dialled, later, *right).refusal, "") << "an old introduction was said again";
    const Verdict echo{.refusal = {}, .proof = right->proof};
    EXPECT_FALSE(believe(dials, greeting, *right, echo).has_value()) << "one's own proof came back";
}

}  // namespace
}  // namespace decree::net::tests
