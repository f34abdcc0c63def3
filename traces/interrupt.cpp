#include "traces/interrupt.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>

#include <time.h>

namespace decree::traces {

namespace {

// Whoever starts programs for others (timeout, a shell) may pass one signal on to a process and to
// its group, so that it comes twice.
constexpr std::int64_t same_signal_ms = 250;

// Ready before anything runs, so that a handler may touch it.
std::atomic<bool>& mark() {
    static constinit std::atomic<bool> asked = false;
    return asked;
}
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no lock");

// Milliseconds, for whoever measures how long something takes.
std::int64_t now_ms() {
    struct timespec now = {};
    static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &now));  // A handler may.
    return std::int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

std::atomic<std::int64_t>& first_at_ms() {
    static constinit std::atomic<std::int64_t> at = 0;
    return at;
}

void on_signal(int signal) {
    const std::int64_t now = now_ms();
    std::int64_t first = 0;
    if (first_at_ms().compare_exchange_strong(first, now)) {
        mark() = true;
    } else if (now - first >= same_signal_ms) {
        static_cast<void>(std::signal(signal, SIG_DFL));
        static_cast<void>(std::raise(signal));
    }
}

}  // namespace

void watch_for_interrupts() {
    static_cast<void>(std::signal(SIGINT, on_signal));
    static_cast<void>(std::signal(SIGTERM, on_signal));
}

bool interrupted() { return mark(); }

}  // namespace decree::traces
