#include <gtest/gtest.h>

#include "props/seats_by_majority.hpp"

namespace decree::props {
namespace {

NodeId n(std::uint64_t id) { return NodeId{id}; }

/// N1 of five takes N5's vote, with all reason.
SeatProposal sound() {
    return {.leader = n(1),
            .change = {.before = {n(1), n(2), n(3), n(4), n(5)}, .in = {}, .out = n(5)},
            .options = {.promotes = true,
                        .dead_after = 1'000,
                        .stable_after = 2'000,
                        .least_voters = 4},
            .led_us = 2'000,
            .silent_us = 1'000,
            .told = {n(2), n(3)},
            .quorums = Majority{},
            .heard = {n(2), n(3)},
            .hears = true,
            .learned = Slot{7},
            .knew = Slot{7}};
}

std::string judged(const SeatProposal& proposal) {
    const auto found = seats_by_majority(proposal);
    return found ? found->signature : "";
}

/// Goal: each reason that is missing is found. Method: a sound decision, and one thing changed.
TEST(SeatsByMajority, WhatIsMissingIsFound) {
    EXPECT_EQ(judged(sound()), "");
    SeatProposal few = sound();
    few.told = {n(2), n(2), n(1), n(7)};  // Twice, itself, and a learner.
    EXPECT_EQ(judged(few), "Minority");
    SeatProposal heard = sound();
    heard.silent_us = 999;
    EXPECT_EQ(judged(heard), "HeardByLeader");
    SeatProposal soon = sound();
    soon.led_us = 1'999;
    EXPECT_EQ(judged(soon), "TooSoon");
    SeatProposal low = sound();
    low.options.least_voters = 5;
    EXPECT_EQ(judged(low), "Floor");
    low.change.in = n(6);
    EXPECT_EQ(judged(low), "") << "as many voters as before";
    SeatProposal promotion = sound();
    promotion.change = {.before = {n(1), n(2)}, .in = n(3), .out = {}};
    promotion.told = {};
    EXPECT_EQ(judged(promotion), "") << "nobody is judged";
}

/// Goal: a change that leaves no quorum of those that are heard is found, and so is a vote for one
/// that has not caught up. Method: a sound change, and one thing different.
TEST(SeatsByMajority, WhoCannotDoAVotersWorkIsFound) {
    SeatProposal alone = sound();
    alone.heard = {n(2)};
    EXPECT_EQ(judged(alone), "NoQuorum");
    alone.hears = false;
    EXPECT_EQ(judged(alone), "");
    SeatProposal flexible = sound();
    flexible.quorums = Sizes{.phase1 = 4, .phase2 = 2};
    EXPECT_EQ(judged(flexible), "NoQuorum");
    flexible.heard = {n(2), n(3), n(4)};
    EXPECT_EQ(judged(flexible), "");
    SeatProposal replaced = sound();
    replaced.change.in = n(6);
    EXPECT_EQ(judged(replaced), "");
    replaced.learned = Slot{6};
    EXPECT_EQ(judged(replaced), "Behind");
    replaced.learned = {};
    EXPECT_EQ(judged(replaced), "Behind");
}

/// Goal: who is called silent was not heard. Method: heard just now, or long ago.
TEST(SeatsByMajority, SilenceThatIsNoneIsFound) {
    EXPECT_TRUE(silence_is_true(n(2), n(5), 999, 1'000).has_value());
    EXPECT_FALSE(silence_is_true(n(2), n(5), 1'000, 1'000).has_value());
}

/// Goal: two changes at once, and a removed node that gets its vote back, are found.
TEST(SeatsByMajority, ChangesThatMustNotBeMadeAreFound) {
    const ChangeSeat change{.before = {n(1), n(2)}, .in = n(3), .out = {}};
    EXPECT_FALSE(seat_was_free_to_change(Slot{7}, change, false, {n(4)}).has_value());
    EXPECT_EQ(seat_was_free_to_change(Slot{7}, change, true, {})->signature, "Two");
    EXPECT_EQ(seat_was_free_to_change(Slot{7}, change, false, {n(3)})->signature, "Retired");
}

}  // namespace
}  // namespace decree::props
