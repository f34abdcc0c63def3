#pragma once

/// What a process takes for the time.

#include <cstdint>

#include "core/ids.hpp"

namespace decree::sim {

/// Turns the world's microseconds into those of one process, and back. Never goes back itself; may
/// run slower or faster, and jump forward.
class Clock {
public:
    /// Shows `shown` when the world's time is `world`; gains `drift_ppm` microseconds a second.
    /// REQUIRES: |drift_ppm| <= 500,000.
    Clock(std::uint64_t world, std::uint64_t shown, std::int64_t drift_ppm)
        : world_(world), shown_(shown), rate_(static_cast<std::uint64_t>(1'000'000 + drift_ppm)) {}
    Clock() = default;

    [[nodiscard]] Time at(std::uint64_t world) const {
        const std::uint64_t passed = world - world_;
        return Time{shown_ + (rate_ == 1'000'000 ? passed : passed * rate_ / 1'000'000)};
    }
    /// The first instant of the world, from `world` on, at which the clock shows `time` or more.
    [[nodiscard]] std::uint64_t when(Time time, std::uint64_t world) const {
        if (time == never) return ~std::uint64_t{0};
        if (time <= at(world)) return world;
        const std::uint64_t wanted = time.value - shown_;
        if (wanted > farthest) return ~std::uint64_t{0};
        return world_ + (rate_ == 1'000'000 ? wanted : (wanted * 1'000'000 + rate_ - 1) / rate_);
    }
    void jump(std::uint64_t world, std::uint64_t by_us) {
        shown_ = at(world).value + by_us;
        world_ = world;
    }

private:
    static constexpr std::uint64_t farthest = 1'000'000'000'000;  // So that no product overflows.

    std::uint64_t world_ = 0;
    std::uint64_t shown_ = 0;
    std::uint64_t rate_ = 1'000'000;  // Own microseconds in a million of the world's.
};

}  // namespace decree::sim
