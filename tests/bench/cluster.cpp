#include <cstdint>

#include <benchmark/benchmark.h>

#include "core/value.hpp"
#include "sim/memory_cluster.hpp"

namespace decree::sim {
namespace {

// Commands through a cluster in memory, on one thread: nodes, commands in a slot.
void cluster_commands(benchmark::State& state) {
    constexpr std::uint64_t some = 1'000;
    MemoryCluster cluster(static_cast<std::uint32_t>(state.range(0)),
                          static_cast<std::uint32_t>(state.range(1)));
    const Value payload(as_bytes("sixteen bytes..."));
    const std::uint64_t steps = cluster.steps();
    for (auto _ : state) cluster.execute(some, payload);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(some));
    state.counters["steps"] = benchmark::Counter(static_cast<double>(cluster.steps() - steps),
                                                 benchmark::Counter::kIsRate);
}
BENCHMARK(cluster_commands)->Args({1, 1})->Args({3, 1})->Args({3, 64})->Args({5, 1})->Args({5, 64});

}  // namespace
}  // namespace decree::sim
