#pragma once

#include <cstdint>
#include <optional>

#include "core/ids.hpp"
#include "core/store/revision.hpp"
#include "props/ghost/store_ghost.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// How far clocks may be wrong.
struct ClockBound {
    std::uint32_t drift_ppm{};  ///< None gains more than so many microseconds in a second.
    std::uint64_t jumped_us{};  ///< What all jumps so far may have added to cluster time.
};

/// SessionsNotHurried: between the last sign of life of a session and its expiry its whole time has
/// gone by, as true time: from the proposal of the one slot to that of the other, clocks that are
/// fast, and changes of leader, included. `expired`: when the slot was proposed that ends it.
[[nodiscard]] std::optional<Violation> session_not_hurried(store::SessionId session,
                                                           const SignOfLife& sign, Time expired,
                                                           const ClockBound& clocks);

}  // namespace decree::props
