#include "tests/unit/cluster.hpp"

/// Clients' requests: which answers are given, and when.

namespace decree::test {
namespace {

/// Asks as incarnation `incarnation` of origin 100, its request number 1; the tag is the same.
void ask_as(Cluster& cluster, std::uint64_t node, std::uint64_t incarnation) {
    cluster.step(node, Requested{.client = ClientId{incarnation},
                                 .id = RequestId{.origin = n(100),
                                                 .incarnation = Incarnation{incarnation},
                                                 .number = 1,
                                                 .lowest_unanswered = 1},
                                 .tag = incarnation,
                                 .payload = encode_command(AppendText{"x"})});
}

/// Asks without a name; returns whether the node took the request.
bool taken(Cluster& cluster, std::uint64_t tag) {
    const Effects& out = cluster.step(1, Requested{.client = ClientId{1},
                                                   .id = std::nullopt,
                                                   .tag = tag,
                                                   .payload = encode_command(AppendText{"x"})});
    return std::ranges::none_of(out.replies, [&](const Reply& reply) { return reply.tag == tag; });
}

void expect_outcome(const Cluster& cluster, std::uint64_t tag, Outcome outcome) {
    ASSERT_NE(cluster.reply(tag), nullptr) << tag;
    EXPECT_EQ(cluster.reply(tag)->outcome, outcome) << tag;
}

/// Goal: whoever waits for a request of an older incarnation is told that it is stale.
/// Method: both incarnations ask the leader, which gets no votes, one after the other.
TEST(Requests, ANewIncarnationEndsTheOldOnesAtTheSameNode) {
    Cluster cluster(3);
    cluster.elect(1);
    ask_as(cluster, 1, 1);
    ask_as(cluster, 1, 2);
    expect_outcome(cluster, 1, Outcome::Stale);
    EXPECT_EQ(cluster.reply(2), nullptr);
    cluster.run(300'000);
    expect_outcome(cluster, 2, Outcome::Done);
}

/// Goal: the same when the newer incarnation's request was forwarded to the leader.
/// Method: the older asks the leader, the newer a follower.
TEST(Requests, ANewIncarnationThatIsForwardedEndsTheOldOnes) {
    Cluster cluster(3);
    cluster.elect(1);
    ask_as(cluster, 1, 1);
    ask_as(cluster, 2, 2);
    ASSERT_TRUE(cluster.deliver<Forward>(2, 1));
    expect_outcome(cluster, 1, Outcome::Stale);
    cluster.run(300'000);
    expect_outcome(cluster, 2, Outcome::Done);
}

/// Goal: the same when the newer incarnation asks elsewhere, and what the older asked never came to
/// a slot. Method: what N2 forwards is lost until N3's request of the newer one is executed.
TEST(Requests, ANewIncarnationEndsTheOldOnesElsewhere) {
    Cluster cluster(3);
    cluster.elect(1);
    ask_as(cluster, 2, 1);
    cluster.lose_all();
    ask_as(cluster, 3, 2);
    cluster.settle();
    expect_outcome(cluster, 2, Outcome::Done);
    cluster.run(1'000'000);
    expect_outcome(cluster, 1, Outcome::Stale);
    EXPECT_EQ(cluster.node(2).load().front().size, 0U);
}

/// Goal: a request that was refused takes no number of the node's own: the window moves on with
/// what is answered. Method: a window of four; a hundred more are refused; one slot is chosen.
TEST(Requests, ARefusedOneTakesNoNumber) {
    Settings settings;
    settings.origin_window = 4;
    Options options;
    options.batch_commands = 1;
    Cluster cluster(3, settings, options);
    cluster.elect(1);
    for (std::uint64_t tag = 1; tag <= 4; ++tag) ASSERT_TRUE(taken(cluster, tag));
    for (std::uint64_t tag = 5; tag <= 104; ++tag) ASSERT_FALSE(taken(cluster, tag));
    ASSERT_TRUE(cluster.deliver<Accept>(1, 2));
    ASSERT_TRUE(cluster.deliver<Accepted>(2, 1));
    expect_outcome(cluster, 1, Outcome::Done);
    EXPECT_TRUE(taken(cluster, 200));
    cluster.settle();
    expect_outcome(cluster, 200, Outcome::Done);
}

}  // namespace
}  // namespace decree::test
