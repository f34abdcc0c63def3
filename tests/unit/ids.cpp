#include "core/ids.hpp"

#include <gtest/gtest.h>

namespace decree {
namespace {

/// Goal: no deadline wraps into the past: beyond the end of time is the end of time.
/// Method: sums below, at and above the end.
TEST(Time, StaysAtItsEnd) {
    EXPECT_EQ(Time{1} + 2, Time{3});
    EXPECT_EQ(Time{never.value - 5} + 4, Time{never.value - 1});
    EXPECT_EQ(Time{never.value - 5} + 5, never);
    EXPECT_EQ(Time{never.value - 5} + 6, never);
    EXPECT_EQ(never + 1, never);
    EXPECT_EQ(never + ~0ULL, never);
    EXPECT_EQ(Time{1} + ~0ULL, never);
}

}  // namespace
}  // namespace decree
