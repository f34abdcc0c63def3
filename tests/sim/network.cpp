#include "sim/network.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "sim/agenda.hpp"
#include "sim/clock.hpp"
#include "sim/random.hpp"

namespace decree::sim {
namespace {

NetworkHabits calm_habits() { return {}; }

/// Goal: a calm network delivers everything once, after the base delay.
/// Method: draw many fates from a seed.
TEST(Network, CalmLinksDeliverOnce) {
    Choices choices = Choices::from_seed(1);
    const Network network(calm_habits());
    for (int i = 0; i < 100; ++i) {
        const Fate fate = network.fate(choices, 0, 1);
        EXPECT_FALSE(fate.dropped || fate.cut || fate.duplicated || fate.late);
        EXPECT_EQ(fate.delay_us, calm_habits().base_us);
    }
}

/// Goal: cuts are one-way, and add up: a link is whole when all faults that cut it are over.
/// Method: cut a link twice, mend it twice.
TEST(Network, CutsAreDirectedAndCounted) {
    Choices choices = Choices::from_seed(1);
    Network network(calm_habits());
    network.link(0, 1).cuts = 1;
    EXPECT_TRUE(network.fate(choices, 0, 1).cut);
    EXPECT_FALSE(network.fate(choices, 1, 0).cut);
    network.cut(0, 1);
    EXPECT_TRUE(network.fate(choices, 1, 0).cut);
    network.mend(0, 1);
    EXPECT_FALSE(network.fate(choices, 1, 0).cut);
    EXPECT_TRUE(network.fate(choices, 0, 1).cut);
}

/// Goal: messages are dropped, repeated and late about as often as the habits say, and one message
/// suffers one fate.
/// Method: count in many draws.
TEST(Network, FatesFollowTheHabits) {
    Choices choices = Choices::from_seed(2);
    NetworkHabits habits;
    habits.dropped = 6554;
    habits.duplicated = 3277;
    habits.late = 1638;
    habits.late_us = 1'000'000;
    const Network network(habits);
    int dropped = 0;
    int duplicated = 0;
    int late = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Fate fate = network.fate(choices, 2, 3);
        dropped += fate.dropped ? 1 : 0;
        duplicated += fate.duplicated ? 1 : 0;
        late += fate.late ? 1 : 0;
        EXPECT_LE((fate.dropped ? 1 : 0) + (fate.duplicated ? 1 : 0) + (fate.late ? 1 : 0), 1);
    }
    EXPECT_NEAR(dropped, 2000, 300);
    EXPECT_NEAR(duplicated, 1000, 200);
    EXPECT_NEAR(late, 500, 150);
}

/// Goal: links inside a healed core are perfect whatever the weather.
/// Method: a calm link in a network that drops everything.
TEST(Network, CalmLinksIgnoreTheWeather) {
    Choices choices = Choices::from_seed(2);
    NetworkHabits habits;
    habits.dropped = 65536;
    habits.shape = DelayShape::HeavyTail;
    habits.spread_us = 10'000;
    Network network(habits);
    EXPECT_TRUE(network.fate(choices, 0, 1).dropped);
    network.link(0, 1).calm = true;
    EXPECT_FALSE(network.fate(choices, 0, 1).dropped);
    EXPECT_EQ(network.fate(choices, 0, 1).delay_us, habits.base_us);
}

/// Goal: each shape of delay begins at the base, varies, and has its own tail.
/// Method: the greatest of many draws of each shape.
TEST(Network, DelayShapesHaveTheirTails) {
    const auto most_of = [](DelayShape shape) {
        Choices choices = Choices::from_seed(4);
        NetworkHabits habits{.shape = shape, .base_us = 100, .spread_us = 1000};
        const Network network(habits);
        std::uint64_t most = 0;
        for (int i = 0; i < 20'000; ++i) {
            const std::uint64_t delay = network.delay(choices, 65);
            EXPECT_GE(delay, 100U);
            most = std::max(most, delay);
        }
        return most;
    };
    EXPECT_EQ(most_of(DelayShape::Constant), 100U);
    EXPECT_LE(most_of(DelayShape::Uniform), 2100U);
    EXPECT_GT(most_of(DelayShape::Uniform), 2000U);
    EXPECT_GT(most_of(DelayShape::Exponential), 3500U);
    EXPECT_LT(most_of(DelayShape::Exponential), 6000U);
    EXPECT_GT(most_of(DelayShape::HeavyTail), 100'000U);
}

/// Goal: places of messages that arrived are used again.
/// Method: allocate, release, allocate.
TEST(Network, PlacesAreReused) {
    Network network(calm_habits());
    const std::uint32_t a = network.allocate();
    const std::uint32_t b = network.allocate();
    EXPECT_NE(a, b);
    network.release(a);
    EXPECT_EQ(network.allocate(), a);
}

/// Goal: the agenda gives the earliest first, and of equal times the one made first.
/// Method: add in drawn order, compare with a sort by time and number.
TEST(Agenda, EarliestFirstThenFirstMade) {
    Choices choices = Choices::from_seed(6);
    Agenda agenda;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> expected;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::uint64_t at = choices.draw(Site::Delay, 1, 50);
        agenda.add(at, Due::Delivery, i);
        expected.emplace_back(at, i);
    }
    std::ranges::sort(expected);
    for (const auto& [at, index] : expected) {
        const Appointment due = agenda.take_first();
        EXPECT_EQ(due.at, at);
        EXPECT_EQ(due.index, index);
    }
    EXPECT_TRUE(agenda.empty());
}

/// Goal: a clock's deadline is met at the first instant at which the clock shows it.
/// Method: for several rates, look one microsecond before and at the answer.
TEST(Clock, WhenIsTheFirstInstantThatShowsTheTime) {
    for (const std::int64_t drift : {-200'000, -1, 0, 1, 333'333}) {
        Clock clock(1000, 77, drift);
        for (std::uint64_t wanted = 77; wanted < 5000; wanted += 131) {
            const std::uint64_t at = clock.when(Time{wanted}, 1000);
            EXPECT_GE(clock.at(at).value, wanted);
            if (at > 1000) {
                EXPECT_LT(clock.at(at - 1).value, wanted);
            }
        }
    }
}

/// Goal: a jump goes forward, at once, and a clock never goes back.
/// Method: look before and after.
TEST(Clock, JumpsForward) {
    Clock clock(0, 0, 100'000);
    const Time before = clock.at(1000);
    clock.jump(1000, 500);
    EXPECT_EQ(clock.at(1000).value, before.value + 500);
    EXPECT_GT(clock.at(1001), clock.at(1000));
    EXPECT_EQ(clock.when(never, 5), ~std::uint64_t{0});
}

}  // namespace
}  // namespace decree::sim
