#pragma once

/// A fault that begins, lasts and ends: the unit that swarm testing draws and shrinking removes.

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/faults.hpp"
#include "sim/network.hpp"

namespace decree::sim {

struct Episode {
    FaultKind kind{};
    bool begun = false;
    std::vector<ProcessIndex> nodes;  ///< Whom it strikes; of phased ones, who comes next.
    std::vector<std::pair<ProcessIndex, ProcessIndex>> cuts;  ///< Directed links that it cut.
    std::vector<std::pair<ProcessIndex, ProcessIndex>> slowed;
    std::uint16_t slowness = 0;
    std::uint32_t phase = 0;     ///< How often it has moved on.
    std::uint64_t phase_us = 0;  ///< How long each phase takes.
};

}  // namespace decree::sim
