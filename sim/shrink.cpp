#include "sim/shrink.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "sim/shrink_passes.hpp"

namespace decree::sim {

RecordSize size_of(const ChoiceRecord& record) {
    RecordSize size;
    for (const auto& [key, choices] : record) {
        size.choices += choices.size();
        for (const Choice& choice : choices) {
            size.not_calm += choice.value == 0 ? 0U : 1U;
            size.sum += choice.value;
        }
    }
    return size;
}

void drop_idle(ChoiceRecord& record) {
    for (auto& [key, choices] : record) {
        while (!choices.empty() && choices.back().value == 0) choices.pop_back();
    }
    std::erase_if(record, [](const auto& stream) { return stream.second.empty(); });
}

Shrunk shrink(ChoiceRecord record, const StillFails& still_fails, const ShrinkBudget& budget) {
    ShrinkSearch search(std::move(record), still_fails, budget);
    for (;;) {
        const RecordSize before = size_of(search.best());
        clear_streams(search);
        lower_choices(search, Site::Shape);
        truncate_streams(search);
        const std::uint64_t left = size_of(search.best()).choices;
        for (std::size_t grain = std::bit_ceil(left) / 2; grain > 0; grain /= 2) {
            calm_choices(search, grain);
            remove_together(search, grain);
            remove_choices(search, grain);
        }
        drop_entities(search);
        lower_choices(search, std::nullopt);
        if (search.spent() || size_of(search.best()) == before) break;
    }
    return {search.best(), search.runs(), !search.spent()};
}

}  // namespace decree::sim
