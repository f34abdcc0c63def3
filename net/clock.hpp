#pragma once

#include <cstdint>

#include <time.h>

#include "core/ids.hpp"

namespace decree::net {

/// The only clock that a node knows: microseconds, never going back, of no meaning elsewhere.
///
/// It goes on while the machine is suspended, as std::chrono::steady_clock does not: a leader that
/// wakes must not believe that it still has its lease, since others have led meanwhile.
[[nodiscard]] inline Time time_now() {
    timespec now{};
    static_cast<void>(::clock_gettime(CLOCK_BOOTTIME, &now));
    return Time{static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                static_cast<std::uint64_t>(now.tv_nsec) / 1'000};
}

/// Microseconds until then.
[[nodiscard]] inline std::uint64_t left(Time end) {
    const Time now = time_now();
    return end > now ? end.value - now.value : 0;
}

}  // namespace decree::net
