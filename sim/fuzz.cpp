#include "sim/fuzz.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include "core/contract.hpp"
#include "core/hash.hpp"
#include "sim/crash.hpp"

namespace decree::sim {

namespace {

using WallClock = std::chrono::steady_clock;

std::uint64_t milliseconds_since(WallClock::time_point begin) {
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(WallClock::now() - begin);
    return static_cast<std::uint64_t>(passed.count());
}

// What one worker has done, for the progress line: on a cache line of its own.
struct alignas(64) Tally {
    std::atomic<std::uint64_t> seeds = 0;
    std::atomic<std::uint64_t> events = 0;
    std::atomic<std::uint64_t> simulated_us = 0;
    std::atomic<std::uint64_t> faults = 0;

    void count(const Statistics& run) {
        constexpr auto relaxed = std::memory_order_relaxed;
        seeds.fetch_add(1, relaxed);
        events.fetch_add(run.events, relaxed);
        simulated_us.fetch_add(run.simulated_us, relaxed);
        faults.fetch_add(run.all_faults(), relaxed);
    }
};

// What the workers have together. They come here once in a chunk.
class Shared {
public:
    Shared(const FuzzPlan& plan, const Runner& runner)
        : plan_(plan),
          runner_(runner),
          seeds_(plan.seeds, plan.shard),
          tallies_(plan.jobs),
          done_(plan.done) {
        chunks_ = size() / chunk_seeds + (size() % chunk_seeds == 0 ? 0U : 1U);
        next_chunk_ = done_.first_missing();
        options_.profile = plan.profile;
    }

    // Called by each worker: makes runs until there are none left, or nobody wants more.
    void work(std::size_t worker, Campaign& own);
    void stop() { stop_ = true; }
    // Waits until all workers have left, or for a while; returns whether they have.
    bool wait(std::chrono::milliseconds longest);
    [[nodiscard]] FuzzProgress progress() const;
    void save(const FuzzWatch& watch) {
        const std::lock_guard lock(mutex_);
        watch.save(done_, failures_);
    }
    [[nodiscard]] const ChunkSet& done() const { return done_; }  // Once all have left.

private:
    [[nodiscard]] std::uint64_t size() const {
        return plan_.only.empty() ? seeds_.size() : plan_.only.size();
    }
    [[nodiscard]] std::uint64_t seed_at(std::uint64_t number) const {
        return plan_.only.empty() ? seeds_[number] : plan_.only[number];
    }
    // False if it was to stop before the end of the chunk.
    bool make_chunk(std::uint64_t chunk, Tally& tally, Campaign& own);
    void make_run(std::uint64_t seed, Tally& tally, Campaign& own);

    const FuzzPlan& plan_;
    const Runner& runner_;
    RunOptions options_;
    SeedList seeds_;
    std::uint64_t chunks_ = 0;
    std::vector<Tally> tallies_;
    std::atomic<std::uint64_t> next_chunk_ = 0;
    std::atomic<std::uint64_t> failed_ = 0;
    std::atomic<bool> stop_ = false;

    std::mutex mutex_;
    std::condition_variable left_changed_;
    std::size_t left_ = 0;  // Workers that have left.
    ChunkSet done_;
    FailureGroups failures_;
};

void Shared::work(std::size_t worker, Campaign& own) {
    while (!stop_) {
        const std::uint64_t chunk = next_chunk_.fetch_add(1);
        if (chunk >= chunks_) break;
        if (plan_.done.contains(chunk)) continue;
        if (!make_chunk(chunk, tallies_[worker], own)) break;
        const std::lock_guard lock(mutex_);
        done_.add(chunk);
    }
    const std::lock_guard lock(mutex_);
    ++left_;
    left_changed_.notify_all();
}

bool Shared::make_chunk(std::uint64_t chunk, Tally& tally, Campaign& own) {
    const std::uint64_t begin = chunk * chunk_seeds;
    const std::uint64_t end = begin + std::min(chunk_seeds, size() - begin);
    for (std::uint64_t i = begin; i < end; ++i) {
        if (stop_) return false;
        if (!plan_.failed.contains(seed_at(i))) make_run(seed_at(i), tally, own);
    }
    return true;
}

void Shared::make_run(std::uint64_t seed, Tally& tally, Campaign& own) {
    const auto choices = [seed] { return Choices::from_seed(seed); };
    const bool twice = mix(0, seed) % one_in_twice == 0;
    const NamedRun named = name_seed(plan_.profile, seed);
    Choices once = choices();
    const RunResult result =
        twice ? run_twice(runner_, choices, options_) : run_safely(runner_, once, options_);
    own.statistics.merge(result.statistics);
    own.per_run.add(result.statistics);
    own.made_twice += twice ? 1U : 0U;
    tally.count(result.statistics);
    if (!result.violation) return;
    ++failed_;
    add_failure(own.failures, seed, *result.violation);
    const std::lock_guard lock(mutex_);
    add_failure(failures_, seed, *result.violation);
    if (!plan_.keep_going) stop_ = true;
}

bool Shared::wait(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    return left_changed_.wait_for(lock, longest, [&] { return left_ == tallies_.size(); });
}

FuzzProgress Shared::progress() const {
    FuzzProgress progress;
    for (const Tally& tally : tallies_) {
        progress.seeds += tally.seeds;
        progress.events += tally.events;
        progress.simulated_us += tally.simulated_us;
        progress.faults += tally.faults;
    }
    progress.failures = failed_;
    if (!plan_.only.empty() || plan_.seeds.last != last_seed) progress.seeds_wanted = size();
    return progress;
}

// Adds what a worker did to what all did.
void merge(const Campaign& own, Campaign& all) {
    all.statistics.merge(own.statistics);
    all.per_run.merge(own.per_run);
    all.made_twice += own.made_twice;
    add_failures(all.failures, own.failures);
}

}  // namespace

void ChunkSet::add(std::uint64_t first, std::uint64_t last) {
    ENSURE(first <= last && !contains(first) && !contains(last), "a chunk is done once");
    const auto after = intervals_.upper_bound(last);
    if (after != intervals_.end() && after->first == last + 1) {
        last = after->second;
        intervals_.erase(after);
    }
    const auto next = intervals_.upper_bound(first);
    if (next != intervals_.begin() && std::prev(next)->second + 1 == first) {
        std::prev(next)->second = last;
    } else {
        intervals_.emplace(first, last);
    }
}

bool ChunkSet::contains(std::uint64_t chunk) const {
    const auto after = intervals_.upper_bound(chunk);
    return after != intervals_.begin() && std::prev(after)->second >= chunk;
}

std::uint64_t ChunkSet::first_missing() const {
    if (intervals_.empty() || intervals_.begin()->first != 0) return 0;
    return intervals_.begin()->second + 1;
}

std::uint64_t ChunkSet::size() const {
    std::uint64_t sum = 0;
    for (const auto& [first, last] : intervals_) sum += last - first + 1;
    return sum;
}

void add_failure(FailureGroups& groups, std::uint64_t seed, const props::Violation& violation) {
    FailureGroup& group = groups[violation.signature];
    if (group.seeds.empty() || seed < group.first_seed()) group.violation = violation;
    group.seeds.insert(seed);
}

void add_failures(FailureGroups& groups, const FailureGroups& others) {
    for (const auto& [signature, group] : others) {
        FailureGroup& sum = groups[signature];
        if (sum.seeds.empty() || group.first_seed() < sum.first_seed()) {
            sum.violation = group.violation;
        }
        sum.seeds.insert(group.seeds.begin(), group.seeds.end());
    }
}

std::set<std::uint64_t> seeds_of(const FailureGroups& groups) {
    std::set<std::uint64_t> seeds;
    for (const auto& [signature, group] : groups) {
        seeds.insert(group.seeds.begin(), group.seeds.end());
    }
    return seeds;
}

void Spread::merge(const Spread& other) {
    for (const auto& [value, count] : other.counts_) counts_[value] += count;
}

std::uint64_t Spread::median() const {
    std::uint64_t all = 0;
    for (const auto& [value, count] : counts_) all += count;
    std::uint64_t seen = 0;
    for (const auto& [value, count] : counts_) {
        seen += count;
        if (2 * seen >= all) return value;
    }
    return 0;
}

void PerRun::add(const Statistics& run) {
    deliveries.add(run.deliveries);
    acknowledged.add(run.acknowledged);
    leader_changes.add(run.leader_changes);
    faults.add(run.all_faults());
}

void PerRun::merge(const PerRun& other) {
    deliveries.merge(other.deliveries);
    acknowledged.merge(other.acknowledged);
    leader_changes.merge(other.leader_changes);
    faults.merge(other.faults);
}

Campaign fuzz(const FuzzPlan& plan, const Runner& runner, const FuzzWatch& watch) {
    ENSURE(plan.jobs >= 1, "somebody does the work");
    constexpr std::uint64_t save_every_ms = 2'000;
    const WallClock::time_point begin = WallClock::now();
    Shared shared(plan, runner);
    std::vector<Campaign> own(plan.jobs);
    Campaign all;
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < plan.jobs; ++i) {
            workers.emplace_back([&shared, &own, i] {
                Campaign mine;
                shared.work(i, mine);
                own[i] = std::move(mine);
            });
        }
        std::uint64_t saved_ms = 0;
        while (!shared.wait(std::chrono::milliseconds(50))) {
            FuzzProgress progress = shared.progress();
            progress.elapsed_ms = milliseconds_since(begin);
            if (watch.stop()) all.interrupted = true;
            const bool late = plan.time_ms != 0 && progress.elapsed_ms >= plan.time_ms;
            if (late || all.interrupted) shared.stop();
            watch.tell(progress);
            if (progress.elapsed_ms - saved_ms >= save_every_ms) {
                shared.save(watch);
                saved_ms = progress.elapsed_ms;
            }
        }
    }
    shared.save(watch);
    all.elapsed_ms = milliseconds_since(begin);
    all.done = shared.done();
    for (const Campaign& each : own) merge(each, all);
    return all;
}

}  // namespace decree::sim
