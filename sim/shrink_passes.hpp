#pragma once

/// The passes of shrinking. Each offers smaller records, and leaves in the search the smallest that
/// still fails.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

#include "sim/choices.hpp"
#include "sim/shrink.hpp"

namespace decree::sim {

/// The smallest failing record known, and how it came to be.
class ShrinkSearch {
public:
    ShrinkSearch(ChoiceRecord failing, const StillFails& still_fails, const ShrinkBudget& budget);

    [[nodiscard]] const ChoiceRecord& best() const { return best_; }
    [[nodiscard]] std::uint64_t runs() const { return runs_; }
    /// Nothing more is tried once the budget is spent.
    [[nodiscard]] bool spent() const { return spent_; }

    /// Makes `candidate` the best, if it is smaller and fails as well. Returns whether it did.
    bool offer(ChoiceRecord candidate);

private:
    ChoiceRecord best_;
    RecordSize best_size_;
    const StillFails& still_fails_;
    const ShrinkBudget& budget_;
    std::set<std::uint64_t> refused_;  // Digests of the records that did not fail.
    std::uint64_t runs_ = 0;
    bool spent_ = false;
};

/// All faults off at once; then each site, each stream.
void clear_streams(ShrinkSearch& search);

/// One client, or one node, fewer: it is taken out of every stream, those after it move up, and one
/// choice of the shape is lowered with it.
void drop_entities(ShrinkSearch& search);

/// The end of each stream, as much as can go.
void truncate_streams(ShrinkSearch& search);

/// Calms runs of `grain` choices, counted over all streams; the calm ones between do not count.
void calm_choices(ShrinkSearch& search, std::size_t grain);

/// Takes `grain` choices in a row out of a stream, so that those behind move forward.
void remove_choices(ShrinkSearch& search, std::size_t grain);

/// The same in all streams of a site at once: what happens on all links moves forward in step.
void remove_together(ShrinkSearch& search, std::size_t grain);

/// Lowers each choice as far as it goes: those of one site, or all.
void lower_choices(ShrinkSearch& search, std::optional<Site> only);

}  // namespace decree::sim
