#include "traces/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace decree::traces {

namespace {

// Ready before anything runs, so that a handler may touch it.
std::atomic<bool>& mark() {
    static constinit std::atomic<bool> asked = false;
    return asked;
}
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no lock");

void on_signal(int signal) {
    mark() = true;
    static_cast<void>(std::signal(signal, SIG_DFL));
}

}  // namespace

void watch_for_interrupts() {
    static_cast<void>(std::signal(SIGINT, on_signal));
    static_cast<void>(std::signal(SIGTERM, on_signal));
}

bool interrupted() { return mark(); }

}  // namespace decree::traces
