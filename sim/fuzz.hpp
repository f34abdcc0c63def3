#pragma once

/// Many runs, each from a seed of its own, on all cores.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "props/violation.hpp"
#include "sim/arguments.hpp"
#include "sim/runner.hpp"
#include "sim/statistics.hpp"

namespace decree::sim {

/// Seeds are handed out, and remembered as done, so many at a time.
inline constexpr std::uint64_t chunk_seeds = 16;
/// One passing run in so many is made a second time.
inline constexpr std::uint64_t one_in_twice = 20;

/// A set of chunks, by number: few intervals, since they are handed out in order.
class ChunkSet {
public:
    void add(std::uint64_t chunk) { add(chunk, chunk); }
    /// Those from `first` to `last`. REQUIRES: first <= last, and none of them is in it yet.
    void add(std::uint64_t first, std::uint64_t last);
    [[nodiscard]] bool contains(std::uint64_t chunk) const;
    /// The lowest that is not in it.
    [[nodiscard]] std::uint64_t first_missing() const;
    [[nodiscard]] std::uint64_t size() const;
    /// First to last of each interval.
    [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& intervals() const {
        return intervals_;
    }
    bool operator==(const ChunkSet&) const = default;

private:
    std::map<std::uint64_t, std::uint64_t> intervals_;
};

/// What is to be done.
struct FuzzPlan {
    Profile profile;
    SeedRange seeds;
    Shard shard;
    std::uint64_t time_ms = 0;  ///< No run begins after so long; 0: no limit.
    std::uint64_t jobs = 1;
    bool keep_going = false;  ///< Also after a failure.
    ChunkSet done;            ///< By earlier calls.
    /// Of the other chunks, seeds that are known to fail: they are not run again.
    std::set<std::uint64_t> failed;
    std::vector<std::uint64_t> only;  ///< Unless empty: these seeds, instead of the range.
};

/// Failures of one signature.
struct FailureGroup {
    props::Violation violation;     ///< As seen with the lowest seed.
    std::set<std::uint64_t> seeds;  ///< Never empty.

    [[nodiscard]] std::uint64_t first_seed() const { return *seeds.begin(); }
    bool operator==(const FailureGroup&) const = default;
};
using FailureGroups = std::map<std::string, FailureGroup>;  ///< By signature.

void add_failure(FailureGroups& groups, std::uint64_t seed, const props::Violation& violation);
/// Adds what others found. A seed that both found counts once.
void add_failures(FailureGroups& groups, const FailureGroups& others);
/// All seeds that failed.
[[nodiscard]] std::set<std::uint64_t> seeds_of(const FailureGroups& groups);

/// How often each value came up: for medians.
class Spread {
public:
    void add(std::uint64_t value) { ++counts_[value]; }
    void merge(const Spread& other);
    /// The lower one of the two in the middle; 0 for nothing.
    [[nodiscard]] std::uint64_t median() const;

private:
    std::map<std::uint64_t, std::uint64_t> counts_;
};

/// One value per run.
struct PerRun {
    Spread deliveries;
    Spread acknowledged;
    Spread leader_changes;
    Spread faults;

    void add(const Statistics& run);
    void merge(const PerRun& other);
};

/// How far it is.
struct FuzzProgress {
    std::uint64_t elapsed_ms{};
    std::uint64_t seeds{};
    std::uint64_t seeds_wanted{};  ///< 0: until the time is over.
    std::uint64_t events{};
    std::uint64_t simulated_us{};
    std::uint64_t faults{};
    std::uint64_t failures{};
};

/// What came of it.
struct Campaign {
    std::uint64_t elapsed_ms{};
    std::uint64_t made_twice{};  ///< Runs made twice: not counted twice anywhere else.
    Statistics statistics;
    PerRun per_run;
    FailureGroups failures;
    ChunkSet done;       ///< With those of the plan.
    bool interrupted{};  ///< Somebody wanted it to end.
};

/// Who looks on. Called now and then, from the calling thread alone.
struct FuzzWatch {
    std::function<void(const FuzzProgress&)> tell = [](const FuzzProgress&) {};
    /// What a later call needs to go on from here.
    std::function<void(const ChunkSet&, const FailureGroups&)> save = [](const ChunkSet&,
                                                                         const FailureGroups&) {};
    std::function<bool()> stop = [] { return false; };
};

/// Makes the runs of the plan. Threads share nothing while a run lasts. With one seed failing and
/// no `keep_going`, all end what they are at, and of several failures all are told. Chunks that are
/// not done then are begun again by a later call, which leaves out the seeds that failed.
[[nodiscard]] Campaign fuzz(const FuzzPlan& plan, const Runner& runner, const FuzzWatch& watch);

}  // namespace decree::sim
