#include "sim/choices.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "sim/random.hpp"

namespace decree::sim {
namespace {

std::vector<std::uint32_t> some_draws(Choices& choices) {
    std::vector<std::uint32_t> drawn;
    for (std::uint32_t i = 0; i < 200; ++i) {
        drawn.push_back(choices.draw(Site::Delay, i % 3, 1000));
        drawn.push_back(choices.chance(Site::Fate, 70, 1, 3) ? 1 : 0);
        drawn.push_back(choices.draw(Site::Client, 5, i % 7 + 1));
    }
    return drawn;
}

/// Goal: a seed says everything.
/// Method: two sources of one seed answer alike, one of another seed does not.
TEST(Choices, SameSeedSameAnswers) {
    Choices a = Choices::from_seed(7);
    Choices b = Choices::from_seed(7);
    Choices c = Choices::from_seed(8);
    const auto drawn = some_draws(a);
    EXPECT_EQ(drawn, some_draws(b));
    EXPECT_NE(drawn, some_draws(c));
}

/// Goal: the generator is the same for ever: seeds in old reports stay good.
/// Method: compare with answers written down once.
TEST(Choices, AnswersAreFixedForEver) {
    Choices choices = Choices::from_seed(1);
    std::vector<std::uint32_t> drawn;
    for (int i = 0; i < 6; ++i) drawn.push_back(choices.draw(Site::Delay, 66, 1000));
    const std::vector<std::uint32_t> expected = {811, 555, 755, 952, 439, 590};
    EXPECT_EQ(drawn, expected);
}

/// Goal: what was recorded replays, and replaying records the same again.
/// Method: record draws from a seed, replay, compare answers and records.
TEST(Choices, RecordReplaysIdentically) {
    Choices original = Choices::from_seed(99);
    original.keep_record();
    const auto drawn = some_draws(original);
    Choices replay = Choices::from_record(original.record());
    replay.keep_record();
    EXPECT_EQ(some_draws(replay), drawn);
    EXPECT_EQ(replay.record(), original.record());
}

/// Goal: a record that is too short goes on calmly.
/// Method: draw more than was recorded, and from streams that were not.
TEST(Choices, ExhaustedRecordAnswersZero) {
    ChoiceRecord record;
    record[{.site = Site::Delay, .entity = 1}] = {{.arity = 10, .value = 7}};
    Choices choices = Choices::from_record(record);
    EXPECT_EQ(choices.draw(Site::Delay, 1, 10), 7U);
    EXPECT_EQ(choices.draw(Site::Delay, 1, 10), 0U);
    EXPECT_EQ(choices.draw(Site::Delay, 2, 10), 0U);
    EXPECT_FALSE(choices.chance(Site::Fate, 1, 65535, 65536));
}

/// Goal: one site can be read back while all else is drawn from the seed.
/// Method: draw from both, beside choices of the same seed alone.
TEST(Choices, OneSiteFromARecordTheRestFromTheSeed) {
    ChoiceRecord record;
    record[{.site = Site::Shape, .entity = 0}] = {{.arity = 10, .value = 7}};
    Choices mixed = Choices::from_seed_with(5, Site::Shape, record);
    Choices seeded = Choices::from_seed(5);
    EXPECT_EQ(mixed.draw(Site::Shape, 0, 10), 7U);
    EXPECT_EQ(mixed.draw(Site::Shape, 0, 10), 0U);
    EXPECT_EQ(mixed.draw(Site::Shape, 3, 1'000'000), 0U);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(mixed.draw(Site::Delay, 0, 1'000'000), seeded.draw(Site::Delay, 0, 1'000'000));
    }
}

/// Goal: a recorded value never exceeds what is asked now.
/// Method: ask a record for less than it holds.
TEST(Choices, RecordedValueIsReducedToFit) {
    ChoiceRecord record;
    record[{.site = Site::Delay, .entity = 1}] = {{.arity = 10, .value = 9},
                                                  {.arity = 10, .value = 9}};
    Choices choices = Choices::from_record(record);
    EXPECT_LT(choices.draw(Site::Delay, 1, 4), 4U);
    EXPECT_EQ(choices.draw(Site::Delay, 1, 1), 0U);
    EXPECT_EQ(choices.draw(Site::Delay, 1, 10), 9U);
}

/// Goal: streams do not disturb each other: a shrinker may change one alone.
/// Method: draw from one stream with and without draws from another in between.
TEST(Choices, StreamsAreIndependent) {
    Choices alone = Choices::from_seed(3);
    Choices mixed = Choices::from_seed(3);
    for (int i = 0; i < 50; ++i) {
        static_cast<void>(mixed.draw(Site::Delay, 2, 1000));
        static_cast<void>(mixed.draw(Site::Fate, 1, 1000));
        EXPECT_EQ(alone.draw(Site::Delay, 1, 1000), mixed.draw(Site::Delay, 1, 1000));
    }
}

/// Goal: chances come about as often as they say.
/// Method: count in many draws, with wide bounds.
TEST(Choices, ChancesAreAboutRight) {
    Choices choices = Choices::from_seed(11);
    int happened = 0;
    for (int i = 0; i < 10'000; ++i) happened += choices.chance(Site::Fate, 9, 1, 4) ? 1 : 0;
    EXPECT_GT(happened, 2200);
    EXPECT_LT(happened, 2800);
    EXPECT_FALSE(choices.chance(Site::Fate, 9, 0, 4));
    EXPECT_TRUE(choices.chance(Site::Fate, 9, 4, 4));
}

/// Goal: calm choices make calm shapes of chance.
/// Method: ask dice that read an empty record.
TEST(Dice, CalmIsTheFirstAndTheLeast) {
    Choices choices = Choices::from_record({});
    Dice dice(choices, Site::Shape, 0);
    std::vector<int> things = {1, 2, 3, 4};
    dice.shuffle(things);
    EXPECT_EQ(things, (std::vector<int>{1, 2, 3, 4}));
    EXPECT_EQ(dice.one_of(things), 1);
    EXPECT_EQ(dice.between(5, 9), 5U);
    EXPECT_EQ(dice.doubling(100, 6000), 100U);
}

/// Goal: drawn numbers keep within their bounds and reach both ends.
/// Method: draw often from small ranges.
TEST(Dice, DoublingStaysWithinBounds) {
    Choices choices = Choices::from_seed(5);
    Dice dice(choices, Site::Shape, 0);
    bool low = false;
    bool high = false;
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t drawn = dice.doubling(3, 25);
        ASSERT_GE(drawn, 3U);
        ASSERT_LE(drawn, 25U);
        low = low || drawn == 3;
        high = high || drawn >= 24;
    }
    EXPECT_TRUE(low);
    EXPECT_TRUE(high);
}

}  // namespace
}  // namespace decree::sim
