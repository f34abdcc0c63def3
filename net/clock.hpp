#pragma once

#include <chrono>
#include <cstdint>

#include "core/ids.hpp"

namespace decree::net {

/// The only clock that a node knows: microseconds, never going back, of no meaning elsewhere.
[[nodiscard]] inline Time time_now() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return Time{static_cast<std::uint64_t>(microseconds)};
}

/// Microseconds until then.
[[nodiscard]] inline std::uint64_t left(Time end) {
    const Time now = time_now();
    return end > now ? end.value - now.value : 0;
}

}  // namespace decree::net
