#include "sim/statistics.hpp"

#include <algorithm>

namespace decree::sim {

std::uint64_t Statistics::all_faults() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : faults) sum += count;
    return sum;
}

namespace {

using Counter = std::uint64_t Statistics::*;
constexpr std::array<Counter, 44> sums = {&Statistics::runs,
                                          &Statistics::events,
                                          &Statistics::deliveries,
                                          &Statistics::drops,
                                          &Statistics::duplicates,
                                          &Statistics::disk_completions,
                                          &Statistics::timers,
                                          &Statistics::requests,
                                          &Statistics::starts,
                                          &Statistics::crashes,
                                          &Statistics::crashes_inside_step,
                                          &Statistics::elections,
                                          &Statistics::leader_changes,
                                          &Statistics::ballots,
                                          &Statistics::acknowledged,
                                          &Statistics::reads,
                                          &Statistics::unknown,
                                          &Statistics::voter_changes,
                                          &Statistics::without_core,
                                          &Statistics::outcasts,
                                          &Statistics::scrubbed,
                                          &Statistics::calm_checked,
                                          &Statistics::simulated_us,
                                          &Statistics::episodes,
                                          &Statistics::damaged,
                                          &Statistics::starts_in_doubt,
                                          &Statistics::liveness_checked,
                                          &Statistics::stuck_allowed,
                                          &Statistics::clusters_founded,
                                          &Statistics::wrong_lists,
                                          &Statistics::wiped_to_mend,
                                          &Statistics::stores,
                                          &Statistics::fenced_off,
                                          &Statistics::store_refusals,
                                          &Statistics::voterless_refused,
                                          &Statistics::doubled_refused,
                                          &Statistics::unknown_refused,
                                          &Statistics::hasty_refused,
                                          &Statistics::sessions_expired,
                                          &Statistics::locks_acquired,
                                          &Statistics::local_reads,
                                          &Statistics::watches_told,
                                          &Statistics::watches_too_late,
                                          &Statistics::connections_full};

}  // namespace

void Statistics::merge(const Statistics& other) {
    static_assert(
        sizeof(Statistics) == (sums.size() + 1 + rule_kinds + fault_kinds) * sizeof(std::uint64_t),
        "a counter that was added is merged, too");
    for (const Counter counter : sums) this->*counter += other.*counter;
    competing_ballots = std::max(competing_ballots, other.competing_ballots);
    for (std::size_t i = 0; i < rules.size(); ++i) rules[i] += other.rules[i];
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
}

}  // namespace decree::sim
