#include <string_view>

#include <gtest/gtest.h>

#include "sim/arguments.hpp"

namespace decree::sim {
namespace {

/// Goal: numbers are digits alone, within their bounds.
/// Method: good and bad ones.
TEST(Arguments, NumbersAreStrict) {
    EXPECT_EQ(parse_number("--nodes", "5", 1, 8), 5U);
    EXPECT_EQ(parse_number("--nodes", "8", 1, 8), 8U);
    for (const std::string_view text :
         {"", "0", "9", "-1", "+5", " 5", "5 ", "5x", "0x5", "5.0", "99999999999999999999"}) {
        const auto parsed = parse_number("--nodes", text, 1, 8);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_NE(parsed.error().find("from 1 to 8"), std::string::npos);
        EXPECT_TRUE(parsed.error().starts_with("--nodes "));
    }
}

/// Goal: seeds are how many, or from which to which.
/// Method: good and bad ones; a turned range is shown the right way round.
TEST(Arguments, SeedsAreACountOrARange) {
    EXPECT_EQ(parse_seeds("1000"), (SeedRange{1, 1'000}));
    EXPECT_EQ(parse_seeds("5..10"), (SeedRange{5, 10}));
    EXPECT_EQ(parse_seeds("7..7"), (SeedRange{7, 7}));
    EXPECT_EQ(parse_seeds("0..0"), (SeedRange{0, 0}));
    for (const std::string_view text : {"", "0", "abc", "5..", "..5", "5...7", "5..x", "-1..4",
                                        "1-4", "9223372036854775807", "1..2..3"}) {
        EXPECT_FALSE(parse_seeds(text).has_value()) << text;
    }
    EXPECT_NE(parse_seeds("10..5").error().find("--seeds 5..10"), std::string::npos);
}

/// Goal: a time has a unit.
/// Method: good and bad ones.
TEST(Arguments, TimesHaveAUnit) {
    EXPECT_EQ(parse_duration("--time", "500ms"), 500U);
    EXPECT_EQ(parse_duration("--time", "60s"), 60'000U);
    EXPECT_EQ(parse_duration("--time", "10m"), 600'000U);
    EXPECT_EQ(parse_duration("--time", "2h"), 7'200'000U);
    EXPECT_EQ(parse_duration("--time", "1000h"), 3'600'000'000U);
    for (const std::string_view text : {"", "60", "5x", "s", "-5s", "0s", "1.5s", "1001h", "5 s",
                                        "99999999999999999999s", "5s5"}) {
        EXPECT_FALSE(parse_duration("--time", text).has_value()) << text;
    }
}

/// Goal: a shard is one of its count.
/// Method: good and bad ones.
TEST(Arguments, ShardsAreWithinTheirCount) {
    EXPECT_EQ(parse_shard("1/1"), (Shard{1, 1}));
    EXPECT_EQ(parse_shard("3/8"), (Shard{3, 8}));
    for (const std::string_view text : {"", "3", "0/4", "3/2", "1/0", "a/2", "1/", "/2", "1/2/3"}) {
        EXPECT_FALSE(parse_shard(text).has_value()) << text;
    }
}

/// Goal: a list holds exactly the seeds of its range that leave the shard's remainder.
/// Method: compare with a loop, for many small ranges and shards.
TEST(SeedList, HoldsTheSeedsOfItsShard) {
    for (std::uint64_t first = 0; first < 8; ++first) {
        for (std::uint64_t last = first; last < 20; ++last) {
            for (std::uint64_t count = 1; count <= 5; ++count) {
                for (std::uint64_t index = 1; index <= count; ++index) {
                    const SeedList list({first, last}, {index, count});
                    std::uint64_t size = 0;
                    for (std::uint64_t seed = first; seed <= last; ++seed) {
                        if (seed % count != index % count) continue;
                        ASSERT_LT(size, list.size());
                        ASSERT_EQ(list[size], seed);
                        ++size;
                    }
                    ASSERT_EQ(list.size(), size);
                }
            }
        }
    }
    const SeedList all({1, last_seed}, {});
    EXPECT_EQ(all.size(), last_seed);
    EXPECT_EQ(all[last_seed - 1], last_seed);
}

}  // namespace
}  // namespace decree::sim
