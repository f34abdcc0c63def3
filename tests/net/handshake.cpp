#include "net/handshake.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

PeerIdentity identity(std::uint64_t number) {
    return {.life = {.node = NodeId{number}, .start = 1, .process = number},
            .cluster = "local",
            .id = ClusterId{7},
            .address = "127.0.0.1:1",
            .secret = "s"};
}

const PeerIdentity dialled = identity(1);
const PeerIdentity dials = identity(2);

/// Goal: two nodes of one cluster that know its secret believe each other.
/// Method: the three words, one after the other.
TEST(Handshake, EndsWellBetweenMembers) {
    const Greeting greeting = greet(dialled);
    const auto introduction = introduce(dials, greeting);
    ASSERT_TRUE(introduction.has_value());
    EXPECT_EQ(introduction->self.life, dials.life);
    const Verdict verdict = judge(dialled, greeting, *introduction);
    EXPECT_EQ(verdict.refusal, "");
    EXPECT_TRUE(believe(dials, greeting, *introduction, verdict).has_value());
}

/// Goal: another cluster, program or version is refused by both sides, with the reason.
/// Method: change one word at a time.
TEST(Handshake, RefusesStrangers) {
    for (int which = 0; which < 6; ++which) {
        Greeting strange = greet(dialled);
        if (which == 0) strange.cluster = "other";
        if (which == 1) strange.program = "another";
        if (which == 2) strange.version += 1;
        if (which == 3) strange.drawn.clear();
        if (which == 4) strange.id = ClusterId{8};
        if (which == 5) strange.address = std::string(4096, 'a');
        const auto introduction = introduce(dials, strange);
        ASSERT_FALSE(introduction.has_value());
        EXPECT_FALSE(introduction.error().empty());
        EXPECT_NE(judge(dialled, greet(dialled), {.self = strange, .proof = {}}).refusal, "");
    }
}

/// Goal: who is no member of a cluster yet is believed; two processes with one identity are not.
/// Method: a cluster's id of 0; then another process of the dialling node.
TEST(Handshake, KnowsNewcomersAndCopies) {
    Greeting newcomer = greet(dialled);
    newcomer.id = ClusterId{};
    EXPECT_TRUE(introduce(dials, newcomer).has_value());
    PeerIdentity copy = dials;
    copy.life.process += 1;
    EXPECT_FALSE(introduce(dials, greet(copy)).has_value());
    EXPECT_TRUE(introduce(dials, greet(dials)).has_value()) << "a node reaches itself";
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
