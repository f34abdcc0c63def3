#include "sim/shrink.hpp"

#include <cstdint>
#include <optional>

#include <benchmark/benchmark.h>

#include "sim/choice_file.hpp"

namespace decree::sim {
namespace {

// A record of so many choices on twenty links.
ChoiceRecord record_of(std::uint32_t choices) {
    Choices drawn = Choices::from_seed(1);
    ChoiceRecord record;
    for (std::uint32_t i = 0; i < choices; ++i) {
        record[{Site::Delay, i % 20}].push_back({1'000, drawn.draw(Site::Delay, 0, 1'000)});
    }
    return record;
}

// What shrinking costs by itself, where runs cost nothing: two choices of many matter.
void shrink_record(benchmark::State& state) {
    ChoiceRecord record = record_of(static_cast<std::uint32_t>(state.range(0)));
    record[{Site::Delay, 3}][20].value = 999;
    record[{Site::Delay, 7}][30].value = 999;
    const auto high = [](const ChoiceRecord& r, std::uint32_t entity) {
        const auto found = r.find({Site::Delay, entity});
        if (found == r.end()) return false;
        for (const Choice& choice : found->second) {
            if (choice.value == 999) return true;
        }
        return false;
    };
    const StillFails fails = [&](const ChoiceRecord& r) -> std::optional<ChoiceRecord> {
        if (!high(r, 3) || !high(r, 7)) return std::nullopt;
        return r;
    };
    std::uint64_t tried = 0;
    for (auto _ : state) tried += shrink(record, fails, {}).runs;
    state.SetItemsProcessed(static_cast<std::int64_t>(tried));
}
BENCHMARK(shrink_record)->Arg(1'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

void choice_file(benchmark::State& state) {
    const ChoiceFile file{.profile = "default", .nodes = 0, .seed = 1, .record = record_of(20'000)};
    std::uint64_t bytes = 0;
    for (auto _ : state) {
        const std::string text = to_text(file);
        benchmark::DoNotOptimize(read_choices(text));
        bytes += text.size();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(choice_file)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace decree::sim
