#pragma once

/// What a campaign of runs may contain: which kinds of faults, how large, how long.

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "sim/faults.hpp"

namespace decree::sim {

/// Each run draws its own mix within these limits.
struct Profile {
    std::string name = "default";
    std::string about;                   ///< One line for a person.
    FaultSet may;                        ///< A run has each of these with probability 1/2.
    FaultSet must;                       ///< Every run has these, too.
    std::optional<std::uint32_t> nodes;  ///< So many voters; nothing: 1 to `max_nodes` are drawn.
    std::uint32_t max_nodes = 7;
    std::uint32_t max_spares = 2;  ///< Learners beside the voters.
    std::uint32_t max_clients = 5;
    std::uint32_t max_operations = 400;    ///< Of all clients together, before faults end.
    std::uint32_t read_percent = 25;       ///< Of the operations, about.
    std::uint32_t lease_percent = 25;      ///< Of the runs: with leader leases.
    std::uint32_t judging_percent = 25;    ///< Of the runs: leaders decide who is to vote.
    std::uint64_t least_time = 2'000'000;  ///< Simulated microseconds until faults end...
    std::uint64_t most_time = 12'000'000;  ///< ... drawn between the two.
    /// A run with more events, those still to come included, is a violation: it has no end, and its
    /// messages take all memory. The longest sound runs have some hundred thousand.
    std::uint64_t most_events = 5'000'000;
    /// Faults may exceed what the protocol claims to survive: agreement is then not expected, and
    /// such a profile is for looking, not for judging.
    bool beyond_fault_model = false;
    /// Of the runs: nodes begin with nothing but a list of founders. In the others the cluster
    /// exists from the start.
    std::uint32_t founds_percent = 0;
    /// Of the runs: nodes replicate the store. In the others a CommandLog, whose every answer
    /// witnesses the order of commands.
    std::uint32_t store_percent = 0;
    bool operator==(const Profile&) const = default;
};

/// The names that `find_profile` knows; the first is the one used when none is given.
inline constexpr std::array<std::string_view, 11> profile_names = {
    "default", "calm",  "network",  "crash", "storage", "membership",
    "reads",   "clock", "founding", "store", "amnesia"};

/// The profile of that name, or a line that says which there are.
[[nodiscard]] std::expected<Profile, std::string> find_profile(std::string_view name);

}  // namespace decree::sim
