#include "core/node_name.hpp"
#include "tests/unit/cluster.hpp"

/// Starting again: what peers remember of a node, and what it may do before they have said so.

namespace decree::test {
namespace {

/// N1 leads three nodes that have all shown themselves.
class Returning : public ::testing::Test {
protected:
    Returning() : cluster_(3) {
        cluster_.elect(1);
        cluster_.pass(200'000);
        cluster_.settle();
    }
    /// N3 starts again on what its disk has; nothing that it says is delivered.
    void restart() {
        cluster_.restart(3);
        cluster_.lose_all();
        cluster_.step(3, TimePassed{});
    }
    [[nodiscard]] bool promises() {
        cluster_.step(3, Received{.from = n(2),
                                  .message = Prepare{.ballot = {9, n(2)}, .from_slot = Slot{1}}});
        return in_flight<Promise>(3, 2) > 0;
    }
    template <class M>
    [[nodiscard]] std::ptrdiff_t in_flight(std::uint64_t from, std::uint64_t to) {
        return std::ranges::count_if(cluster_.in_flight(), [&](const Envelope& envelope) {
            return envelope.from == n(from) && envelope.to == n(to) &&
                   std::holds_alternative<M>(envelope.message);
        });
    }
    /// N3 asks in its own name, for a client without one.
    void ask_nameless() {
        cluster_.step(3, Requested{.client = ClientId{1},
                                   .id = {},
                                   .tag = ++asked_,
                                   .payload = encode_command(AppendText{"b"})});
        cluster_.settle();
        cluster_.pass(200'000);
        cluster_.settle();
    }
    /// N1 starts again, and remembers nobody.
    void forget() {
        cluster_.restart(1);
        cluster_.lose_all();
        cluster_.step(1, TimePassed{});
        cluster_.lose_all();
    }
    void ask() {
        cluster_.submit(1, ++asked_, AppendText{"a"});
        cluster_.settle();
        cluster_.pass(200'000);
        cluster_.settle();
    }

    Cluster cluster_;
    std::uint64_t asked_ = 0;
};

/// Goal: a node that was there before gives no promise before a quorum has recognized it; then it
/// does. Method: N3 restarts; a Prepare before and after N2's answer.
TEST_F(Returning, PromisesNothingBeforeItIsRecognized) {
    restart();
    EXPECT_TRUE(cluster_.node(3).returning());
    EXPECT_FALSE(promises());
    EXPECT_EQ(cluster_.count(Rule::WithheldUntilRecognized), 1U);
    cluster_.exchange<Returned, Recognized>(3, 2);
    EXPECT_FALSE(cluster_.node(3).returning());
    EXPECT_TRUE(promises());
}

/// Goal: it neither votes nor confirms its leader before; it learns.
/// Method: an Accept and a Heartbeat of the leader.
TEST_F(Returning, VotesForNothingBefore) {
    restart();
    const Ballot ballot = cluster_.node(1).ballot();
    cluster_.step(3, Received{.from = n(1),
                              .message = Accept{.ballot = ballot,
                                                .slot = next(cluster_.node(3).chosen_through()),
                                                .value = {},
                                                .chosen_through = {},
                                                .round = {}}});
    cluster_.step(
        3, Received{.from = n(1),
                    .message = Heartbeat{
                        .ballot = ballot, .chosen_through = {}, .round = Round{99}, .shown = {}}});
    EXPECT_EQ(in_flight<Accepted>(3, 1), 0);
    EXPECT_EQ(in_flight<HeartbeatAnswer>(3, 1), 0);
    EXPECT_EQ(cluster_.node(3).leader(), n(1)) << "it follows all the same";
}

/// Goal: one that comes back with less than it had shown is refused by whoever saw it, and says
/// nothing any more. Method: N3's disk is put back as it was before the leader heard of it.
TEST_F(Returning, AnEarlierImageIsRefused) {
    const auto image = cluster_.disk(3);
    ask();
    cluster_.disk(3) = image;
    restart();
    cluster_.exchange<Returned, Recognized>(3, 1);
    ASSERT_TRUE(cluster_.node(3).outcast());
    EXPECT_EQ(cluster_.node(3).outcast()->by, n(1));
    cluster_.lose_all();
    EXPECT_FALSE(promises());
    EXPECT_EQ(cluster_.node(3).deadline(), never);
}

/// Goal: the name under which a node asked outlasts what its peers remember of it: an image that
/// would ask under it again is refused. Method: N3 asks, N1 restarts, N3's disk is put back.
TEST_F(Returning, ANameThatHasAskedIsRefusedByWhoeverForgot) {
    restart();
    cluster_.exchange<Returned, Recognized>(3, 1);
    cluster_.settle();
    const auto image = cluster_.disk(3);
    restart();
    cluster_.exchange<Returned, Recognized>(3, 1);
    cluster_.settle();
    ask_nameless();
    ASSERT_GT(cluster_.node(1).chosen_through(), Slot{});
    cluster_.disk(3) = image;
    restart();
    forget();
    cluster_.step(3, TimePassed{});
    cluster_.pass_at(3, 200'000);
    cluster_.exchange<Returned, Recognized>(3, 1);
    ASSERT_TRUE(cluster_.node(3).outcast());
    EXPECT_EQ(cluster_.node(3).outcast()->before.life, 0U);
}

/// Goal: what a node asked since it was recognized is no reason to refuse it.
/// Method: a Returned of N3 reaches N1 late, after N3 asked and N1 started again.
TEST_F(Returning, ALateAnnouncementRefusesNobody) {
    restart();
    const auto announced = std::ranges::find_if(cluster_.in_flight(), [](const Envelope& envelope) {
        return envelope.to == n(1) && std::holds_alternative<Returned>(envelope.message);
    });
    ASSERT_NE(announced, cluster_.in_flight().end());
    const Message late = announced->message;
    cluster_.exchange<Returned, Recognized>(3, 1);
    cluster_.settle();
    ask_nameless();
    forget();
    cluster_.step(1, Received{.from = n(3), .message = late});
    EXPECT_EQ(cluster_.count(Rule::ReturnRefused), 1U);
    cluster_.exchange<Returned, Recognized>(3, 1);
    EXPECT_FALSE(cluster_.node(3).outcast());
}

/// Goal: one that was recognized, and leads, gives up the lead when somebody has seen more of it.
/// Method: N3's disk is put back by one start. N2 restarts, so only N1 remembers that start, and is
/// heard when N3 leads by the word of N2.
TEST_F(Returning, ALeaderThatIsRefusedLeadsNoMore) {
    const auto image = cluster_.disk(3);
    restart();
    cluster_.exchange<Returned, Recognized>(3, 1);
    ask();
    cluster_.disk(3) = image;
    cluster_.restart(2);
    restart();
    cluster_.step(2, TimePassed{});
    cluster_.exchange<Returned, Recognized>(3, 2);
    ASSERT_FALSE(cluster_.node(3).returning());
    cluster_.lose_all();
    cluster_.pass_at(2, 200'000);
    cluster_.exchange<Returned, Recognized>(2, 1);
    cluster_.lose_all();
    cluster_.elect_with(3, 2);
    cluster_.exchange<Heartbeat, HeartbeatAnswer, Recognized>(3, 1);
    ASSERT_TRUE(cluster_.node(3).outcast());
    EXPECT_EQ(cluster_.count(Rule::SteppedDownOutcast), 1U);
    EXPECT_NE(cluster_.node(3).role(), Role::Leading);
}

/// Goal: a crash is no reason to refuse. Method: N3 restarts with all that it had, five times.
TEST_F(Returning, ASoundDiskIsNeverRefused) {
    for (int i = 0; i < 5; ++i) {
        restart();
        cluster_.exchange<Returned, Recognized>(3, 1);
        EXPECT_FALSE(cluster_.node(3).outcast());
        EXPECT_FALSE(cluster_.node(3).returning());
        ask();
    }
}

/// Goal: of two processes on copies of one disk, the second is refused.
/// Method: N3 restarts from the same image twice, as two machines would.
TEST_F(Returning, ASecondHolderOfANameIsRefused) {
    const auto image = cluster_.disk(3);
    restart();
    cluster_.exchange<Returned, Recognized>(3, 1);
    ASSERT_FALSE(cluster_.node(3).outcast());
    cluster_.disk(3) = image;
    restart();
    cluster_.exchange<Returned, Recognized>(3, 1);
    EXPECT_TRUE(cluster_.node(3).outcast());
}

/// Goal: a leader that remembers more than a node has now refuses it when it first hears it, though
/// others have recognized it; and what that says does not count.
/// Method: N3's disk is put back as it was, and its announcement to N1 is lost.
TEST_F(Returning, WhoeverHearsItLaterAndRemembersMoreRefusesIt) {
    const auto image = cluster_.disk(3);
    ask();
    cluster_.disk(3) = image;
    restart();
    cluster_.exchange<Returned, Recognized>(3, 2);
    ASSERT_FALSE(cluster_.node(3).returning());
    cluster_.lose_all();
    const std::uint64_t refused = cluster_.count(Rule::ReturnRefused);
    for (int i = 0; i < 3; ++i) {
        cluster_.pass_at(1, 50'000);
        cluster_.exchange<Heartbeat, HeartbeatAnswer>(1, 3);
    }
    EXPECT_EQ(cluster_.count(Rule::ReturnRefused), refused + 3) << "it is not forgotten";
    cluster_.exchange<Recognized>(1, 3);
    ASSERT_TRUE(cluster_.node(3).outcast());
    EXPECT_EQ(cluster_.node(3).outcast()->by, n(1));
}

/// Goal: damage that a node knows of is no reason to refuse it, whoever hears of it first.
/// Method: a bit of N3's journal rots; it is recognized by N2, and the leader hears it then.
TEST_F(Returning, WhoKnowsOfItsDamageIsNotRefused) {
    ask();
    cluster_.pass(300'000);
    cluster_.settle();
    ByteBuffer& bytes = cluster_.disk(3).segments.begin()->second;
    bytes[bytes.size() / 2] ^= std::byte{1};
    ASSERT_FALSE(cluster_.disk(3).recover().value().damage.empty());
    restart();
    cluster_.exchange<Returned, Recognized>(3, 2);
    cluster_.lose_all();
    cluster_.run(1'000'000);
    EXPECT_FALSE(cluster_.node(3).outcast());
    EXPECT_EQ(cluster_.count(Rule::ReturnRefused), 0U);
}

/// Goal: an empty group at the end, which seals a quiet journal, may rot, and nobody is refused for
/// it. Method: the last byte of N3's disk.
TEST_F(Returning, ALostSealIsNothingLess) {
    ask();
    cluster_.run(1'000'000);
    cluster_.disk(3).segments.rbegin()->second.back() ^= std::byte{1};
    ASSERT_TRUE(cluster_.disk(3).recover().value().torn_at);
    restart();
    cluster_.exchange<Returned, Recognized>(3, 1);
    cluster_.run(1'000'000);
    EXPECT_FALSE(cluster_.node(3).outcast());
    EXPECT_FALSE(cluster_.node(3).returning());
}

/// Goal: a node that is not recognized yet says by whom it is not. Method: N3 asks, N2 answers.
TEST_F(Returning, SaysWhomItWaitsFor) {
    EXPECT_TRUE(cluster_.node(3).awaited().empty());
    restart();
    const std::vector<Awaited> awaited = cluster_.node(3).awaited();
    ASSERT_EQ(awaited.size(), 2U);
    EXPECT_EQ(awaited[0].why, Awaiting::Recognition);
    EXPECT_EQ(awaited[0].node, n(1));
    EXPECT_EQ(awaited[1].node, n(2));
    EXPECT_EQ(sentence(awaited[0]),
              node_name(n(1)) +
                  " has not said yet that it saw no more of this node than its disk "
                  "has, so that it does not vote");
    cluster_.exchange<Returned, Recognized>(3, 2);
    EXPECT_TRUE(cluster_.node(3).awaited().empty());
}

/// Goal: an answer to another life means nothing. Method: a refusal of an earlier start.
TEST_F(Returning, RefusalsOfOtherLivesAreIgnored) {
    restart();
    const Shown other{.incarnation = Incarnation{1}, .life = 5, .found = {}, .position = {}};
    cluster_.step(3, Received{.from = n(1),
                              .message = Recognized{
                                  .shown = other, .before = {}, .less = true, .promised = {}}});
    EXPECT_FALSE(cluster_.node(3).outcast());
}

}  // namespace
}  // namespace decree::test
