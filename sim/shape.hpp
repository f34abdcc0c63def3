#pragma once

/// What a run is made of: drawn first, before anything happens.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.hpp"
#include "core/store/settings.hpp"
#include "core/store/watch.hpp"
#include "sim/choices.hpp"
#include "sim/disk.hpp"
#include "sim/faults.hpp"
#include "sim/network.hpp"
#include "sim/profile.hpp"

namespace decree::sim {

/// The cluster and its clients.
struct Shape {
    std::uint32_t voters = 3;
    std::uint32_t spares = 0;  ///< Learners from the beginning.
    std::uint32_t clients = 1;
    std::uint32_t in_flight = 1;          ///< Open operations of one client, at most.
    std::uint32_t operations = 1;         ///< Of all clients together.
    std::uint64_t safety_us = 2'000'000;  ///< When faults end.
    std::uint64_t patience_us = 300'000;  ///< A client repeats itself after this.
    bool founds = false;                  ///< The cluster founds itself.
    bool lists_differ = false;            ///< Some founders are given wrong lists.
    std::vector<std::string> addresses;   ///< Of the founders, in order of processes.
    Settings settings;
    std::optional<store::StoreSettings> store;  ///< None: nodes replicate a CommandLog.
    store::TakeLimits take;                     ///< Of what a watcher is told at once.
    std::vector<Options> options;               ///< One for each process.
};

/// The faults of this run, and how hard they strike.
struct Weather {
    FaultSet has;
    NetworkHabits network;
    DiskHabits disk;
    std::uint64_t episode_every_us = 500'000;  ///< About.
    std::uint64_t episode_most_us = 500'000;   ///< An episode lasts at most so long.
    std::uint64_t scrub_every_us = 0;          ///< Nodes look at their files; 0: never.
    std::uint32_t drift_ppm = 0;               ///< At most, either way.
    std::uint32_t gives_up = 0;                ///< Of 16 retries.
    std::uint32_t voter_changes = 0;           ///< Of 64 operations.
};

[[nodiscard]] Shape draw_shape(Choices& choices, const Profile& profile);
[[nodiscard]] Weather draw_weather(Choices& choices, const Profile& profile, const Shape& shape);
/// Where there are leases, nodes know how far clocks drift in this weather, and no clock jumps.
void bound_clocks(Shape& shape, const Weather& weather);

/// The choices of simpler shapes than that of `record`, the simplest first: a calm one, one with a
/// few more operations, and then each keeps one more aspect of what was recorded.
[[nodiscard]] std::vector<ChoiceRecord> simpler_shapes(const ChoiceRecord& record);

}  // namespace decree::sim
