#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "core/journal/writer.hpp"
#include "core/node/batch.hpp"
#include "core/store/command_log.hpp"
#include "sim/scenario/witness.hpp"

namespace decree::sim::scenario {
namespace {

/// Four nodes, of which the first three vote; what they write is written here, by hand.
class Witnessed {
public:
    static Value batch(const LogCommand& command, std::uint64_t number) {
        ByteBuffer bytes;
        const Command one{.id = {.origin = NodeId{100},
                                 .incarnation = Incarnation{1},
                                 .number = number,
                                 .lowest_unanswered = 1},
                          .payload = encode_command(command)};
        return encode_batch({}, {&one, 1}, bytes);
    }

    /// The node votes, and that becomes durable if it is said so.
    void vote(std::uint64_t id, Slot slot, Ballot ballot, const Value& value, bool durable = true) {
        Effects effects;
        JournalWriter& writer = writers_.try_emplace(id, JournalPlace{}, 1U << 20U).first->second;
        writer.add(VoteRecord{.slot = slot, .ballot = ballot, .value = value});
        JournalHeads heads;
        heads.node = NodeId{id};
        heads.promised = ballot;
        const Position end = writer.close_group(heads, effects.journal);
        witness.stepped(node(id), {.now = Time{1}, .what = TimePassed{}}, effects);
        if (durable) {
            witness.stepped(node(id), {.now = Time{1}, .what = Durable{end}}, Effects{});
        }
    }

    Witness witness{settings()};

private:
    static Settings settings() {
        Settings settings;
        settings.voters = {NodeId{1}, NodeId{2}, NodeId{3}};
        settings.alpha = 1;
        return settings;
    }
    static Node node(std::uint64_t id) {
        Options options;
        options.self = NodeId{id};
        return *Node::start(settings(), options, std::make_unique<CommandLog>(settings()), {},
                            Time{1});
    }

    std::map<std::uint64_t, JournalWriter> writers_;
};

const Ballot first{1, NodeId{1}};

/// Goal: chosen is what a quorum of the slot's voters has durably accepted in one ballot; learners
/// and what is not durable do not count.
/// Method: votes of N1, of a learner, of N2 before its sync, and of N3.
TEST(Witness, OnlyDurableVotesOfVotersCount) {
    Witnessed world;
    const Value x = Witnessed::batch(AppendText{"X"}, 1);
    world.vote(1, Slot{1}, first, x);
    world.vote(4, Slot{1}, first, x);
    world.vote(2, Slot{1}, first, x, false);
    EXPECT_TRUE(world.witness.chosen(Slot{1}).empty());
    EXPECT_FALSE(world.witness.accepted(NodeId{2}, Slot{1}));
    EXPECT_EQ(world.witness.voted(NodeId{2}, Slot{1})->value, x);
    world.vote(3, Slot{1}, first, x);
    EXPECT_EQ(world.witness.chosen(Slot{1}), std::vector{x});
    const std::vector<Tally> tallies = world.witness.tallies(Slot{1});
    ASSERT_EQ(tallies.size(), 1U);
    EXPECT_EQ(tallies.front().by, (std::vector{NodeId{1}, NodeId{3}, NodeId{4}}));
    EXPECT_EQ(tallies.front().voters, (std::vector{NodeId{1}, NodeId{3}}));
    world.witness.crashed(NodeId{2});
    EXPECT_FALSE(world.witness.voted(NodeId{2}, Slot{1}));
}

/// Goal: votes of different ballots, or of one ballot for different values, make no quorum; two
/// values that do are a conflict.
/// Method: a split vote; then a quorum for each of two values.
TEST(Witness, AQuorumIsOfOneBallotAndValue) {
    Witnessed world;
    const Value x = Witnessed::batch(AppendText{"X"}, 1);
    const Value y = Witnessed::batch(AppendText{"Y"}, 2);
    const Ballot second{2, NodeId{3}};
    world.vote(1, Slot{1}, first, x);
    world.vote(2, Slot{1}, first, y);
    world.vote(3, Slot{1}, second, x);
    EXPECT_TRUE(world.witness.chosen(Slot{1}).empty());
    world.vote(2, Slot{1}, second, x);
    EXPECT_EQ(world.witness.chosen(Slot{1}), std::vector{x});
    EXPECT_FALSE(world.witness.conflict());
    world.vote(3, Slot{1}, first, y);
    EXPECT_EQ(world.witness.conflict(), Slot{1});
    EXPECT_EQ(world.witness.chosen(Slot{1}), (std::vector{x, y}));
}

/// Goal: who votes in a slot is what the chosen log says: settled once slot - alpha is chosen, with
/// votes that were cast before.
/// Method: alpha 1; slot 1 changes the voters; slot 2 has votes before slot 1 is chosen.
TEST(Witness, VotersAreThoseOfTheChosenLog) {
    Witnessed world;
    const Value change = Witnessed::batch(SetVoters{{NodeId{3}, NodeId{4}}}, 1);
    const Value x = Witnessed::batch(AppendText{"X"}, 2);
    EXPECT_TRUE(world.witness.voters(Slot{1}));
    EXPECT_FALSE(world.witness.voters(Slot{2}));
    for (const std::uint64_t id : {3U, 4U}) world.vote(id, Slot{2}, first, x);
    EXPECT_TRUE(world.witness.chosen(Slot{2}).empty());
    for (const std::uint64_t id : {1U, 2U}) world.vote(id, Slot{1}, first, change);
    EXPECT_EQ(world.witness.voters(Slot{2}), (Voters{NodeId{3}, NodeId{4}}));
    EXPECT_EQ(world.witness.chosen(Slot{2}), std::vector{x});
}

/// Goal: what a disk forgot was voted for all the same.
/// Method: N1 and N2 choose X; N2 forgets.
TEST(Witness, WhatADiskForgetsStaysAFact) {
    Witnessed world;
    const Value x = Witnessed::batch(AppendText{"X"}, 1);
    for (const std::uint64_t id : {1U, 2U}) world.vote(id, Slot{1}, first, x);
    EXPECT_EQ(world.witness.promised(NodeId{2}), first);
    world.witness.crashed(NodeId{2});
    world.witness.forgot(NodeId{2});
    EXPECT_EQ(world.witness.promised(NodeId{2}), Ballot{});
    EXPECT_FALSE(world.witness.accepted(NodeId{2}, Slot{1}));
    EXPECT_EQ(world.witness.tallies(Slot{1}).front().voters, (std::vector{NodeId{1}, NodeId{2}}));
}

}  // namespace
}  // namespace decree::sim::scenario
