#include "tests/unit/cluster.hpp"

/// Nodes that gather: what arrives within a turn of the driver leaves together at its end.

namespace decree::test {
namespace {

Options gathering() {
    Options options;
    options.gathers = true;
    return options;
}

/// So long that what a slot holds is executed a turn after it is known to be chosen.
AppendText long_text() { return AppendText{std::string(5000, 'x')}; }

/// The oldest message of that type from one node to another, and a turn of who gets it; false if
/// there is none.
template <class M>
bool take_in(Cluster& cluster, std::uint64_t from, std::uint64_t to) {
    if (!cluster.deliver<M>(from, to)) return false;
    cluster.pass_at(to, 0);
    return true;
}

/// What is under way to `to`.
template <class M>
std::vector<M> sent(Cluster& cluster, std::uint64_t to) {
    std::vector<M> messages;
    for (const Envelope& envelope : cluster.in_flight()) {
        const auto* const message = std::get_if<M>(&envelope.message);
        if (envelope.to == n(to) && message != nullptr) messages.push_back(*message);
    }
    return messages;
}

/// Goal: a leader's commands of one turn share a slot, and wait for nothing but the end of it.
/// Method: three commands; then the step that deadline() asks for; then all answers.
TEST(Gathering, CommandsOfOneTurnShareASlot) {
    Cluster cluster(3, {}, gathering());
    cluster.elect(1);
    cluster.pass_at(1, 0);
    cluster.settle();
    const Slot before = cluster.node(1).chosen_through();
    for (std::uint64_t tag = 1; tag <= 3; ++tag) {
        cluster.submit(1, tag, AppendText{"x"});
        EXPECT_TRUE(sent<Accept>(cluster, 2).empty());
    }
    ASSERT_EQ(cluster.node(1).deadline(), cluster.now());
    cluster.step(1, TimePassed{});
    EXPECT_EQ(sent<Accept>(cluster, 2).size(), 1U);
    cluster.settle();
    EXPECT_EQ(cluster.node(1).applied(), next(before));
    EXPECT_EQ(cluster.texts(1).size(), 3U);
    for (std::uint64_t tag = 1; tag <= 3; ++tag) EXPECT_NE(cluster.reply(tag), nullptr) << tag;
}

/// Goal: a follower's commands of one turn are one message to the leader.
/// Method: two commands at N2; what it sends before the turn ends, and then.
TEST(Gathering, CommandsOfOneTurnAreForwardedTogether) {
    Cluster cluster(3, {}, gathering());
    cluster.elect(1);
    cluster.run(100'000);
    for (std::uint64_t tag = 1; tag <= 2; ++tag) {
        cluster.submit(2, tag, AppendText{"x"});
        EXPECT_TRUE(cluster.in_flight().empty());
    }
    cluster.step(2, TimePassed{});
    const std::vector<Forward> forwarded = sent<Forward>(cluster, 1);
    ASSERT_EQ(forwarded.size(), 1U);
    EXPECT_EQ(forwarded.front().commands.size(), 2U);
    cluster.step(2, TimePassed{});
    EXPECT_EQ(sent<Forward>(cluster, 1).size(), 1U) << "what was sent is sent again at once";
    cluster.run(100'000);
    EXPECT_NE(cluster.reply(1), nullptr);
    EXPECT_NE(cluster.reply(2), nullptr);
}

/// Goal: reads of one turn share the leader's round, and a follower's question.
/// Method: two reads at each; the messages of the step that ends the turn.
TEST(Gathering, ReadsOfOneTurnShareARound) {
    Cluster cluster(3, {}, gathering());
    cluster.elect(1);
    cluster.run(100'000);
    cluster.read(2, 1);
    cluster.read(2, 2);
    EXPECT_TRUE(cluster.in_flight().empty());
    cluster.step(2, TimePassed{});
    EXPECT_EQ(sent<ReadIndex>(cluster, 1).size(), 1U);
    cluster.read(1, 3);
    cluster.read(1, 4);
    EXPECT_TRUE(sent<Heartbeat>(cluster, 2).empty());
    cluster.step(1, TimePassed{});
    EXPECT_EQ(sent<Heartbeat>(cluster, 2).size(), 1U);
    cluster.run(100'000);
    for (std::uint64_t tag = 1; tag <= 4; ++tag) EXPECT_NE(cluster.reply(tag), nullptr) << tag;
}

/// Goal: a turn gives no more answers than one step may, however many ask in it: what else the node
/// has to do would wait. Method: local reads, and others, of answers that are too long for one
/// turn.
TEST(Gathering, AnswersOfOneTurnAreBounded) {
    for (const bool local : {true, false}) {
        Options options = gathering();
        options.part_bytes = 1;
        Cluster cluster(1, {}, options);
        cluster.elect(1);
        cluster.submit(1, 1, AppendText{"x"});
        cluster.run(100'000);
        constexpr std::uint64_t first = 2;
        constexpr std::uint64_t last = 101;
        const auto answered = [&] {
            std::uint64_t count = 0;
            for (std::uint64_t tag = first; tag <= last; ++tag) {
                count += cluster.reply(tag) != nullptr ? 1U : 0U;
            }
            return count;
        };
        for (std::uint64_t tag = first; tag <= last; ++tag) cluster.read(1, tag, local);
        EXPECT_EQ(answered(), 0U);
        std::uint64_t before = 0;
        for (int turns = 1; before < last - first + 1; ++turns) {
            ASSERT_LT(turns, 200);
            ASSERT_EQ(cluster.node(1).deadline(), cluster.now());
            cluster.step(1, TimePassed{});
            EXPECT_LE(answered(), before + 16) << "of a byte each, at least";
            before = answered();
        }
    }
}

/// Goal: without a leader nothing is lost: what was gathered is sent when there is one.
/// Method: a command at a node of a cluster that has not elected anybody; then time.
TEST(Gathering, WhatFindsNoLeaderWaitsForOne) {
    Cluster cluster(3, {}, gathering());
    cluster.pass(0);
    cluster.submit(2, 1, AppendText{"x"});
    cluster.run(3'000'000);
    EXPECT_NE(cluster.reply(1), nullptr);
}

/// Goal: what is chosen is told before it is executed, and a vote does not wait for the execution
/// of what came with it; both are executed in the step after, which is due at once. Method: a
/// command at N1; when N2's vote is in, what N1 tells, and has executed, turn by turn. Then another
/// command, whose Accept is the first that N2 hears of the first one's being chosen.
TEST(Gathering, WhatIsChosenIsExecutedATurnLater) {
    Cluster cluster(3, {}, gathering());
    cluster.elect(1);
    cluster.run(100'000);
    const auto turn = [&](std::uint64_t id) {
        ASSERT_EQ(cluster.node(id).deadline(), cluster.now());
        cluster.step(id, TimePassed{});
    };
    const Slot before = cluster.node(1).applied();
    const auto choose = [&](std::uint64_t tag) {
        cluster.submit(1, tag, long_text());
        turn(1);
        ASSERT_TRUE(cluster.deliver<Accept>(1, 2));
        turn(2);
        ASSERT_TRUE(cluster.deliver<Accepted>(2, 1)) << "the vote waits";
    };
    choose(1);
    EXPECT_EQ(cluster.node(1).chosen_through(), next(before));
    EXPECT_EQ(sent<Heartbeat>(cluster, 2).size(), 1U);
    turn(1);
    EXPECT_EQ(cluster.node(1).applied(), before);
    EXPECT_EQ(cluster.reply(1), nullptr);
    turn(1);
    EXPECT_EQ(cluster.node(1).applied(), next(before));
    EXPECT_NE(cluster.reply(1), nullptr);

    cluster.lose_all();
    choose(2);
    EXPECT_EQ(cluster.node(2).chosen_through(), next(before));
    EXPECT_EQ(cluster.node(2).applied(), before);
    turn(2);
    EXPECT_EQ(cluster.node(2).applied(), next(before));
}

/// Goal: whoever looks at the machine after each step sees what each slot did: a history that is
/// shorter than what several slots do would have lost it.
/// Method: four slots of one turn, chosen in one; how far each step goes, at N1 and at N2.
TEST(Gathering, AStepExecutesOneSlot) {
    constexpr std::uint64_t slots = 4;
    Options options = gathering();
    options.batch_commands = 1;
    Cluster cluster(3, {}, options);
    cluster.elect(1);
    cluster.run(100'000);
    const Slot before = cluster.node(1).applied();
    for (std::uint64_t tag = 1; tag <= slots; ++tag) cluster.submit(1, tag, long_text());
    cluster.step(1, TimePassed{});
    cluster.exchange<Accept, Accepted>(1, 2);
    ASSERT_EQ(cluster.node(1).chosen_through(), before + slots);
    cluster.exchange<Heartbeat>(1, 2);
    ASSERT_EQ(cluster.node(2).chosen_through(), before + slots);
    for (const std::uint64_t id : {1U, 2U}) {
        for (std::uint64_t step = 0; step <= slots; ++step) {
            EXPECT_EQ(cluster.node(id).applied(), before + (step == 0 ? 0 : step - 1)) << id;
            ASSERT_EQ(cluster.node(id).deadline(), cluster.now());
            cluster.step(id, TimePassed{});
        }
        EXPECT_EQ(cluster.node(id).applied(), before + slots) << id;
    }
}

/// Goal: who knows that a slot is chosen proposes nothing there, though it has yet to execute it.
/// Method: N1 leads, and learns from N3, in the turn in which it began, that what it found is
/// chosen.
TEST(Gathering, WhatIsKnownChosenIsNotProposedAgain) {
    Cluster cluster(3, {}, gathering());
    cluster.elect(2);
    cluster.run(100'000);
    const Slot first = next(cluster.node(2).applied());
    cluster.submit(2, 1, long_text());
    cluster.pass_at(2, 0);
    ASSERT_TRUE(take_in<Accept>(cluster, 2, 1));
    ASSERT_TRUE(take_in<Accept>(cluster, 2, 3));
    ASSERT_TRUE(take_in<Accepted>(cluster, 3, 2));
    ASSERT_EQ(cluster.node(2).chosen_through(), first);
    cluster.lose_all();
    cluster.step(1, Received{.from = n(2), .message = Handover{cluster.node(2).ballot()}});
    cluster.pass_at(1, 0);
    ASSERT_EQ(cluster.node(1).role(), Role::Preparing);
    ASSERT_TRUE(cluster.deliver<Prepare>(1, 2));
    ASSERT_TRUE(cluster.deliver<Prepare>(1, 3));
    ASSERT_TRUE(cluster.deliver<Promise>(3, 1));
    ASSERT_EQ(cluster.node(1).role(), Role::Leading);
    ASSERT_LT(cluster.node(1).chosen_through(), first);
    ASSERT_TRUE(cluster.deliver<Promise>(2, 1));
    ASSERT_EQ(cluster.node(1).chosen_through(), first);
    cluster.pass_at(1, 0);
    EXPECT_EQ(cluster.node(1).applied(), first);
    EXPECT_TRUE(sent<Accept>(cluster, 2).empty());
}

/// Goal: a read is answered with all that anybody may have told a client, though this node has yet
/// to execute it. Method: N1, which has a lease, knows that a command is chosen; N2 hears of that,
/// executes and answers it; only then N1 is asked.
TEST(Gathering, WhatOthersMayHaveExecutedIsRead) {
    Settings settings = three_of();
    settings.lease_us = 1'000'000;
    Options options = gathering();
    options.election = 200'000;
    options.heartbeat = 50'000;
    Cluster cluster(3, settings, options);
    cluster.elect(1);
    cluster.run(500'000);
    const std::size_t before = cluster.texts(1).size();
    cluster.submit(2, 1, long_text());
    cluster.pass_at(2, 0);
    ASSERT_TRUE(take_in<Forward>(cluster, 2, 1));
    ASSERT_TRUE(take_in<Accept>(cluster, 1, 2));
    ASSERT_TRUE(cluster.deliver<Accepted>(2, 1));
    ASSERT_TRUE(take_in<Heartbeat>(cluster, 1, 2));
    ASSERT_NE(cluster.reply(1), nullptr);
    ASSERT_EQ(cluster.texts(1).size(), before);
    cluster.read(1, 2);
    cluster.step(1, TimePassed{});
    EXPECT_EQ(cluster.reply(2), nullptr) << "answered with less than another node told";
    cluster.pass_at(1, 0);
    ASSERT_NE(cluster.reply(2), nullptr);
    EXPECT_EQ(decode_answer(cluster.reply(2)->answer)->length, before + 1);
}

/// Goal: a node that gathers asks for one step a turn, not for one after the other.
/// Method: a leader and followers at rest, after the steps that they ask for at once.
TEST(Gathering, AnEndedTurnIsOver) {
    Cluster cluster(3, {}, gathering());
    cluster.elect(1);
    cluster.run(100'000);
    for (std::uint64_t id = 1; id <= 3; ++id) {
        cluster.pass_at(id, 0);
        EXPECT_GT(cluster.node(id).deadline(), cluster.now()) << id;
    }
}

}  // namespace
}  // namespace decree::test
