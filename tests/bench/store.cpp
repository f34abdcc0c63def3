/// What the store costs: memory a file and a retained revision, writes, walks, watches, snapshots.

#include "core/store/store.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <malloc.h>

#include "core/store/watch.hpp"
#include "tests/support/small_store.hpp"

namespace decree::store {
namespace {

// Bytes that the allocator has given out, its own overhead included.
double allocated() {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

// A thousand files to a directory, values of 16 bytes.
std::string path_of(std::uint64_t i) {
    return "/dir" + std::to_string(i / 1000) + "/file" + std::to_string(i % 1000);
}
constexpr std::string_view value_of_a_file = "sixteen bytes ok";

Value set_command(const std::string& path) {
    return encode_command(Set{path, clobber, text(value_of_a_file), {}});
}

StoreSettings kept(std::uint64_t history) {
    StoreSettings settings;
    settings.history = history;
    return settings;
}

// Commands in slots of 64.
void load(SmallStore& store, std::uint64_t files, const auto& path) {
    std::vector<Value> payloads;
    for (std::uint64_t i = 0; i < files; ++i) {
        payloads.push_back(set_command(path(i)));
        if (payloads.size() < 64 && i + 1 < files) continue;
        static_cast<void>(store.raw(payloads));
        payloads.clear();
    }
}

// A store with so many files, made once for all that ask.
const SmallStore& loaded(std::uint64_t files) {
    static std::map<std::uint64_t, SmallStore> stores;
    const auto [place, fresh] = stores.try_emplace(files);
    if (fresh) load(place->second, files, path_of);
    return place->second;
}

void store_load(benchmark::State& state) {
    const auto files = static_cast<std::uint64_t>(state.range(0));
    for (auto _ : state) {
        const double before = allocated();
        SmallStore store(kept(1));
        load(store, files, path_of);
        state.PauseTiming();
        const double bytes = allocated() - before;
        state.counters["bytes_a_file"] = bytes / static_cast<double>(files);
        state.counters["MB"] = bytes / 1e6;
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.range(0) * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(store_load)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(1);

// All files in one directory: the deepest tree for their number.
void store_load_flat(benchmark::State& state) {
    const auto files = static_cast<std::uint64_t>(state.range(0));
    for (auto _ : state) {
        SmallStore store(kept(1));
        load(store, files, [](std::uint64_t i) { return "/flat/" + std::to_string(i); });
        benchmark::DoNotOptimize(store.state().digest());
    }
    state.SetItemsProcessed(state.range(0) * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(store_load_flat)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(1);

void store_retained_revision(benchmark::State& state) {
    const auto files = static_cast<std::uint64_t>(state.range(0));
    constexpr std::uint64_t revisions = 10'000;
    for (auto _ : state) {
        SmallStore store(kept(revisions));
        load(store, files, path_of);
        store.slot(std::vector<StoreCommand>(revisions, Nop{}));
        const double before = allocated();
        for (std::uint64_t i = 0; i < revisions; ++i) {
            static_cast<void>(store.raw({set_command(path_of(i * 7919 % files))}));
        }
        state.counters["bytes_a_revision"] = (allocated() - before) / revisions;
    }
}
BENCHMARK(store_retained_revision)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

// A write in a slot of its own, with the default history: answer, event and digest included.
void store_set(benchmark::State& state) {
    const auto files = static_cast<std::uint64_t>(state.range(0));
    std::vector<Value> commands;
    for (std::uint64_t i = 0; i < 10'007; ++i) {
        commands.push_back(set_command(path_of(i * 7919 % files)));
    }
    Store machine(loaded(files).store());
    Slot slot{1'000'000};
    SlotResult result;
    std::size_t i = 0;
    for (auto _ : state) {
        slot = next(slot);
        result.clear();
        const CommandView view{.id = {}, .payload = commands[i].bytes()};
        machine.apply({.slot = slot, .stamp = {}}, {&view, 1}, result);
        i = i + 1 == commands.size() ? 0 : i + 1;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(store_set)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

void store_get(benchmark::State& state) {
    const SmallStore& store = loaded(100'000);
    std::uint64_t i = 0;
    for (auto _ : state) {
        i = (i + 7919) % 100'000;
        benchmark::DoNotOptimize(query(store.state(), Get{path_of(i), {}}));
    }
}
BENCHMARK(store_get);

// A walk that matches one file in a hundred of 100,000; and the last file of all, by its offset.
void store_walk(benchmark::State& state) {
    const SmallStore& store = loaded(100'000);
    std::size_t found = 0;
    for (auto _ : state) {
        found = query(store.state(), Walk{"/dir*/file?7*", 0, {}, 1'000'000}).entries.size();
    }
    state.counters["found"] = static_cast<double>(found);
}
BENCHMARK(store_walk)->Unit(benchmark::kMillisecond);

// The dearest question: a walk that must look at every file, and finds none.
void store_walk_in_vain(benchmark::State& state) {
    const SmallStore& store = loaded(static_cast<std::uint64_t>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(query(store.state(), Walk{"/**/none", 0, {}, 1}));
    }
    state.SetItemsProcessed(state.range(0) * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(store_walk_in_vain)->Arg(20'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void store_walk_by_offset(benchmark::State& state) {
    const SmallStore& store = loaded(100'000);
    for (auto _ : state) {
        benchmark::DoNotOptimize(query(store.state(), Walk{"/**", 99'999, {}, 1}));
    }
}
BENCHMARK(store_walk_by_offset);

// 100,000 watchers, each of a directory of its own; a write that one of them is told.
void store_watchers(benchmark::State& state) {
    const auto watchers = static_cast<std::uint64_t>(state.range(0));
    SmallStore store;
    store.nop();
    Watches watches;
    const double before = allocated();
    for (std::uint64_t i = 0; i < watchers; ++i) {
        const WatchRequest request{.glob = "/dir" + std::to_string(i) + "/*",
                                   .from = Revision{2},
                                   .kind = WatchKind::Stream,
                                   .mark_every = 0};
        static_cast<void>(watches.add(request, store.history(), store.state().settings));
    }
    state.counters["bytes_a_watcher"] = (allocated() - before) / static_cast<double>(watchers);
    std::uint64_t i = 0;
    std::uint64_t told = 0;
    for (auto _ : state) {
        i = (i + 7919) % watchers;
        static_cast<void>(store.raw({set_command("/dir" + std::to_string(i) + "/file")}));
        watches.advance(store.history());
        while (!watches.ready().empty()) {
            told += watches.take(*watches.ready().begin(), store.history())->events.size();
        }
    }
    state.counters["told_a_write"] =
        static_cast<double>(told) / static_cast<double>(state.iterations());
}
BENCHMARK(store_watchers)->Arg(100'000);

// 100,000 watchers whose globs begin with a star: each of them is looked at with every write.
void store_watchers_of_anything(benchmark::State& state) {
    SmallStore store;
    store.nop();
    Watches watches;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        const WatchRequest request{
            .glob = "/*/x", .from = Revision{2}, .kind = WatchKind::Stream, .mark_every = 0};
        static_cast<void>(watches.add(request, store.history(), store.state().settings));
    }
    for (auto _ : state) {
        static_cast<void>(store.raw({set_command("/dir/file")}));
        watches.advance(store.history());
    }
    if (!watches.ready().empty()) state.SkipWithError("a watcher of what did not happen");
}
BENCHMARK(store_watchers_of_anything)->Arg(100'000)->Unit(benchmark::kMillisecond);

void store_clone(benchmark::State& state) {
    const SmallStore& store = loaded(100'000);
    for (auto _ : state) benchmark::DoNotOptimize(store.store().clone());
}
BENCHMARK(store_clone);

void store_snapshot(benchmark::State& state) {
    const SmallStore& store = loaded(100'000);
    std::uint64_t bytes = 0;
    for (auto _ : state) {
        for (const ByteBuffer& piece : store.snapshot()) bytes += piece.size();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(store_snapshot)->Unit(benchmark::kMillisecond);

void store_restore(benchmark::State& state) {
    const SmallStore& store = loaded(100'000);
    const auto pieces = store.snapshot();
    for (auto _ : state) {
        SmallStore other;
        if (!other.restore(pieces)) state.SkipWithError("not restored");
    }
}
BENCHMARK(store_restore)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace decree::store
