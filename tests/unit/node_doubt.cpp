#include "core/node_name.hpp"
#include "tests/unit/cluster.hpp"

/// A node that may have forgotten votes: what it does, and what it does not.

namespace decree::test {
namespace {

constexpr Ballot leaders{3, NodeId{1}};
constexpr Ballot challengers{4, NodeId{2}};

Value text(std::string_view value) { return Value(as_bytes(value)); }

RecoveredSlot held(std::uint64_t slot, std::uint64_t round, bool chosen) {
    return {.slot = Slot{slot}, .ballot = {round, n(1)}, .value = Value{}, .chosen = chosen};
}

/// N3, as it comes up from a disk that says all this. Its disk syncs at once.
class Doubtful {
public:
    Doubtful(std::vector<RecoveredSlot> slots, std::uint64_t doubt_through, Options options = {}) {
        Recovered disk;
        disk.heads = {.node = n(3),
                      .incarnation = Incarnation{1},
                      .promised = leaders,
                      .snapshot_through = Slot{}};
        for (const RecoveredSlot& slot : slots) {
            if (slot.chosen && slot.slot == next(disk.watermark)) disk.watermark = slot.slot;
        }
        disk.slots = std::move(slots);
        disk.doubt_through = Slot{doubt_through};
        disk.damage = {{.at = {}, .what = "rot"}};
        options.self = n(3);
        node_.emplace(*Node::start(three_of(), options, std::make_unique<CommandLog>(three_of()),
                                   disk, now_));
        be_recognized();
    }
    /// What it says to that, and to the disk's having all.
    std::vector<Message> step(decltype(Event::what) what) {
        std::vector<Message> said;
        Effects effects;
        effects.listening = true;
        for (bool first = true; first || !effects.journal.bytes.empty(); first = false) {
            const Position end{effects.journal.begin.value + effects.journal.bytes.size()};
            if (!first) what = Durable{end};
            node_->step({.now = now_, .what = what}, effects);
            for (const Envelope& envelope : effects.envelopes) said.push_back(envelope.message);
            for (const RuleTaken& taken : effects.rules) ++rules_[taken.rule];
        }
        return said;
    }
    template <class M>
    std::vector<Message> hear(std::uint64_t from, M message) {
        return step(Received{.from = n(from), .message = std::move(message)});
    }
    void pass(std::uint64_t microseconds) {
        now_ = now_ + microseconds;
        for (int i = 0; i < 16 && node_->deadline() <= now_; ++i) step(TimePassed{});
    }
    [[nodiscard]] const Node& node() const { return *node_; }
    [[nodiscard]] std::uint64_t count(Rule rule) const {
        const auto at = rules_.find(rule);
        return at == rules_.end() ? 0 : at->second;
    }

private:
    // Its peers have seen no more of it than it has.
    void be_recognized() {
        for (const Message& message : step(TimePassed{})) {
            if (const auto* const returned = std::get_if<Returned>(&message)) {
                hear(1, Recognized{
                            .shown = returned->shown, .before = {}, .less = false, .promised = {}});
            }
        }
    }

    std::optional<Node> node_;
    Time now_{1'000'000};
    std::map<Rule, std::uint64_t> rules_;
};

template <class M>
const M* find(const std::vector<Message>& said) {
    for (const Message& message : said) {
        if (const M* const found = std::get_if<M>(&message)) return found;
    }
    return nullptr;
}

Decide decide(std::uint64_t from, std::uint64_t through) {
    Decide decide{.entries = {}, .chosen_through = Slot{through}};
    for (std::uint64_t slot = from; slot <= through; ++slot) {
        decide.entries.push_back({.slot = Slot{slot}, .ballot = leaders, .value = {}});
    }
    return decide;
}

/// Goal: no promise covers a slot of which a vote may be forgotten; the candidate is asked what it
/// knows. Method: a Prepare from a slot in doubt, from below it, and again.
TEST(Doubt, WithholdsPromisesThatCoverIt) {
    Doubtful node({held(1, 1, true), held(2, 1, false)}, 4);
    EXPECT_EQ(node.count(Rule::StartedInDoubt), 1U);
    for (const std::uint64_t from : {1U, 2U, 4U}) {
        const auto said = node.hear(2, Prepare{.ballot = challengers, .from_slot = Slot{from}});
        EXPECT_EQ(find<Promise>(said), nullptr) << from;
        EXPECT_EQ(find<Nack>(said), nullptr) << "nothing more was promised";
    }
    EXPECT_EQ(node.count(Rule::PromiseWithheldInDoubt), 3U);
    EXPECT_EQ(node.count(Rule::CatchUpAsked), 1U);
    EXPECT_EQ(node.node().promised(), leaders);
}

/// Goal: a promise is withheld also in a ballot that was promised before: the votes that it has to
/// report may be those that are lost. Method: a Prepare in the promised ballot.
TEST(Doubt, WithholdsARepeatedPromise) {
    Doubtful node({}, 1);
    const auto said = node.hear(1, Prepare{.ballot = leaders, .from_slot = Slot{1}});
    EXPECT_EQ(find<Promise>(said), nullptr);
}

/// Goal: promises that cover no slot in doubt are given, with all votes.
/// Method: a Prepare from just above; there is a vote.
TEST(Doubt, PromisesWhatItIsSureOf) {
    Doubtful node({held(6, 2, false)}, 4);
    const auto said = node.hear(2, Prepare{.ballot = challengers, .from_slot = Slot{5}});
    const Promise* const promise = find<Promise>(said);
    ASSERT_NE(promise, nullptr);
    ASSERT_EQ(promise->votes.size(), 1U);
    EXPECT_EQ(promise->votes[0].slot, Slot{6});
    EXPECT_EQ(node.node().doubt_through(), Slot{4});
}

/// Goal: a slot in doubt that is known chosen hinders nobody, also above a gap.
/// Method: slot 4 is decided, 3 is not; Prepare from 4, then from 3.
TEST(Doubt, ChosenSlotsAreCertain) {
    Doubtful node({held(4, 2, true)}, 4);
    const auto covered = node.hear(2, Prepare{.ballot = challengers, .from_slot = Slot{3}});
    EXPECT_EQ(find<Promise>(covered), nullptr);
    const auto said = node.hear(2, Prepare{.ballot = challengers, .from_slot = Slot{4}});
    ASSERT_NE(find<Promise>(said), nullptr);
}

/// Goal: a node in doubt votes, refuses stale ballots, and confirms its leader as ever.
/// Method: Accepts in the promised ballot and in a lower one; a heartbeat.
TEST(Doubt, GoesOnVoting) {
    Doubtful node({}, 2);
    const auto accept = [](Ballot ballot) {
        return Accept{.ballot = ballot,
                      .slot = Slot{1},
                      .value = {},
                      .chosen_through = {},
                      .round = Round{1}};
    };
    EXPECT_NE(find<Accepted>(node.hear(1, accept(leaders))), nullptr);
    EXPECT_NE(find<Nack>(node.hear(1, accept({2, n(1)}))), nullptr);
    const auto said = node.hear(
        1, Heartbeat{.ballot = leaders, .chosen_through = {}, .round = Round{2}, .shown = {}});
    const HeartbeatAnswer* const answer = find<HeartbeatAnswer>(said);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->doubt_through, Slot{2});
}

/// Goal: what was accepted, here or elsewhere, ends no doubt; what is chosen does, in all slots.
/// Method: a vote in the slot; then decisions, one by one, and a Prepare after each.
TEST(Doubt, EndsWhenAllIsKnownChosen) {
    Doubtful node({}, 2);
    const Prepare prepare{.ballot = challengers, .from_slot = Slot{1}};
    for (const std::uint64_t slot : {1U, 2U}) {
        node.hear(1, Accept{.ballot = leaders,
                            .slot = Slot{slot},
                            .value = text("x"),
                            .chosen_through = {},
                            .round = {}});
    }
    EXPECT_EQ(find<Promise>(node.hear(2, prepare)), nullptr);
    Decide one = decide(1, 1);
    one.entries[0].value = text("x");
    node.hear(1, one);
    EXPECT_EQ(find<Promise>(node.hear(2, prepare)), nullptr);
    EXPECT_EQ(node.count(Rule::DoubtEnded), 0U);
    Decide two = decide(2, 2);
    two.entries[0].value = text("x");
    node.hear(1, two);
    EXPECT_EQ(node.count(Rule::DoubtEnded), 1U);
    EXPECT_EQ(node.node().doubt_through(), Slot{});
    const auto said = node.hear(2, prepare);
    const Promise* const promise = find<Promise>(said);
    ASSERT_NE(promise, nullptr);
    EXPECT_EQ(promise->votes.size(), 2U);
}

/// Goal: a node in doubt does not want to lead, nor takes over. Method: it hears nobody for long;
/// its leader hands over; it is told to open a ballot.
TEST(Doubt, DoesNotCampaign) {
    Doubtful node({}, 2);
    for (int i = 0; i < 40; ++i) node.pass(100'000);
    EXPECT_GE(node.count(Rule::CampaignWithheldInDoubt), 2U);
    EXPECT_EQ(node.count(Rule::PreVoteAsked), 0U);
    node.hear(1,
              Heartbeat{.ballot = leaders, .chosen_through = {}, .round = Round{1}, .shown = {}});
    node.hear(1, Handover{.ballot = leaders});
    node.step(Directed{OpenRound{.round = 9}});
    EXPECT_EQ(node.count(Rule::BallotOpened), 0U);
    // ... and does again when the doubt is over.
    node.hear(1, decide(1, 2));
    for (int i = 0; i < 40; ++i) node.pass(100'000);
    EXPECT_GE(node.count(Rule::PreVoteAsked), 1U);
}

/// Goal: votes far above what a lost snapshot held take no room in the log before the gap is
/// filled, and are not forgotten. Method: a log of few slots; a vote far above; then all below is
/// told.
TEST(Doubt, PutsOffVotesFarAboveALostSnapshot) {
    Options options;
    options.snapshot_every = 16;
    options.keep_slots = 0;
    constexpr std::uint64_t lost = 1'000;
    Doubtful node({held(lost + 1, 3, false)}, lost, options);
    EXPECT_EQ(node.node().log().size(), 0U);
    const Prepare prepare{.ballot = challengers, .from_slot = Slot{lost + 1}};
    EXPECT_EQ(find<Promise>(node.hear(2, prepare)), nullptr) << "it could not report its vote";
    for (std::uint64_t slot = 1; slot <= lost; ++slot) {
        node.hear(1, decide(slot, slot));
        const auto commit = node.node().applied().value % options.snapshot_every;
        for (int i = 0; commit == 0 && i < 4; ++i) node.step(TimePassed{});
        node.step(SnapshotStored{Slot{slot}});
        for (const Load& load : node.node().load()) ASSERT_LE(load.size, load.bound) << load.name;
    }
    EXPECT_EQ(node.node().doubt_through(), Slot{});
    const auto said = node.hear(2, prepare);
    const Promise* const promise = find<Promise>(said);
    ASSERT_NE(promise, nullptr);
    ASSERT_EQ(promise->votes.size(), 1U);
    EXPECT_EQ(promise->votes[0].slot, Slot{lost + 1});
}

/// Goal: what was chosen in a slot whose vote is put off is noted with the higher ballot of both.
/// Method: votes of ballot 9 far above the gap, of which one is doubted; then both are decided, in
/// the lower ballot that chose them first.
TEST(Doubt, APutOffVoteKeepsItsBallot) {
    Options options;
    options.snapshot_every = 16;
    options.keep_slots = 0;
    constexpr std::uint64_t doubted = 700;
    Doubtful node({held(doubted, 9, false), held(doubted + 1, 9, false)}, doubted, options);
    for (std::uint64_t slot = 1; slot <= doubted + 1; ++slot) {
        EXPECT_EQ(node.node().doubt_through(), Slot{slot <= doubted ? doubted : 0});
        node.hear(1, decide(slot, slot));
        const auto commit = node.node().applied().value % options.snapshot_every;
        for (int i = 0; commit == 0 && i < 4; ++i) node.step(TimePassed{});
        node.step(SnapshotStored{Slot{slot}});
    }
    for (const std::uint64_t slot : {doubted, doubted + 1}) {
        const LogEntry* const entry = node.node().log().find(Slot{slot});
        ASSERT_NE(entry, nullptr);
        EXPECT_TRUE(entry->chosen);
        EXPECT_EQ(entry->ballot, (Ballot{9, n(1)}));
    }
}

/// Goal: a leader gets slots decided of which a voter is in doubt, though nobody asks for anything.
/// Method: N3 loses a group below its mark and comes back, while its votes were for slots that
/// nobody chose: N1, who proposed them, is gone.
TEST(Doubt, LeaderFillsWhatAVoterDoubts) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.isolate(2);
    cluster.stall(1);  // Its own votes are lost with it.
    for (std::uint64_t i = 1; i <= 3; ++i) cluster.submit(1, i, AppendText{"x"});
    for (int i = 0; i < 8; ++i) cluster.deliver<Accept>(1, 3);
    cluster.lose_all();
    cluster.isolate(1);
    cluster.run(1'000'000);
    ByteBuffer& bytes = cluster.disk(3).segments.begin()->second;
    for (std::size_t at = bytes.size(); at-- > 0;) {
        bytes[at] ^= std::byte{1};
        if (cluster.disk(3).recover()->doubt_through >= Slot{2}) break;
        bytes[at] ^= std::byte{1};
    }
    ASSERT_GE(cluster.restart(3).doubt_through, Slot{2});
    cluster.heal();
    cluster.isolate(3);
    cluster.sync(1);
    cluster.run(3'000'000);
    cluster.heal();
    cluster.run(5'000'000);
    EXPECT_EQ(cluster.node(3).doubt_through(), Slot{});
    EXPECT_EQ(cluster.count(Rule::DoubtEnded), 1U);
}

/// Goal: what a voter says it doubts is decided by no-ops, as far as the window reaches, and no
/// farther. Method: heartbeat's answers with a doubt of three slots, and with one that cannot be.
TEST(Doubt, LeaderDecidesNoopsThroughTheDoubt) {
    Cluster cluster(3);
    cluster.elect(1);
    const Slot chosen = cluster.node(1).chosen_through();
    const auto answer = [&](Slot doubt) {
        cluster.step(1, Received{.from = n(3),
                                 .message = HeartbeatAnswer{.ballot = cluster.node(1).ballot(),
                                                            .round = {},
                                                            .chosen_through = chosen,
                                                            .doubt_through = doubt,
                                                            .shown = {}}});
        cluster.settle();
    };
    answer(chosen + 100'000);
    EXPECT_EQ(cluster.node(1).chosen_through(), chosen);
    answer(chosen + 3);
    EXPECT_EQ(cluster.node(1).chosen_through(), chosen + 3);
    EXPECT_EQ(cluster.count(Rule::DoubtFilledWithNoop), 3U);
}

/// Goal: a log that begins below an older snapshot, since the newest one rotted, may be as long as
/// the journal is; what it holds is within the bound that the node names.
/// Method: more slots on the disk than a log may have otherwise, all known chosen.
TEST(Doubt, AnOlderSnapshotMakesTheLogLonger) {
    std::vector<RecoveredSlot> slots;
    for (std::uint64_t slot = 1; slot <= 600; ++slot) slots.push_back(held(slot, 3, true));
    Options options;
    options.snapshot_every = 8;
    options.keep_slots = 4;
    const Doubtful n3(slots, 0, options);
    EXPECT_LT(n3.node().log_slots(), 600U);
    EXPECT_EQ(n3.node().log().size(), 600U);
    for (const Load& load : n3.node().load()) EXPECT_LE(load.size, load.bound) << load.name;
}

/// Goal: damage stays in doubt over restarts until a snapshot has taken its place; then the damaged
/// segment is released, and nothing is left of it. Method: restart twice; then write on.
TEST(Doubt, LastsUntilASnapshotTakesItsPlace) {
    Options options;
    options.segment_bytes = 512;
    options.snapshot_every = 16;
    options.keep_slots = 0;
    Cluster cluster(3, {}, options);
    cluster.elect(1);
    for (std::uint64_t i = 1; i <= 5; ++i) cluster.submit(1, i, AppendText{"x"});
    cluster.run(1'000'000);
    auto& [begin, bytes] = *std::next(cluster.disk(3).segments.begin());
    bytes[bytes.size() / 2] ^= std::byte{1};
    cluster.isolate(3);
    ASSERT_GT(cluster.restart(3).doubt_through, Slot{});
    cluster.run(1'000'000);
    ASSERT_GT(cluster.restart(3).doubt_through, Slot{}) << "nobody told it anything";
    cluster.heal();
    cluster.run(1'000'000);
    EXPECT_EQ(cluster.node(3).doubt_through(), Slot{});
    const Recovered again = cluster.restart(3);
    EXPECT_EQ(again.doubt_through, Slot{}) << "what it was told is on its disk";
    EXPECT_FALSE(again.damage.empty());
    for (std::uint64_t i = 6; i <= 60; ++i) {
        cluster.submit(1, i, AppendText{"x"});
        cluster.run(20'000);
    }
    cluster.run(1'000'000);
    EXPECT_TRUE(cluster.restart(3).damage.empty());
}

/// Goal: a node in doubt says where, and who may know better: whom it follows, or any voter.
/// Method: before it hears of a leader, and then.
TEST(Doubt, SaysWhatIsMissingAndFromWhom) {
    Doubtful node({held(1, 3, true), held(2, 3, false)}, 4);
    std::vector<Awaited> awaited = node.node().awaited();
    ASSERT_EQ(awaited.size(), 2U);
    EXPECT_EQ(awaited[0].why, Awaiting::Doubt);
    EXPECT_EQ(awaited[0].node, n(1));
    EXPECT_EQ(awaited[0].first, Slot{2});
    EXPECT_EQ(awaited[0].last, Slot{4});
    EXPECT_EQ(awaited[1].node, n(2));
    EXPECT_EQ(sentence(awaited[1]),
              node_name(n(2)) +
                  " has not told yet what was chosen in slots 2 to 4, where this node "
                  "may have forgotten votes, so that it promises nothing and does "
                  "not lead");
    (void)node.hear(
        2, Heartbeat{.ballot = challengers, .chosen_through = {}, .round = {}, .shown = {}});
    awaited = node.node().awaited();
    ASSERT_EQ(awaited.size(), 1U);
    EXPECT_EQ(awaited[0].node, n(2));
}

/// Goal: who has itself what was chosen far above a gap needs nobody to tell it, once the gap is
/// filled. Method: a start on a journal without its snapshot, so long that the end of it is put
/// off; a peer that knows of nothing but the gap; then only the disk's answers.
TEST(Doubt, WhatIsChosenAndWasPutOffIsUsed) {
    const Settings settings = three_of(1);
    Options options;
    options.self = n(1);
    options.snapshot_every = 4;
    options.keep_slots = 0;
    const Ballot ballot{1, n(2)};
    const Slot last{60};
    Recovered disk;
    disk.heads = {
        .node = n(1), .incarnation = Incarnation{1}, .promised = ballot, .snapshot_through = {}};
    disk.doubt_through = last;
    disk.damage = {{.at = Position{}, .what = "the snapshot is not there"}};
    disk.place = {.end = Position{1'000}, .sequence = 9, .highest = last, .segments = {}};
    disk.place.segments = {{.begin = Position{}, .highest = last}};
    for (Slot slot{1}; slot <= last; slot = next(slot)) {
        disk.slots.push_back(
            {.slot = slot, .ballot = ballot, .value = text("x"), .chosen = slot != Slot{1}});
    }
    auto node = Node::start(settings, options, std::make_unique<CommandLog>(settings), disk, {});
    ASSERT_TRUE(node.has_value()) << node.error().what;
    Effects out;
    const auto step = [&](auto what) {
        node->step({.now = Time{1}, .what = std::move(what)}, out);
        const Position end{out.journal.begin.value + out.journal.bytes.size()};
        const bool writes = !out.journal.bytes.empty();
        std::optional<Slot> stored;
        for (const SnapshotWrite& write : out.snapshot) {
            if (const auto* commit = std::get_if<SnapshotCommit>(&write)) stored = commit->through;
        }
        if (writes) node->step({.now = Time{1}, .what = Durable{end}}, out);
        if (stored) node->step({.now = Time{1}, .what = SnapshotStored{*stored}}, out);
    };
    step(TimePassed{});
    ASSERT_FALSE(node->put_off().empty());
    ASSERT_EQ(node->chosen_through(), Slot{});
    const Decided gap{.slot = Slot{1}, .ballot = ballot, .value = text("x")};
    step(Received{n(3), Decide{.entries = {gap}, .chosen_through = Slot{1}}});
    for (int turns = 0; turns < 200; ++turns) step(TimePassed{});
    EXPECT_EQ(node->chosen_through(), last);
    EXPECT_EQ(node->doubt_through(), Slot{});
    EXPECT_TRUE(node->put_off().empty());
}

}  // namespace
}  // namespace decree::test
