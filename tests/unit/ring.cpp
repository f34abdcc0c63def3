#include "core/ring.hpp"

#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "core/contract.hpp"

namespace decree {
namespace {

Ring<int> counting(int from, int through) {
    Ring<int> ring;
    for (int i = from; i <= through; ++i) ring.push_back(i);
    return ring;
}

/// Goal: items keep their order when the array grows while they are wrapped around its end.
/// Method: wrap, then push past the size.
TEST(Ring, GrowthKeepsOrder) {
    Ring<int> ring = counting(0, 3);
    ring.pop_front();
    ring.pop_front();
    for (int i = 4; i < 20; ++i) ring.push_back(i);
    ASSERT_EQ(ring.size(), 18U);
    for (std::size_t i = 0; i < ring.size(); ++i) EXPECT_EQ(ring[i], static_cast<int>(i) + 2);
}

/// Goal: a queue of steady length allocates nothing.
/// Method: the same few places are used again and again.
TEST(Ring, SteadyQueueReusesItsPlaces) {
    Ring<int> ring = counting(0, 3);
    const int* const lowest = &ring.front();
    for (int i = 4; i < 100; ++i) {
        ring.pop_front();
        ring.push_back(i);
        EXPECT_TRUE(&ring.back() >= lowest && &ring.back() < lowest + 4);
    }
}

/// Goal: what is popped is released at once, at both ends.
/// Method: watch shared things from outside.
TEST(Ring, PoppedItemsAreReleased) {
    Ring<std::shared_ptr<int>> ring;
    const auto first = std::make_shared<int>(1);
    const auto second = std::make_shared<int>(2);
    ring.push_back(first);
    ring.push_back(second);
    ring.pop_front();
    EXPECT_EQ(first.use_count(), 1);
    ring.pop_back();
    EXPECT_EQ(second.use_count(), 1);
    ring.push_back(first);
    ring.clear();
    EXPECT_EQ(first.use_count(), 1);
}

/// Goal: an item of the queue may be pushed again, also when the push makes it grow.
/// Method: push the front of a full queue.
TEST(Ring, OwnItemCanBePushed) {
    Ring<int> ring = counting(7, 10);
    ring.push_back(ring.front());
    EXPECT_EQ(ring.back(), 7);
    EXPECT_EQ(ring.front(), 7);
}

/// Goal: equality is about the items, not about where they lie.
/// Method: the same items at different places; different items; a prefix.
TEST(Ring, EqualityIgnoresPlaces) {
    Ring<int> moved_on = counting(0, 6);
    moved_on.pop_front();
    moved_on.pop_front();
    EXPECT_EQ(moved_on, counting(2, 6));
    EXPECT_NE(moved_on, counting(3, 7));
    EXPECT_NE(moved_on, counting(2, 5));
    EXPECT_EQ(Ring<int>{}, Ring<int>{});
}

/// Goal: copies are independent, and what was moved from is empty and usable.
/// Method: copy, change the copy; move by construction and by assignment, push again.
TEST(Ring, IsAValue) {
    Ring<int> ring = counting(1, 3);
    Ring<int> copy = ring;
    copy.pop_front();
    EXPECT_EQ(ring, counting(1, 3));
    Ring<int> taken(std::move(ring));
    EXPECT_EQ(taken, counting(1, 3));
    EXPECT_TRUE(ring.empty());  // NOLINT(bugprone-use-after-move): a promise of this class.
    ring.push_back(9);
    EXPECT_EQ(ring, counting(9, 9));
    copy = std::move(taken);
    EXPECT_EQ(copy, counting(1, 3));
}

/// Goal: taking from an empty queue is a broken promise, not a silent error.
/// Method: pop at both ends.
TEST(Ring, PoppingNothingIsAViolation) {
    Ring<int> ring;
    EXPECT_THROW(ring.pop_front(), ContractViolation);
    EXPECT_THROW(ring.pop_back(), ContractViolation);
}

}  // namespace
}  // namespace decree
