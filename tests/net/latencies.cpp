#include "net/bench/latencies.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

/// Goal: quantiles are those of what was added, at most 1/128 above.
/// Method: 1 to 100,000, whose quantiles are known; and of few things each one.
TEST(Latencies, QuantilesAreClose) {
    Latencies latencies;
    for (std::uint64_t i = 1; i <= 100'000; ++i) latencies.add(i);
    EXPECT_EQ(latencies.count(), 100'000U);
    EXPECT_EQ(latencies.largest(), 100'000U);
    for (const double share : {0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const double exact = share * 100'000;
        const auto found = static_cast<double>(latencies.quantile(share));
        EXPECT_GE(found, exact) << share;
        EXPECT_LE(found, exact * (1 + 1.0 / 128)) << share;
    }
}

/// Goal: every value is in a bucket of its own kind, from nothing to the largest there is.
/// Method: powers of two and their neighbours, each alone.
TEST(Latencies, EveryMagnitudeIsHeld) {
    for (unsigned bit = 0; bit < 64; ++bit) {
        for (const std::uint64_t value : {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit,
                                          (std::uint64_t{1} << bit) + 1}) {
            Latencies latencies;
            latencies.add(value);
            latencies.add(UINT64_MAX);
            EXPECT_GE(latencies.quantile(0.5), value);
            EXPECT_LE(latencies.quantile(0.5), value + value / 128);
            EXPECT_EQ(latencies.quantile(1), UINT64_MAX);
        }
    }
}

/// Goal: of nothing, nothing is said. Method: a fresh one.
TEST(Latencies, NothingTookNoTime) {
    EXPECT_EQ(Latencies{}.quantile(0.5), 0U);
    EXPECT_EQ(Latencies{}.count(), 0U);
}

}  // namespace
}  // namespace decree::net::tests
