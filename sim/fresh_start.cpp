#include "sim/fresh_start.hpp"

#include <cstddef>
#include <utility>

#include "sim/faults.hpp"
#include "sim/shape.hpp"

namespace decree::sim {

namespace {

// Of each shape. So many short runs take about as long as a few of the shrinker's long ones.
constexpr std::uint64_t seeds_tried = 150;
// Among more, the shortest is hardly shorter.
constexpr int enough_failures = 8;

// Every other run may have a few kinds of faults only. Replayed with the whole profile it is the
// same: a kind that was not drawn is calm.
Profile thinned(Profile profile, std::uint64_t seed) {
    if (seed % 2 == 0) return profile;
    Choices choices = Choices::from_seed(~seed);
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const bool stays = choices.chance(Site::Swarm, static_cast<std::uint32_t>(i), 1, 4);
        if (!stays) profile.may.remove(static_cast<FaultKind>(i));
    }
    return profile;
}

}  // namespace

std::optional<FailingRun> fresh_start(const Runner& runner, const RunOptions& options,
                                      const FailingRun& found, const ShrinkBudget& budget,
                                      std::uint64_t& runs) {
    std::optional<FailingRun> best;
    RunOptions thin = options;
    for (const ChoiceRecord& shape : simpler_shapes(found.record)) {
        int failures = 0;
        for (std::uint64_t seed = 1; seed <= seeds_tried && failures < enough_failures; ++seed) {
            if (runs >= budget.runs / 4 || budget.spent()) return best;
            ++runs;
            thin.profile = thinned(options.profile, seed);
            Choices choices = Choices::from_seed_with(seed, Site::Shape, shape);
            choices.keep_record();
            RunResult result = run_safely(runner, choices, thin);
            if (!result.violation ||
                result.violation->signature != found.result.violation->signature) {
                continue;
            }
            ++failures;
            const RunResult& shortest = best ? best->result : found.result;
            if (result.statistics.events < shortest.statistics.events) {
                best = FailingRun{choices.record(), std::move(result)};
            }
        }
    }
    return best;
}

}  // namespace decree::sim
