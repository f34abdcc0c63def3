#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/store/store.hpp"
#include "tests/unit/founders.hpp"

namespace decree::test {
namespace {

const std::vector<std::string> abc = {"a", "b", "c"};

// Whether some message in flight speaks of a founding record.
bool speaks_of_record(Founders& all, std::uint64_t from) {
    return std::ranges::any_of(all.in_flight(), [&](const Envelope& envelope) {
        const auto* const word = std::get_if<FoundingWord>(&envelope.message);
        return envelope.from == n(from) && word != nullptr && !word->charter.empty();
    });
}

/// Goal: founders that were given one list, in any order, found one cluster, and it works.
/// Method: three of them reach each other; one takes a command.
TEST(Founding, OneListInAnyOrderMakesOneCluster) {
    Founders all;
    all.add_three();
    all.connect();
    all.settle();
    ASSERT_TRUE(all.node(1).charter().has_value());
    for (const std::uint64_t id : {1U, 2U, 3U}) {
        EXPECT_FALSE(all.node(id).founding());
        EXPECT_EQ(all.node(id).charter(), all.node(1).charter());
    }
    EXPECT_EQ(all.node(3).settings().voters, (Voters{n(1), n(2), n(3)}));
    all.run(2'000'000);
    all.submit(2, 1);
    ASSERT_NE(all.reply(1), nullptr);
    EXPECT_EQ(all.reply(1)->outcome, Outcome::Done);
}

/// Goal: one node alone is a cluster, once it has found itself.
/// Method: it has not reached its address yet; then it has.
TEST(Founding, ALoneFounderFindsItself) {
    Founders all;
    all.add(7, "a", {"a"});
    all.run(1'000'000);
    EXPECT_EQ(all.why(7, "a"), Awaiting::Connection);
    all.reach(7, "a");
    EXPECT_FALSE(all.node(7).founding());
}

/// Goal: nobody founds before every listed address has answered, and each says whom it waits for.
/// Method: the third does not run; then it does.
TEST(Founding, WaitsForEveryFounderAndSaysForWhom) {
    Founders all;
    all.add(1, "a", abc);
    all.add(2, "b", abc);
    all.connect();
    all.run(1'000'000);
    EXPECT_TRUE(all.node(1).founding() && all.node(2).founding());
    EXPECT_EQ(all.why(1, "c"), Awaiting::Connection);
    EXPECT_EQ(all.count(Rule::FoundingProposed), 0U);
    all.add(3, "c", abc);
    all.connect();
    all.settle();
    EXPECT_FALSE(all.node(1).founding());
}

/// Goal: a founder with another list is refused, with the difference.
/// Method: the third lacks b and has d.
TEST(Founding, AnotherListIsRefusedWithTheDifference) {
    Founders all;
    all.add(1, "a", abc);
    all.add(2, "b", abc);
    all.add(3, "c", {"a", "c", "d"});
    all.connect();
    all.run(1'000'000);
    EXPECT_TRUE(all.node(1).founding() && all.node(2).founding() && all.node(3).founding());
    const std::vector<Awaited> awaited = all.node(1).awaited();
    ASSERT_EQ(awaited.size(), 1U);
    EXPECT_EQ(awaited.front().address, "c");
    EXPECT_EQ(awaited.front().why, Awaiting::SameList);
    EXPECT_EQ(awaited.front().only_here, (std::vector<std::string>{"b"}));
    EXPECT_EQ(awaited.front().only_there, (std::vector<std::string>{"d"}));
    EXPECT_EQ(sentence(awaited.front()),
              "c was given another list of founders; it lacks b; only it has d; start all founders "
              "with the same list");
}

/// Goal: an address that means another node to each founder founds nothing.
/// Method: each reaches itself at "localhost".
TEST(Founding, AnAddressMustLeadToOneNode) {
    Founders all;
    all.add(1, "", {"b", "localhost"});
    all.add(2, "b", {"b", "localhost"});
    all.step(1, Reached{.address = "localhost", .node = n(1)});
    all.step(2, Reached{.address = "localhost", .node = n(2)});
    all.reach(1, "b");
    all.reach(2, "b");
    all.run(1'000'000);
    EXPECT_EQ(all.why(2, "b"), Awaiting::OwnAddress);
    EXPECT_EQ(all.why(1, "b"), Awaiting::SameNodes);
    EXPECT_EQ(all.count(Rule::FoundingProposed), 0U);
}

/// Goal: who is at none of the addresses founds nothing, and says so.
/// Method: a fourth node is given the list of the three, who are not all there.
TEST(Founding, WhoIsNotListedSaysSo) {
    Founders all;
    all.add(1, "a", {"a", "b"});
    all.add(4, "", {"a", "b"});
    all.add(2, "b", abc);
    all.connect();
    all.run(500'000);
    EXPECT_EQ(all.why(4, ""), Awaiting::NotListed);
}

/// Goal: nothing is said between storing a record and its being durable for good.
/// Method: the proposer's disk stalls; it is asked meanwhile.
TEST(Founding, TheProposerSpeaksOnlyOfADurableRecord) {
    Founders all;
    all.add_three();
    all.stall(1);
    all.connect();
    all.settle();
    ASSERT_EQ(all.count(Rule::FoundingProposed), 1U);
    all.in_flight().clear();
    all.step(1,
             Received{.from = n(2),
                      .message = FoundingWord{.founders = {{"a", n(1)}, {"b", n(2)}, {"c", n(3)}},
                                              .charter = {},
                                              .asks = true}});
    EXPECT_TRUE(all.in_flight().empty());
    all.sync(1);
    EXPECT_TRUE(speaks_of_record(all, 1));
    all.settle();
    EXPECT_FALSE(all.node(3).founding());
}

/// Goal: a node stores one record and never another.
/// Method: it has stored one; a sound one of another cluster, with the same founders, comes.
TEST(Founding, ARecordIsNeverReplaced) {
    Founders all;
    all.add_three();
    all.connect();
    while (!all.in_flight().empty() && !all.node(2).founding()->charter) {
        const Envelope envelope = all.in_flight().front();
        all.in_flight().pop_front();
        all.step(envelope.to.value, Received{.from = envelope.from, .message = envelope.message});
    }
    ASSERT_TRUE(all.node(2).founding() && all.node(2).founding()->charter);
    const Charter stored = *all.node(2).founding()->charter;
    Charter other = stored;
    other.cluster.value += 1;
    all.step(2, Received{.from = n(1),
                         .message = FoundingWord{.founders = other.founders,
                                                 .charter = Value(Bytes(encode(other))),
                                                 .asks = false}});
    EXPECT_EQ(all.count(Rule::FoundingRecordRefused), 1U);
    EXPECT_EQ(all.node(2).founding()->charter, stored);
    EXPECT_EQ(all.disk(2).recover().value().charter, stored);
}

/// Goal: a record that comes late, from a node that is gone, is not stored.
/// Method: the first proposes and is replaced; then what it said arrives.
TEST(Founding, ARecordOfANodeThatIsGoneIsRefused) {
    Founders all;
    all.add_three();
    all.connect();
    while (!speaks_of_record(all, 1)) {
        const Envelope envelope = all.in_flight().front();
        all.in_flight().pop_front();
        all.step(envelope.to.value, Received{.from = envelope.from, .message = envelope.message});
    }
    all.kill(1);
    all.add(4, "a", abc);
    const std::deque<Envelope> late = std::exchange(all.in_flight(), {});
    all.connect();
    for (const Envelope& envelope : late) {
        if (envelope.to == n(1)) continue;
        all.step(envelope.to.value, Received{.from = envelope.from, .message = envelope.message});
    }
    EXPECT_GE(all.count(Rule::FoundingRecordRefused), 2U);
    all.run(500'000);
    EXPECT_FALSE(all.node(4).founding());
    EXPECT_EQ(all.node(2).settings().voters, (Voters{n(2), n(3), n(4)}));
}

/// Goal: a record that names a node that is gone blocks, and it is said how to mend that.
/// Method: the third is replaced after the first two have stored the record.
TEST(Founding, ARecordThatNamesALostNodeBlocks) {
    Founders all;
    all.add_three();
    all.connect();
    all.stall(3);
    all.settle();
    all.kill(3);
    all.add(4, "c", abc);
    all.connect();
    all.run(500'000);
    EXPECT_TRUE(all.node(1).founding());
    EXPECT_EQ(all.why(1, "c"), Awaiting::Replaced);
    EXPECT_EQ(mend(all.why(1, "c")), Mend::WipeFounders);
    EXPECT_EQ(all.why(4, "a"), Awaiting::OtherRecord);
    EXPECT_EQ(all.count(Rule::ClusterFounded), 0U);
}

/// Goal: a crash of any founder after any step, with all that was not synced, changes nothing.
/// Method: each of three dies after each of the first steps that happen; in the end there is one
/// cluster.
TEST(Founding, SurvivesACrashAtEachStep) {
    for (const std::uint64_t victim : {1U, 2U, 3U}) {
        for (std::size_t steps = 0; steps < 60; ++steps) {
            Founders all;
            all.add_three();
            all.connect();
            all.stall(victim);
            for (std::size_t i = 0; i < steps && !all.in_flight().empty(); ++i) {
                const Envelope envelope = all.in_flight().front();
                all.in_flight().pop_front();
                all.step(envelope.to.value,
                         Received{.from = envelope.from, .message = envelope.message});
                if (i % 3 == 1) all.sync(victim);
                if (i % 3 == 1) all.stall(victim);
            }
            all.restart(victim);
            all.connect();
            all.run(1'000'000);
            for (const std::uint64_t id : {1U, 2U, 3U}) {
                ASSERT_FALSE(all.node(id).founding()) << victim << " after " << steps;
                ASSERT_EQ(all.node(id).charter(), all.node(1).charter());
            }
        }
    }
}

/// Goal: the cluster's settings hold everywhere, and who was given others says so, also later.
/// Method: the second was given another alpha than the first, who proposes.
TEST(Founding, TheClustersSettingsOverruleThoseGiven) {
    Founders all;
    Settings others;
    others.alpha = 3;
    all.add(1, "a", {"a", "b"});
    all.add(2, "b", {"a", "b"}, others);
    all.connect();
    all.settle();
    EXPECT_TRUE(all.node(1).overruled_settings().empty());
    EXPECT_EQ(all.node(2).settings().alpha, all.node(1).settings().alpha);
    EXPECT_EQ(all.node(2).overruled_settings(), (std::vector<std::string>{"alpha"}));
    all.restart(2);
    EXPECT_EQ(all.node(2).settings(), all.node(1).settings());
    EXPECT_EQ(all.node(2).overruled_settings(), (std::vector<std::string>{"alpha"}));
}

/// Goal: an empty disk at a founder's address founds nothing when the cluster exists: it joins as a
/// learner, and takes over the state, by snapshot where the log is trimmed.
/// Method: the third loses its disk after twenty commands.
TEST(Founding, AWipedFounderJoinsAsALearner) {
    Founders all;
    all.options().keep_slots = 0;
    all.add_three();
    all.connect();
    all.run(2'000'000);
    for (std::uint64_t number = 1; number <= 20; ++number) all.submit(1, number);
    all.kill(3);
    all.add(4, "c", abc);
    all.connect();
    all.run(3'000'000);
    ASSERT_FALSE(all.node(4).founding());
    EXPECT_EQ(all.node(4).charter(), all.node(1).charter());
    EXPECT_EQ(all.node(4).applied(), all.node(1).applied());
    EXPECT_GT(all.count(Rule::SnapshotInstalled), 0U);
    EXPECT_EQ(all.node(1).membership().voters(next(all.node(1).chosen_through())),
              (Voters{n(1), n(2), n(3)}));
    all.restart(4);
    EXPECT_FALSE(all.node(4).founding());
}

/// Goal: without a list an empty disk only joins.
/// Method: it reaches another one like it, and then a member.
TEST(Founding, WithoutAListANodeOnlyJoins) {
    Founders all;
    all.add(8, "x", {});
    all.add(9, "", {});
    all.reach(9, "x");
    all.run(500'000);
    EXPECT_EQ(all.why(9, ""), Awaiting::Member);
    all.add(1, "a", {"a"});
    all.reach(1, "a");
    all.reach(9, "a");
    all.run(500'000);
    EXPECT_FALSE(all.node(9).founding());
    EXPECT_TRUE(all.node(8).founding());
}

/// Goal: a founder that has forgotten all takes no part under its old name, and says so.
/// Method: a founder's disk is emptied, and it starts with the same id.
TEST(Founding, AFounderThatForgotTakesNoPart) {
    Founders all;
    all.add_three();
    all.connect();
    all.run(1'000'000);
    all.disk(3) = {};
    all.restart(3);
    all.connect();
    all.run(2'000'000);
    EXPECT_TRUE(all.node(3).founding());
    EXPECT_EQ(all.why(3, ""), Awaiting::Forgotten);
    EXPECT_EQ(mend(Awaiting::Forgotten), Mend::WipeThisDisk);
}

/// Goal: an image of before the cluster was known to exist is one of an earlier moment like any
/// other: who has seen more refuses it. Method: a founder's, with the record, and a learner's.
TEST(Founding, AnImageOfBeforeIsRefused) {
    for (const std::uint64_t victim : {3U, 4U}) {
        Founders all;
        all.add_three();
        all.add(4, "d", {});
        Cluster::Disk image = all.disk(4);
        all.connect();
        if (victim == 3) {
            while (!all.disk(3).recover().value().charter) all.settle_one();
            ASSERT_TRUE(all.node(3).founding());
            image = all.disk(3);
        }
        all.run(2'000'000);
        for (std::uint64_t number = 1; number <= 5; ++number) all.submit(1, number);
        all.disk(victim) = image;
        all.restart(victim);
        all.connect();
        all.run(1'000'000);
        EXPECT_TRUE(all.node(victim).outcast()) << victim;
    }
}

/// Goal: founders that start again while there is no cluster wait for nobody's recognition that
/// nobody can give. Method: one, or all, start again after each step of founding.
TEST(Founding, WhoStartsAgainIsRecognizedOnceThereIsACluster) {
    for (const bool together : {false, true}) {
        for (std::size_t steps = 0; steps < 40; ++steps) {
            Founders all;
            all.add_three();
            all.connect();
            for (std::size_t i = 0; i < steps && !all.in_flight().empty(); ++i) all.settle_one();
            for (std::uint64_t id = together ? 1 : 3; id <= 3; ++id) all.restart(id);
            all.connect();
            all.run(3'000'000);
            for (const std::uint64_t id : {1U, 2U, 3U}) {
                ASSERT_FALSE(all.node(id).founding()) << steps;
                ASSERT_FALSE(all.node(id).returning()) << steps;
            }
            ASSERT_GE(all.count(Rule::ReturnEnded), together ? 3U : 1U) << steps;
            all.submit(3, 1);
            ASSERT_NE(all.reply(1), nullptr) << steps;
        }
    }
}

/// Goal: a disk that shows promises and has no founding record is refused.
/// Method: such a disk, for a node with a list, and for one that joins.
TEST(Founding, ADiskThatLostItsRecordIsRefused) {
    Recovered disk;
    disk.heads = {.node = n(1),
                  .incarnation = Incarnation{1},
                  .promised = {.round = 3, .node = n(2)},
                  .snapshot_through = {}};
    Options options;
    options.self = n(1);
    for (const bool joins : {true, false}) {
        Beginning beginning{.settings = {}, .founders = {}, .joins = joins};
        if (!joins) beginning.founders = abc;
        const auto node = Node::start(beginning, options,
                                      std::make_unique<CommandLog>(beginning.settings), disk, {});
        ASSERT_FALSE(node);
        EXPECT_NE(node.error().what.find("the founding record is missing"), std::string::npos);
    }
}

/// Goal: settings that cannot be the cluster's are refused before anything is founded.
/// Method: quorums that do not meet among so many founders; weights, which need names.
TEST(Founding, SettingsThatCannotBeAreRefused) {
    Options options;
    options.self = n(1);
    const auto refused = [&](QuorumSystem quorums) {
        Beginning beginning{.settings = {}, .founders = abc, .joins = false};
        beginning.settings.quorums = std::move(quorums);
        return !Node::start(beginning, options, std::make_unique<CommandLog>(beginning.settings),
                            Recovered{}, {});
    };
    EXPECT_FALSE(refused(Majority{}));
    EXPECT_TRUE(refused(Sizes{.phase1 = 1, .phase2 = 2}));
    EXPECT_TRUE(refused(Weights{.weights = {}, .phase1 = 2, .phase2 = 2}));
}

/// Goal: before it is a member a node promises nothing and tells clients to ask again.
/// Method: a Prepare, a command and a read come.
TEST(Founding, TakesNoPartBefore) {
    Founders all;
    all.add(1, "a", abc);
    all.step(1, Received{.from = n(2),
                         .message =
                             Prepare{.ballot = {.round = 1, .node = n(2)}, .from_slot = Slot{1}}});
    all.submit(1, 5);
    all.step(1, ReadRequested{.client = ClientId{1}, .tag = 6, .local = true, .query = {}});
    all.run(5'000'000);
    EXPECT_TRUE(all.in_flight().empty());
    EXPECT_EQ(all.node(1).promised(), Ballot{});
    ASSERT_TRUE(all.reply(5) != nullptr && all.reply(6) != nullptr);
    EXPECT_EQ(all.reply(5)->outcome, Outcome::Busy);
    EXPECT_EQ(all.reply(6)->outcome, Outcome::Busy);
}

/// Goal: a member takes nobody for one of its own cluster because of an address.
/// Method: where a founder was there is now a member of another cluster.
TEST(Founding, AMemberOfAnotherClusterIsNoContact) {
    Founders all;
    all.add(1, "a", {"a"});
    all.reach(1, "a");
    all.add(2, "b", {"b"});
    all.reach(2, "b");
    ASSERT_FALSE(all.node(1).founding() || all.node(2).founding());
    all.reach(1, "b");
    all.settle();
    EXPECT_TRUE(all.node(1).options().contacts.empty());
    EXPECT_EQ(all.count(Rule::ContactLearned), 0U);
    all.add(3, "c", {});
    all.reach(3, "a");
    all.settle();
    all.reach(1, "c");
    all.settle();
    EXPECT_EQ(all.node(1).options().contacts, (std::vector<NodeId>{n(3)}));
}

/// Goal: the founding record outlives the segment in which it was written.
/// Method: short segments, many commands, snapshots; then a restart.
TEST(Founding, TheRecordStandsInEverySegment) {
    Founders all;
    all.options().segment_bytes = 256;
    all.options().keep_slots = 0;
    all.add(1, "a", {"a"});
    all.reach(1, "a");
    all.run(2'000'000);
    for (std::uint64_t number = 1; number <= 40; ++number) all.submit(1, number);
    ASSERT_GT(all.disk(1).segments.begin()->first, Position{});
    const Recovered found = all.disk(1).recover().value();
    EXPECT_EQ(found.charter, all.node(1).charter());
    EXPECT_TRUE(found.founded);
}

/// Goal: the store's own settings are the cluster's, too.
/// Method: what one store gives makes another one like it; other bytes make none.
TEST(Founding, AStoreIsFoundedWithItsSettings) {
    Settings cluster;
    cluster.voters = {n(1)};
    store::StoreSettings settings;
    settings.history = 17;
    cluster.command_bytes = static_cast<std::uint32_t>(store::longest_write(settings.limits));
    const store::Store one(cluster, settings);
    const store::Store two(cluster, {});
    const Value own = one.founding_settings();
    EXPECT_NE(own, two.founding_settings());
    const auto founded = two.founded(cluster, own.bytes());
    ASSERT_NE(founded, nullptr);
    EXPECT_EQ(founded->founding_settings(), own);
    EXPECT_EQ(two.founded(cluster, {}), nullptr);
}

/// Goal: whoever would found a cluster that its state machine cannot live in does not start.
/// Method: a store whose values fit into the cluster's commands, and one byte less of those.
TEST(Founding, AStoreThatDoesNotFitIsNotFounded) {
    const store::StoreSettings store;
    Settings cluster;
    cluster.command_bytes = static_cast<std::uint32_t>(store::longest_write(store.limits));
    const auto start = [&] {
        Settings own = cluster;
        own.voters = {n(1)};
        Options options;
        options.self = n(1);
        return Node::start(Beginning{.settings = cluster, .founders = {"host-a"}, .joins = false},
                           options, std::make_unique<store::Store>(own, store), {}, Time{});
    };
    EXPECT_TRUE(start());
    --cluster.command_bytes;
    const auto refused = start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "no cluster of these settings can be founded for this machine");
}

}  // namespace
}  // namespace decree::test
