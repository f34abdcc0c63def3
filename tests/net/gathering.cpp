#include "net/gathering.hpp"

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

constexpr Time at(std::uint64_t us) { return Time{1'000'000 + us}; }

/// Goal: whoever asks alone waits for nobody. Method: one request a turn; then a turn behind one
/// that had more.
TEST(Gathering, OneAloneDoesNotWait) {
    Gathering gathering;
    EXPECT_EQ(gathering.open_until(), Time{});
    gathering.came(1, at(0));
    EXPECT_EQ(gathering.open_until(), Time{});
    gathering.ended();
    gathering.came(3, at(10));
    EXPECT_GT(gathering.open_until(), at(10));
    gathering.ended();
    EXPECT_EQ(gathering.open_until(), Time{}) << "nobody has asked";
    gathering.came(1, at(20));
    EXPECT_GT(gathering.open_until(), at(20)) << "others may follow, as before";
    gathering.ended();
    gathering.came(1, at(30));
    EXPECT_EQ(gathering.open_until(), Time{});
}

/// Goal: a turn is open while requests keep coming, but not for ever. Method: one every 20 us.
TEST(Gathering, LastsAsLongAsMoreComes) {
    Gathering gathering;
    std::uint64_t now = 0;
    gathering.came(2, at(now));
    EXPECT_EQ(gathering.open_until(), at(Gathering::silence));
    while (at(now) < gathering.open_until()) {
        now += 20;
        gathering.came(1, at(now));
    }
    EXPECT_GE(now, Gathering::longest);
    EXPECT_LT(now, Gathering::longest + Gathering::silence);
}

/// Goal: a read does not wait for requests. Method: one in between.
TEST(Gathering, EndsForWhatMustNotWait) {
    Gathering gathering;
    gathering.came(5, at(0));
    gathering.hurry();
    EXPECT_EQ(gathering.open_until(), Time{});
    gathering.ended();
    gathering.came(5, at(10));
    EXPECT_GT(gathering.open_until(), at(10));
}

}  // namespace
}  // namespace decree::net::tests
