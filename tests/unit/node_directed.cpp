#include "tests/unit/cluster.hpp"

namespace decree::test {
namespace {

Options by_hand(std::uint64_t nodes) {
    Options options;
    options.by_hand = true;
    options.batch_commands = 1;
    options.snapshot_every = 1U << 20U;
    options.keep_slots = 1U << 20U;
    for (std::uint64_t id = 1; id <= nodes; ++id) options.contacts.push_back(n(id));
    return options;
}

/// Starts all, and lets N1 lead by the promise of N2.
Cluster led_by_hand(std::uint64_t nodes, const Settings& settings = {}) {
    Cluster cluster(nodes, settings, by_hand(nodes));
    for (std::uint64_t id = 1; id <= nodes; ++id) cluster.step(id, TimePassed{});
    cluster.step(1, Directed{OpenRound{1}});
    EXPECT_TRUE(cluster.deliver<Prepare>(1, 2));
    EXPECT_TRUE(cluster.deliver<Promise>(2, 1));
    return cluster;
}

/// N1 proposes a text, and N2's vote makes it chosen.
void choose(Cluster& cluster, std::uint64_t number, const std::string& text) {
    cluster.submit(1, number, AppendText{text});
    EXPECT_TRUE(cluster.deliver<Accept>(1, 2));
    EXPECT_TRUE(cluster.deliver<Accepted>(2, 1));
}

/// Goal: a ballot is opened when that is asked, and only above the promise, and only by a voter.
/// Method: rounds around the promise, at a voter that follows and one that leads, and at a learner.
TEST(Directed, OpensABallotAboveItsPromise) {
    Settings settings;
    settings.voters = {n(1), n(2), n(3)};
    Cluster cluster(4, settings);
    cluster.step(2, Directed{OpenRound{5}});
    EXPECT_EQ(cluster.node(2).ballot(), (Ballot{5, n(2)}));
    EXPECT_EQ(cluster.node(2).promised(), (Ballot{5, n(2)}));
    ASSERT_TRUE(cluster.deliver<Prepare>(2, 1));
    for (const std::uint64_t round :
         {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{5}, max_number}) {
        cluster.step(1, Directed{OpenRound{round}});
        EXPECT_EQ(cluster.node(1).role(), Role::Following) << round;
    }
    ASSERT_TRUE(cluster.deliver<Promise>(1, 2));
    ASSERT_EQ(cluster.node(2).role(), Role::Leading);
    cluster.step(2, Directed{OpenRound{6}});
    EXPECT_EQ(cluster.node(2).role(), Role::Preparing);
    cluster.step(1, Directed{OpenRound{7}});
    EXPECT_EQ(cluster.node(1).ballot(), (Ballot{7, n(1)}));
    cluster.step(4, Directed{OpenRound{9}});
    EXPECT_EQ(cluster.node(4).promised(), Ballot{});
}

/// Goal: whoever is told to asks to catch up, whatever question is open.
/// Method: twice in a row, of the same node; then of another.
TEST(Directed, AsksToCatchUpAsOftenAsItIsTold) {
    Cluster cluster(3);
    cluster.step(1, TimePassed{});
    for (const std::uint64_t of : {2U, 2U, 3U}) {
        cluster.step(1, Directed{AskForChosen{n(of)}});
        ASSERT_EQ(cluster.last().envelopes.size(), 1U);
        EXPECT_EQ(cluster.last().envelopes.front().to, n(of));
        EXPECT_TRUE(std::holds_alternative<CatchUp>(cluster.last().envelopes.front().message));
    }
    cluster.step(1, Directed{AskForChosen{n(1)}});  // Itself: nobody to ask.
    EXPECT_TRUE(cluster.last().envelopes.empty());
}

/// Goal: only a leader tells a watermark, and asks whether it leads.
/// Method: both asked of a leader and of a follower.
TEST(Directed, OnlyALeaderTellsAndConfirms) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"a"});
    cluster.settle();
    cluster.step(1, Directed{TellWatermark{n(3)}});
    ASSERT_EQ(cluster.last().envelopes.size(), 1U);
    const auto told = std::get<Heartbeat>(cluster.last().envelopes.front().message);
    EXPECT_EQ(told.chosen_through, cluster.node(1).chosen_through());
    EXPECT_EQ(told.round, Round{});
    cluster.step(1, Directed{ConfirmLead{}});
    ASSERT_EQ(cluster.last().envelopes.size(), 2U);
    EXPECT_GT(std::get<Heartbeat>(cluster.last().envelopes.front().message).round, Round{});
    cluster.settle();
    for (const Direction& direction : {Direction{TellWatermark{n(3)}}, Direction{ConfirmLead{}}}) {
        cluster.step(2, Directed{direction});
        EXPECT_TRUE(cluster.last().envelopes.empty());
    }
}

/// Goal: the log is trimmed as far as it is told, once the disk has a snapshot of all that is
/// applied. Method: three slots; trimmed through the second while the disk stalls, and after.
TEST(Directed, TrimsTheLogBehindADurableSnapshot) {
    Cluster cluster = led_by_hand(3);
    for (std::uint64_t i = 1; i <= 3; ++i) choose(cluster, i, std::to_string(i));
    ASSERT_EQ(cluster.node(1).applied(), Slot{3});
    cluster.step(1, Directed{TrimLog{Slot{4}}});  // Not applied.
    cluster.pass_at(1, 0);
    EXPECT_EQ(cluster.count(Rule::SnapshotBegun), 0U);
    cluster.stall(1);
    cluster.step(1, Directed{TrimLog{Slot{2}}});
    for (int i = 0; i < 10; ++i) cluster.pass_at(1, 0);
    EXPECT_EQ(cluster.count(Rule::SnapshotCommitted), 1U);
    EXPECT_EQ(cluster.node(1).log().trimmed_through(), Slot{});
    cluster.sync(1);
    EXPECT_EQ(cluster.node(1).log().trimmed_through(), Slot{2});
    cluster.step(1, Directed{TrimLog{Slot{3}}});  // The same snapshot is enough.
    EXPECT_EQ(cluster.node(1).log().trimmed_through(), Slot{3});
    EXPECT_EQ(cluster.count(Rule::SnapshotBegun), 1U);
}

/// Goal: by hand a leader begins with nothing of its own: no heartbeat, no no-op, nothing
/// forwarded. Method: a leader that has just begun; a follower that is given a command and a read.
TEST(ByHand, NothingIsSaidUnasked) {
    Cluster cluster = led_by_hand(3);
    EXPECT_EQ(cluster.node(1).role(), Role::Leading);
    cluster.in_flight().clear();
    EXPECT_EQ(cluster.count(Rule::HeartbeatSent), 0U);
    cluster.step(1, Directed{TellWatermark{n(2)}});
    ASSERT_TRUE(cluster.deliver<Heartbeat>(1, 2));
    ASSERT_EQ(cluster.node(2).leader(), n(1));
    cluster.submit(2, 1, AppendText{"a"});
    cluster.read(2, 2);
    EXPECT_TRUE(cluster.in_flight().empty());
    EXPECT_EQ(cluster.node(1).log().size(), 0U);
}

/// Goal: by hand an accept speaks of its own slot alone.
/// Method: the accept of slot 2, when slot 1 is known chosen and a round was asked.
TEST(ByHand, AnAcceptSpeaksOfItsSlotAlone) {
    Cluster cluster = led_by_hand(3);
    choose(cluster, 1, "a");
    cluster.step(1, Directed{ConfirmLead{}});
    cluster.submit(1, 2, AppendText{"b"});
    bool seen = false;
    for (const Envelope& envelope : cluster.in_flight()) {
        const auto* const accept = std::get_if<Accept>(&envelope.message);
        if (accept == nullptr || accept->slot != Slot{2}) continue;
        seen = true;
        EXPECT_EQ(accept->chosen_through, Slot{});
        EXPECT_EQ(accept->round, Round{});
    }
    EXPECT_TRUE(seen);
}

/// Goal: by hand each choice is told at once to all others, learners, too, and without its value to
/// whoever is known to hold it.
/// Method: four nodes, one a learner; N2 has voted.
TEST(ByHand, EachChoiceIsToldAtOnce) {
    Settings settings;
    settings.voters = {n(1), n(2), n(3)};
    Cluster cluster = led_by_hand(4, settings);
    choose(cluster, 1, "a");
    ASSERT_TRUE(cluster.deliver<Chosen>(1, 2));
    ASSERT_TRUE(cluster.deliver<Decide>(1, 3));
    ASSERT_TRUE(cluster.deliver<Decide>(1, 4));
    for (std::uint64_t id = 1; id <= 4; ++id) {
        EXPECT_EQ(cluster.texts(id), std::vector<std::string>{"a"}) << id;
    }
}

/// Goal: a choice told by its ballot is believed where the vote is of that ballot, and asked for
/// elsewhere; what cannot be is refused.
/// Method: the same message to one who voted in that ballot, in another, and not at all.
TEST(ByHand, AChoiceWithoutItsValueNeedsTheVote) {
    Cluster cluster = led_by_hand(3);
    choose(cluster, 1, "a");
    const Chosen chosen{.ballot = {1, n(1)}, .slot = Slot{1}};
    const auto tell = [&](std::uint64_t to, const Chosen& what) {
        cluster.step(to, Received{.from = n(1), .message = what});
    };
    tell(3, chosen);
    EXPECT_EQ(cluster.node(3).chosen_through(), Slot{});
    EXPECT_EQ(cluster.count(Rule::CatchUpAsked), 1U);
    tell(2, {.ballot = {2, n(3)}, .slot = Slot{1}});
    EXPECT_EQ(cluster.node(2).chosen_through(), Slot{});
    tell(2, chosen);
    EXPECT_EQ(cluster.node(2).chosen_through(), Slot{1});
    tell(2, chosen);
    EXPECT_EQ(cluster.count(Rule::DecideKnown), 1U);
    tell(2, {.ballot = {}, .slot = Slot{1}});
    tell(2, {.ballot = {1, n(1)}, .slot = {}});
    EXPECT_EQ(cluster.node(2).bad_messages(), 2U);
}

/// Goal: by hand what is asked for comes slot by slot, choices beyond a gap, too; what is trimmed
/// comes as one snapshot, in all its pieces.
/// Method: slots 1 and 3 chosen of three; then all, and trimmed.
TEST(ByHand, CatchingUpComesSlotBySlot) {
    Cluster cluster = led_by_hand(3);
    for (std::uint64_t i = 1; i <= 3; ++i) cluster.submit(1, i, AppendText{std::to_string(i)});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster.deliver<Accept>(1, 2));
    ASSERT_TRUE(cluster.deliver<Accepted>(2, 1));
    const Envelope second = *std::ranges::find_if(cluster.in_flight(), [](const Envelope& e) {
        return std::holds_alternative<Accepted>(e.message);
    });
    std::erase(cluster.in_flight(), second);
    ASSERT_TRUE(cluster.deliver<Accepted>(2, 1));
    cluster.lose_all();
    cluster.step(3, Directed{AskForChosen{n(1)}});
    ASSERT_TRUE(cluster.deliver<CatchUp>(3, 1));
    EXPECT_EQ(cluster.in_flight().size(), 2U);
    ASSERT_TRUE(cluster.deliver<Decide>(1, 3));
    ASSERT_TRUE(cluster.deliver<Decide>(1, 3));
    EXPECT_EQ(cluster.node(3).chosen_through(), Slot{1});
    cluster.step(1, Received{.from = n(2), .message = second.message});
    ASSERT_EQ(cluster.node(1).applied(), Slot{3});
    cluster.step(1, Directed{TrimLog{Slot{2}}});
    for (int i = 0; i < 10; ++i) cluster.pass_at(1, 0);
    ASSERT_EQ(cluster.node(1).log().trimmed_through(), Slot{2});
    cluster.lose_all();
    cluster.step(3, Directed{AskForChosen{n(1)}});
    ASSERT_TRUE(cluster.deliver<CatchUp>(3, 1));
    EXPECT_GT(cluster.in_flight().size(), 2U);
    ASSERT_TRUE(cluster.deliver<SnapshotPiece>(1, 3));
    cluster.step(3, Directed{TrimLog{Slot{1}}});  // Not while another one comes in.
    EXPECT_TRUE(cluster.last().snapshot.empty());
    while (cluster.deliver<SnapshotPiece>(1, 3)) {
    }
    EXPECT_EQ(cluster.texts(3), (std::vector<std::string>{"1", "2", "3"}));
    EXPECT_TRUE(cluster.in_flight().empty());
}

}  // namespace
}  // namespace decree::test
