#include "sim/bench.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <time.h>

#include "core/value.hpp"
#include "props/linearizability.hpp"
#include "sim/command_parts.hpp"
#include "sim/commands.hpp"
#include "sim/failure.hpp"
#include "sim/memory_cluster.hpp"
#include "sim/progress.hpp"
#include "sim/shape.hpp"

namespace decree::sim {

namespace {

// So much was done in so much time.
struct Work {
    std::uint64_t amount{};
    std::uint64_t nanoseconds{};

    [[nodiscard]] std::uint64_t per_second() const {
        const std::uint64_t microseconds = std::max<std::uint64_t>(nanoseconds / 1'000, 1);
        return amount * 1'000'000 / microseconds;
    }
};

// Of this thread on its core: what others do meanwhile does not count.
std::uint64_t thread_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t nanoseconds_of(const std::function<void()>& what) {
    const std::uint64_t begin = thread_nanoseconds();
    what();
    return thread_nanoseconds() - begin;
}

std::uint64_t median(std::vector<std::uint64_t> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Measures one thing after the other.
class Bench {
public:
    Bench(const Runner& runner, const BenchOptions& options) : runner_(runner), options_(options) {}

    std::vector<Figure> measure();

private:
    // Runs of `profile`, from seed 1 on, for one repetition.
    Statistics run_for_a_while(const Profile& profile, std::uint64_t& nanoseconds) const;
    // The median over repetitions of `once`.
    [[nodiscard]] std::uint64_t repeated(const std::function<std::uint64_t()>& once) const;
    // Time that schedules of `profile` must last to have about so many events.
    void fit(Profile& profile, std::uint64_t events) const;
    void add(std::string name, std::uint64_t value, std::string unit, std::string load) {
        figures_.push_back({std::move(name), value, std::move(unit), std::move(load)});
    }

    void checked_events();
    void schedules();
    void simulated_per_wall(std::string_view name, std::uint64_t simulated_us,
                            std::uint32_t operations);
    void trace_cost();
    void commands(std::uint32_t batch);
    void history_check();

    const Runner& runner_;
    const BenchOptions& options_;
    std::vector<Figure> figures_;
};

std::vector<Figure> Bench::measure() {
    checked_events();
    schedules();
    simulated_per_wall("simulated_idle", 600'000'000, 50);
    simulated_per_wall("simulated_100", 10'000'000, 1'000);
    simulated_per_wall("simulated_1000", 2'000'000, 2'000);
    trace_cost();
    commands(1);
    commands(64);
    history_check();
    return std::move(figures_);
}

std::uint64_t Bench::repeated(const std::function<std::uint64_t()>& once) const {
    std::vector<std::uint64_t> values;
    for (std::uint32_t i = 0; i < options_.repetitions; ++i) values.push_back(once());
    return median(std::move(values));
}

Statistics Bench::run_for_a_while(const Profile& profile, std::uint64_t& nanoseconds) const {
    Statistics sum;
    nanoseconds = 0;
    const RunOptions run_options{.profile = profile};
    for (std::uint64_t seed = 1; nanoseconds < options_.repetition_ms * 1'000'000; ++seed) {
        Choices choices = Choices::from_seed(seed);
        nanoseconds += nanoseconds_of(
            [&] { sum.merge(run_safely(runner_, choices, run_options).statistics); });
    }
    return sum;
}

void Bench::checked_events() {
    Statistics seen;
    const std::uint64_t value = repeated([&] {
        Work work;
        seen = run_for_a_while({}, work.nanoseconds);
        work.amount = seen.events;
        return work.per_second();
    });
    add("checked_events", value, "events/s",
        fmt::format("profile default, seeds from 1 on, {} events a run, all checks on",
                    seen.events / std::max<std::uint64_t>(seen.runs, 1)));
}

void Bench::fit(Profile& profile, std::uint64_t events) const {
    for (int i = 0; i < 6; ++i) {
        std::uint64_t ignored = 0;
        const Statistics sum = run_for_a_while(profile, ignored);
        const std::uint64_t mean =
            std::max<std::uint64_t>(sum.events / std::max<std::uint64_t>(sum.runs, 1), 1);
        const std::uint64_t time = profile.least_time * events / mean / 1'000 * 1'000;
        profile.least_time = std::clamp<std::uint64_t>(time, 10'000, 60'000'000);
        profile.most_time = profile.least_time;
    }
}

void Bench::schedules() {
    Profile profile;
    profile.nodes = 5;
    profile.max_spares = 0;
    profile.max_operations = 50;
    profile.least_time = profile.most_time = 300'000;
    fit(profile, 1'000);
    Statistics seen;
    const std::uint64_t value = repeated([&] {
        Work work;
        seen = run_for_a_while(profile, work.nanoseconds);
        work.amount = seen.runs;
        return work.per_second();
    });
    add("schedules", value, "runs/s",
        fmt::format("a fresh cluster of five nodes each, {} events on average, faults for {} of "
                    "simulated time, all checks on",
                    with_commas(seen.events / std::max<std::uint64_t>(seen.runs, 1)),
                    duration_text(profile.least_time / 1'000)));
}

// Seeds whose drawn load is about the one that is wanted.
std::vector<std::uint64_t> seeds_with_load(const Profile& profile, std::size_t count) {
    std::vector<std::uint64_t> seeds;
    for (std::uint64_t seed = 1; seeds.size() < count && seed < 1'000'000; ++seed) {
        Choices choices = Choices::from_seed(seed);
        const std::uint64_t drawn = draw_shape(choices, profile).operations;
        if (drawn * 10 >= std::uint64_t{profile.max_operations} * 9) seeds.push_back(seed);
    }
    return seeds;
}

void Bench::simulated_per_wall(std::string_view name, std::uint64_t simulated_us,
                               std::uint32_t operations) {
    Profile profile;
    profile.nodes = 5;
    profile.max_spares = 0;
    profile.least_time = profile.most_time = simulated_us;
    profile.max_operations = operations;
    const RunOptions run_options{.profile = profile};
    const std::vector<std::uint64_t> seeds = seeds_with_load(profile, 8);
    Statistics seen;
    const std::uint64_t value = repeated([&] {
        seen = {};
        const std::uint64_t nanoseconds = nanoseconds_of([&] {
            for (const std::uint64_t seed : seeds) {
                Choices choices = Choices::from_seed(seed);
                seen.merge(run_safely(runner_, choices, run_options).statistics);
            }
        });
        return seen.simulated_us * 1'000 / std::max<std::uint64_t>(nanoseconds, 1);
    });
    const std::uint64_t seconds = std::max<std::uint64_t>(seen.simulated_us / 1'000'000, 1);
    add(std::string(name), value, "simulated s/s",
        fmt::format("five nodes under a mix of all faults, {} commands and reads acknowledged in "
                    "{} simulated seconds ({} events a second), all checks on",
                    with_commas(seen.acknowledged), with_commas(seconds),
                    with_commas(seen.events / seconds)));
}

void Bench::trace_cost() {
    const Profile profile;
    constexpr std::uint64_t runs = 20;
    const auto plain = [&](std::uint64_t seed) {
        Choices choices = Choices::from_seed(seed);
        return run_safely(runner_, choices, {.profile = profile}).statistics.events;
    };
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;
    const std::uint64_t value = repeated([&] {
        bytes = 0;
        events = 0;
        const std::uint64_t without = nanoseconds_of([&] {
            for (std::uint64_t seed = 1; seed <= runs; ++seed) events += plain(seed);
        });
        const std::uint64_t with = nanoseconds_of([&] {
            for (std::uint64_t seed = 1; seed <= runs; ++seed) {
                bytes += record_seed(runner_, profile, seed).size();
            }
        });
        return with * 1'000 / std::max<std::uint64_t>(without, 1);
    });
    add("trace_cost", value, "per mille of the time without",
        fmt::format("profile default, {} runs recorded, {} bytes a hundred events", runs,
                    bytes * 100 / std::max<std::uint64_t>(events, 1)));
}

void Bench::commands(std::uint32_t batch) {
    // No command at all to the state machine, which therefore does not grow: else its snapshots
    // would be what is measured.
    const Value payload(as_bytes("sixteen bytes..."));
    MemoryCluster cluster(3, batch);
    std::vector<std::uint64_t> step_times;
    const std::uint64_t value = repeated([&] {
        Work work;
        const std::uint64_t steps = cluster.steps();
        while (work.nanoseconds < options_.repetition_ms * 1'000'000) {
            constexpr std::uint64_t some = 2'000;
            work.nanoseconds += nanoseconds_of([&] { cluster.execute(some, payload); });
            work.amount += some;
        }
        step_times.push_back(work.nanoseconds /
                             std::max<std::uint64_t>(cluster.steps() - steps, 1));
        return work.per_second();
    });
    const std::string load = fmt::format(
        "three nodes on one thread, in memory, nothing lost, every write durable at "
        "once, commands of {} bytes that change no state, at most {} in a slot",
        payload.size(), batch);
    add(fmt::format("commands_batch_{}", batch), value, "commands/s", load);
    add(fmt::format("step_batch_{}", batch), median(step_times), "ns/step", load);
}

void Bench::history_check() {
    constexpr std::uint64_t calls = 100'000;
    constexpr std::uint64_t clients = 10;
    std::vector<props::Placed> history;
    for (std::uint64_t i = 0; i < calls; ++i) {
        // Each overlaps those of the nine other clients.
        const props::Point point = i + 1;
        history.push_back({.interval = {.invoked = 2 * i + 1, .returned = 2 * (i + clients) + 2},
                           .first = 2 * point,
                           .last = 2 * point,
                           .operation = static_cast<std::size_t>(i)});
    }
    const std::uint64_t value = repeated([&] {
        Work work;
        while (work.nanoseconds < options_.repetition_ms * 1'000'000) {
            work.nanoseconds += nanoseconds_of([&] {
                if (props::linearizability(history)) work.amount = 0;
            });
            work.amount += calls;
        }
        return work.per_second();
    });
    add("history_check", value, "operations/s",
        fmt::format("linearizability of a history of {} calls by {} clients", with_commas(calls),
                    clients));
}

}  // namespace

std::vector<Figure> bench(const Runner& runner, const BenchOptions& options) {
    return Bench(runner, options).measure();
}

std::string to_text(const std::vector<Figure>& figures) {
    std::string out = "medians, by the processor time of one thread\n\n";
    for (const Figure& each : figures) {
        fmt::format_to(std::back_inserter(out), "{:<18} {:>14} {}\n    {}\n", each.name,
                       with_commas(each.value), each.unit, each.load);
    }
    return out;
}

std::string to_json(const std::vector<Figure>& figures) {
    boost::json::object all;
    for (const Figure& each : figures) {
        all[each.name] =
            boost::json::object{{"value", each.value}, {"unit", each.unit}, {"load", each.load}};
    }
    return boost::json::serialize(all) + "\n";
}

int bench_command(bool json) {
    const std::vector<Figure> figures = bench(run, {});
    fmt::print("{}", json ? to_json(figures) : to_text(figures));
    return after_telling(fine);
}

}  // namespace decree::sim
