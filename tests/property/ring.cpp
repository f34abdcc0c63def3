#include "core/ring.hpp"

#include <cstdint>
#include <deque>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace decree {
namespace {

enum class Action : std::uint8_t { Push, PushToo, PushThree, PopFront, PopBack, Clear, Copy, Move };

void act(Action action, std::uint32_t number, Ring<std::uint32_t>& ring,
         std::deque<std::uint32_t>& queue) {
    const std::uint32_t pushes = action <= Action::PushToo     ? 1
                                 : action == Action::PushThree ? 3
                                                               : 0;
    for (std::uint32_t i = 0; i < pushes; ++i) {
        RC_ASSERT(ring.push_back(number + i) == number + i);
        queue.push_back(number + i);
    }
    if (action == Action::PopFront && !queue.empty()) {
        ring.pop_front();
        queue.pop_front();
    } else if (action == Action::PopBack && !queue.empty()) {
        ring.pop_back();
        queue.pop_back();
    } else if (action == Action::Clear && number % 8 == 0) {  // Rarely: long queues matter more.
        ring.clear();
        queue.clear();
    } else if (action == Action::Copy) {
        const Ring<std::uint32_t> copy = ring;
        RC_ASSERT(copy == ring);
        ring = copy;
    } else if (action == Action::Move) {
        Ring<std::uint32_t> taken(std::move(ring));
        RC_ASSERT(ring.empty());  // NOLINT(bugprone-use-after-move): a promise of this class.
        ring = std::move(taken);
    }
}

/// Goal: whatever is done to it, a ring holds what a queue of the standard library would.
/// Method: random pushes, pops, copies and moves on both; compare all items after each.
RC_GTEST_PROP(RingProperty, IsAQueue, ()) {
    Ring<std::uint32_t> ring;
    std::deque<std::uint32_t> queue;
    bool wrapped = false;
    const std::size_t steps = *rc::gen::inRange<std::size_t>(0, 200);
    for (std::size_t step = 0; step < steps; ++step) {
        act(static_cast<Action>(*rc::gen::inRange(0, 8)), *rc::gen::arbitrary<std::uint32_t>(),
            ring, queue);
        RC_ASSERT(ring.size() == queue.size());
        RC_ASSERT(ring.empty() == queue.empty());
        for (std::size_t i = 0; i < queue.size(); ++i) RC_ASSERT(ring[i] == queue[i]);
        if (queue.empty()) continue;
        RC_ASSERT(ring.front() == queue.front());
        RC_ASSERT(ring.back() == queue.back());
        wrapped = wrapped || &ring.back() < &ring.front();
    }
    RC_CLASSIFY(wrapped, "wrapped around");
}

}  // namespace
}  // namespace decree
