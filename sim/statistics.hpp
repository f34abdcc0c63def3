#pragma once

/// What happened in a run, counted; sums over runs are statistics, too.

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/reflect.hpp"
#include "core/rule.hpp"
#include "sim/faults.hpp"

namespace decree::sim {

inline constexpr std::size_t rule_kinds = reflect::enumerator_count<Rule>;

struct Statistics {
    std::uint64_t runs{};
    /// Deliveries, disk completions, expired timers and clients' requests handled by a step.
    std::uint64_t events{};
    std::uint64_t deliveries{};
    std::uint64_t drops{};  ///< Also what was sent over a cut link, or to a dead process.
    std::uint64_t duplicates{};
    std::uint64_t disk_completions{};
    std::uint64_t timers{};
    std::uint64_t requests{};  ///< Clients' requests that reached a node, retries included.
    std::uint64_t starts{};    ///< Of processes.
    std::uint64_t crashes{};
    std::uint64_t crashes_inside_step{};
    std::uint64_t elections{};       ///< Ballots in which a node came to lead.
    std::uint64_t leader_changes{};  ///< Elections of another node than the one before.
    std::uint64_t ballots{};         ///< Ballots opened.
    std::uint64_t acknowledged{};    ///< Commands and reads that clients saw done.
    std::uint64_t reads{};           ///< Of those, reads.
    std::uint64_t unknown{};         ///< Operations whose outcome no client ever learned.
    std::uint64_t voter_changes{};   ///< Acknowledged changes of the set of voters.
    std::uint64_t simulated_us{};
    std::uint64_t competing_ballots{};  ///< The most candidates and leaders at one time.
    std::uint64_t episodes{};           ///< Fault episodes that began.
    std::uint64_t damaged{};            ///< Nodes that refused to start because of a damaged disk.
    std::uint64_t scrubbed{};           ///< Nodes that found damage while they ran.
    std::uint64_t outcasts{};           ///< Nodes that came back with less than peers had seen.
    std::uint64_t starts_in_doubt{};    ///< Starts of nodes that may have forgotten votes.
    std::uint64_t without_core{};      ///< Runs in which too much was lost for good to heal a core.
    std::uint64_t liveness_checked{};  ///< Runs that reached the liveness phase with a core.
    std::uint64_t stuck_allowed{};     ///< Of these, runs whose core may make no progress.
    std::uint64_t calm_checked{};      ///< Of these, runs whose core had to stay calm as well.
    std::uint64_t clusters_founded{};  ///< Runs in which founders founded their cluster.
    std::uint64_t wrong_lists{};       ///< Founders that were given another list than the others.
    std::uint64_t wiped_to_mend{};     ///< Disks wiped because a node advised it.
    std::uint64_t stores{};            ///< Runs in which nodes replicate the store.
    std::uint64_t fenced_off{};      ///< Former holders of locks that what they guard turned away.
    std::uint64_t store_refusals{};  ///< As props::Sometimes; so are the next ones.
    std::uint64_t voterless_refused{};
    std::uint64_t doubled_refused{};
    std::uint64_t unknown_refused{};
    std::uint64_t hasty_refused{};
    std::uint64_t sessions_expired{};
    std::uint64_t locks_acquired{};
    std::uint64_t local_reads{};
    std::uint64_t watches_told{};
    std::uint64_t watches_too_late{};
    std::uint64_t connections_full{};  ///< How often a connection took nothing of what is watched.
    std::array<std::uint64_t, rule_kinds> rules{};    ///< How often each rule was taken.
    std::array<std::uint64_t, fault_kinds> faults{};  ///< How often each kind was injected.

    void count(FaultKind kind) { ++faults[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] std::uint64_t all_faults() const;
    /// Adds another run's, or many runs', numbers. Of `competing_ballots` the larger stays.
    void merge(const Statistics& other);
    bool operator==(const Statistics&) const = default;
};

}  // namespace decree::sim
