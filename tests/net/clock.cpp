#include "net/clock.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace decree::net::tests {
namespace {

/// What a process says whose machine was suspended for so long, of the time there; 0: that cannot
/// be had here.
std::uint64_t time_after_suspension(std::uint64_t seconds) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWTIME) != 0) ::_exit(1);
        std::ofstream offsets("/proc/self/timens_offsets");
        offsets << "boottime " << seconds << " 0" << std::endl;
        if (!offsets) ::_exit(1);
        const pid_t inside = ::fork();  // Who makes a namespace of times is not in it.
        if (inside == 0) {
            const std::uint64_t now = time_now().value;
            ::_exit(::write(ends[1], &now, sizeof now) == sizeof now ? 0 : 1);
        }
        ::waitpid(inside, nullptr, 0);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::uint64_t now = 0;
    if (::read(ends[0], &now, sizeof now) != sizeof now) now = 0;
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return now;
}

/// Goal: time in which the machine is suspended passes for a node: a leader that wakes must not
/// believe that its lease still runs.
/// Method: a namespace in which the clock that counts it is ahead, and the one that does not is not
/// (needs root, else it is left out).
TEST(Clock, CountsSuspension) {
    const std::uint64_t before = time_now().value;
    const std::uint64_t after = time_after_suspension(1'000);
    if (after == 0) GTEST_SKIP() << "no time namespaces here";
    EXPECT_GE(after, before + 1'000'000'000);
    EXPECT_LT(after, before + 1'100'000'000);
}

/// Goal: it is the same clock all the time.
/// Method: two looks, and what is left of a time from the first.
TEST(Clock, GoesOn) {
    const Time first = time_now();
    EXPECT_LE(first, time_now());
    EXPECT_EQ(left(first), 0U);
    EXPECT_GT(left(first + 60'000'000), 0U);
}

}  // namespace
}  // namespace decree::net::tests
