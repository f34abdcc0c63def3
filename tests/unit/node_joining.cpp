#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/founders.hpp"

/// A learner and its leader: how they come to know each other.

namespace decree::test {
namespace {

/// Three founders at work, and a fourth node that knows nobody yet.
class Joining : public ::testing::Test {
protected:
    Joining() {
        all.options().part_bytes = 1;  // What is chosen is told slot by slot.
        all.add_three();
        all.connect();
        all.run(2'000'000);
        for (std::uint64_t number = 1; number <= 5; ++number) all.submit(1, number);
        all.add(4, "d", {});
    }
    // Of one that leads, or one that does not.
    [[nodiscard]] std::string address(bool leads) {
        for (const std::uint64_t id : {1U, 2U}) {
            const bool does = all.node(id).role() == Role::Leading;
            if (does == leads) return id == 1 ? "a" : "b";
        }
        return "c";
    }
    void settle_until_member() {
        while (all.node(4).founding() && !all.in_flight().empty()) all.settle_one();
        ASSERT_FALSE(all.node(4).founding());
    }
    [[nodiscard]] bool has_all() {
        return all.node(4).applied() == all.node(1).applied() && all.node(4).applied() >= Slot{5};
    }

    Founders all;
};

/// Goal: whoever joins takes over what is chosen at once, in as many answers as that needs.
/// Method: it meets a follower; no time passes.
TEST_F(Joining, TakesOverAtOnce) {
    all.reach(4, address(false));
    all.settle();
    EXPECT_TRUE(has_all());
}

/// Goal: the leader is found soon, though it does not know who has joined, and nobody tells it.
/// Method: a node joins by way of a follower, and has less time than an election timeout.
TEST_F(Joining, FindsTheLeaderByAskingInTurn) {
    const std::uint64_t missed = all.count(Rule::LeaderMissed);
    all.reach(4, address(false));
    all.run(450'000);
    EXPECT_TRUE(all.node(4).leader());
    EXPECT_EQ(all.count(Rule::LeaderMissed), missed);
}

/// Goal: the next leader is found as soon, which knows nothing of the learners of the last one.
/// Method: the leader is gone; from when its learner has missed it, less than an election timeout.
TEST_F(Joining, FindsTheNextLeaderByAskingInTurn) {
    all.reach(4, address(true));
    all.run(200'000);
    const std::optional<NodeId> last = all.node(4).leader();
    ASSERT_TRUE(last);
    all.kill(last->value);
    for (int i = 0; i < 200 && all.node(4).leader() == last; ++i) all.run(10'000);
    all.run(450'000);
    EXPECT_TRUE(all.node(4).leader());
    EXPECT_NE(all.node(4).leader(), last);
}

/// Goal: a new connection is used at once, also while a question is open that an earlier one lost;
/// not by whoever follows a leader.
/// Method: a node joins, all that is under way then is lost, and it reaches the leader.
TEST_F(Joining, AsksWhomItReaches) {
    all.reach(4, address(false));
    settle_until_member();
    all.in_flight().clear();
    all.reach(4, address(true));
    all.settle();
    EXPECT_TRUE(has_all());
    all.run(60'000);  // A heartbeat comes.
    ASSERT_TRUE(all.node(4).leader());
    const std::uint64_t asked = all.count(Rule::CatchUpAsked);
    all.reach(4, address(false));
    EXPECT_EQ(all.count(Rule::CatchUpAsked), asked);
}

/// Goal: a learner that starts again asks at once, too, for its leader may have forgotten it.
/// Method: it reaches a follower again.
TEST_F(Joining, AsksWhomItReachesAfterAStart) {
    all.reach(4, address(true));
    all.run(200'000);
    ASSERT_TRUE(all.node(4).leader());
    all.restart(4);
    const std::uint64_t asked = all.count(Rule::CatchUpAsked);
    all.reach(4, address(false));
    EXPECT_EQ(all.count(Rule::CatchUpAsked), asked + 1);
}

/// Goal: a learner that nobody answers asks again and again, but less and less often.
/// Method: it is left alone for ten seconds.
TEST_F(Joining, AsksMoreAndMoreSeldom) {
    all.reach(4, address(false));
    settle_until_member();
    for (const std::uint64_t id : {1U, 2U, 3U}) all.kill(id);
    const std::uint64_t asked = all.count(Rule::CatchUpAsked);
    all.run(10'000'000);
    EXPECT_GE(all.count(Rule::CatchUpAsked) - asked, 8U);
    EXPECT_LE(all.count(Rule::CatchUpAsked) - asked, 12U);
}

/// Goal: a voter asks only when it misses the leader, since every leader tells it of itself.
/// Method: one is left alone for ten seconds.
TEST_F(Joining, AVoterDoesNotAskInBetween) {
    for (const std::uint64_t id : {2U, 3U, 4U}) all.kill(id);
    const std::uint64_t asked = all.count(Rule::CatchUpAsked);
    all.run(10'000'000);
    EXPECT_LE(all.count(Rule::CatchUpAsked) - asked, 20U);
}

}  // namespace
}  // namespace decree::test
