#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include "sim/failure.hpp"
#include "sim/run.hpp"

namespace decree::sim {
namespace {

// Whole runs with all checks on, by profile; recorded or not.
void runs(benchmark::State& state) {
    const auto which = static_cast<std::size_t>(state.range(0));
    const bool recorded = state.range(1) != 0;
    const Profile profile = *find_profile(profile_names[which]);
    state.SetLabel(profile.name + (recorded ? ", recorded" : ""));
    std::uint64_t seed = 0;
    Statistics sum;
    std::uint64_t bytes = 0;
    for (auto _ : state) {
        ++seed;
        if (recorded) {
            bytes += record_seed(run, profile, seed).size();
        } else {
            Choices choices = Choices::from_seed(seed);
            sum.merge(run(choices, {.profile = profile}).statistics);
        }
    }
    const auto rate = [](std::uint64_t count) {
        return benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsRate);
    };
    state.SetItemsProcessed(state.iterations());
    if (recorded) {
        state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    } else {
        state.counters["events"] = rate(sum.events);
        state.counters["simulated_s"] = rate(sum.simulated_us / 1'000'000);
    }
}
BENCHMARK(runs)
    ->ArgsProduct({benchmark::CreateDenseRange(0, profile_names.size() - 1, 1), {0}})
    ->Args({0, 1})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace decree::sim
