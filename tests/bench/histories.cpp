/// What it costs to judge the recorded histories, reading included.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "props/history/check.hpp"
#include "props/history/online.hpp"
#include "traces/history/read.hpp"

namespace decree::history {
namespace {

struct File {
    std::string text;
    const Model* model{};
};

const std::filesystem::path folder = std::string(DECREE_TEST_DATA) + "/histories";

File read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {.text = {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()},
            .model = path.extension() == ".txt" ? &kv() : &cas_register()};
}

std::vector<File> all_files() {
    std::vector<std::filesystem::path> paths;
    for (const char* const kind : {"jepsen", "kv"}) {
        for (const auto& entry : std::filesystem::directory_iterator(folder / kind)) {
            paths.push_back(entry.path());
        }
    }
    std::ranges::sort(paths);
    std::vector<File> files;
    for (const auto& path : paths) files.push_back(read_file(path));
    return files;
}

// States visited; the verdict is the tests' business.
std::uint64_t judge(const File& file) {
    const auto history = traces::read_history(file.text, *file.model);
    return history ? check(*history, *file.model).states : 0;
}

void all_recorded_histories(benchmark::State& state) {
    const std::vector<File> files = all_files();
    std::uint64_t states = 0;
    for (auto _ : state) {
        states = 0;
        for (const File& file : files) states += judge(file);
    }
    state.counters["files"] = static_cast<double>(files.size());
    state.counters["states"] = static_cast<double>(states);
}
BENCHMARK(all_recorded_histories)->Unit(benchmark::kMillisecond);

void one_recorded_history(benchmark::State& state, const std::string& name) {
    const File file = read_file(folder / name);
    std::uint64_t states = 0;
    for (auto _ : state) states = judge(file);
    state.counters["states"] = static_cast<double>(states);
}
// Others visit 179,127 states for the first; the last is the longest.
BENCHMARK_CAPTURE(one_recorded_history, etcd_002, "jepsen/etcd_002.log")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(one_recorded_history, etcd_057, "jepsen/etcd_057.log")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(one_recorded_history, c50_ok, "kv/c50-ok.txt")->Unit(benchmark::kMicrosecond);

// Calls of a run, two at a time, judged as they happen.
void calls_inside_a_run(benchmark::State& state) {
    Online online(cas_register());
    const Response ok{.status = Status::Ok, .told = std::nullopt};
    std::uint64_t calls = 0;
    for (auto _ : state) {
        const std::string value = std::to_string(++calls % 100);
        const auto write = online.invoked(
            {.function = Function::Write, .key = "", .value = value, .expected = ""});
        const auto read =
            online.invoked({.function = Function::Read, .key = "", .value = "", .expected = ""});
        online.returned(write, ok);
        online.returned(read, {.status = Status::Ok, .told = value});
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(2 * calls));
}
BENCHMARK(calls_inside_a_run);

}  // namespace
}  // namespace decree::history
