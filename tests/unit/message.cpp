#include "core/paxos/message.hpp"

#include <gtest/gtest.h>

namespace decree {
namespace {

constexpr Slot beyond{max_number};
const Ballot some_ballot{3, NodeId{1}};
const Ballot beyond_ballot{max_number, NodeId{1}};

Value long_value(std::size_t size) {
    const ByteBuffer bytes(size);
    return Value(Bytes(bytes));
}
Promise promise_of(std::vector<Vote> votes) {
    return {.ballot = some_ballot,
            .covers_from = Slot{1},
            .covers_through = last_slot,
            .trimmed_through = {},
            .votes = std::move(votes)};
}
Accept accept(Ballot in, Slot slot, const Value& value = {}) {
    return {.ballot = in, .slot = slot, .value = value, .chosen_through = {}, .round = {}};
}
Forward forward(const Value& payload) {
    return {.commands = {{.id = {}, .payload = payload}}, .relayed = false};
}

/// Goal: what a node may say is believed, up to the last slot and round below the bound, and a
/// promise's last part, which covers all slots there can be. Method: one message of each sort.
TEST(Message, WhatAClusterCanReachIsPlausible) {
    constexpr Slot highest = previous(beyond);
    const Ballot top{max_number - 1, NodeId{~0ULL}};
    EXPECT_TRUE(is_plausible(accept(top, highest, long_value(100))));
    EXPECT_TRUE(is_plausible(Prepare{.ballot = top, .from_slot = highest}));
    EXPECT_TRUE(is_plausible(
        promise_of({{.slot = highest, .ballot = top, .value = long_value(100), .chosen = true}})));
    EXPECT_TRUE(is_plausible(Decide{.entries = {}, .chosen_through = highest}));
    EXPECT_TRUE(is_plausible(PreVote{.attempt = ~0ULL}));
    EXPECT_TRUE(is_plausible(ReadIndex{.id = ~0ULL, .relayed = false}));
    EXPECT_TRUE(is_plausible(forward(long_value(100))));
}

/// Goal: a round beyond the bound is noticed wherever it stands.
/// Method: in a message's own ballot, in a promised one, in a vote's, in a decision's.
TEST(Message, ARoundBeyondTheBoundIsNotPlausible) {
    EXPECT_FALSE(is_plausible(accept(beyond_ballot, Slot{1})));
    EXPECT_FALSE(is_plausible(PreVoteAnswer{.attempt = 1,
                                            .granted = true,
                                            .leader_heard = false,
                                            .promised = beyond_ballot,
                                            .chosen_through = {}}));
    EXPECT_FALSE(is_plausible(
        Nack{.ballot = some_ballot, .promised = beyond_ballot, .refused = {}, .slot = {}}));
    EXPECT_FALSE(is_plausible(
        promise_of({{.slot = Slot{1}, .ballot = beyond_ballot, .value = {}, .chosen = false}})));
    EXPECT_FALSE(
        is_plausible(Decide{.entries = {{.slot = Slot{1}, .ballot = beyond_ballot, .value = {}}},
                            .chosen_through = Slot{1}}));
    EXPECT_FALSE(is_plausible(Handover{.ballot = beyond_ballot}));
}

/// Goal: a slot beyond the bound is noticed wherever it stands.
/// Method: each message that names slots, and the second of two votes.
TEST(Message, ASlotBeyondTheBoundIsNotPlausible) {
    EXPECT_FALSE(is_plausible(accept(some_ballot, beyond)));
    EXPECT_FALSE(is_plausible(Prepare{.ballot = some_ballot, .from_slot = beyond}));
    EXPECT_FALSE(is_plausible(
        promise_of({{.slot = Slot{1}, .ballot = some_ballot, .value = {}, .chosen = false},
                    {.slot = beyond, .ballot = some_ballot, .value = {}, .chosen = false}})));
    Promise trimmed = promise_of({});
    trimmed.trimmed_through = beyond;
    EXPECT_FALSE(is_plausible(trimmed));
    EXPECT_FALSE(is_plausible(
        Heartbeat{.ballot = some_ballot, .chosen_through = beyond, .round = {}, .shown = {}}));
    EXPECT_FALSE(is_plausible(HeartbeatAnswer{.ballot = some_ballot,
                                              .round = {},
                                              .chosen_through = beyond,
                                              .doubt_through = {},
                                              .shown = {}}));
    EXPECT_FALSE(
        is_plausible(CatchUp{.from_slot = last_slot, .snapshot_through = {}, .next_piece = 0}));
    EXPECT_FALSE(is_plausible(Decide{.entries = {}, .chosen_through = last_slot}));
    EXPECT_FALSE(
        is_plausible(SnapshotPiece{.through = last_slot, .piece = 0, .last = true, .bytes = {}}));
    EXPECT_FALSE(is_plausible(ReadPoint{.id = 1, .slot = last_slot, .ballot = some_ballot}));
}

/// Goal: a value longer than any may be is noticed wherever it stands.
/// Method: a byte more than the bound, in a proposal, a vote, a command.
TEST(Message, AValueBeyondTheBoundIsNotPlausible) {
    EXPECT_TRUE(is_plausible(accept(some_ballot, Slot{1}, long_value(max_value_bytes))));
    const Value longer = long_value(max_value_bytes + 1);
    EXPECT_FALSE(is_plausible(accept(some_ballot, Slot{1}, longer)));
    EXPECT_FALSE(is_plausible(
        promise_of({{.slot = Slot{1}, .ballot = some_ballot, .value = longer, .chosen = false}})));
    EXPECT_FALSE(is_plausible(forward(longer)));
}

}  // namespace
}  // namespace decree
