#pragma once

/// Makes a failing run small enough to be read: fewer and calmer choices, the same failure.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "sim/choices.hpp"

namespace decree::sim {

/// How large a record is. Smaller is: first, fewer choices that are not calm; then fewer choices;
/// then lower ones.
struct RecordSize {
    std::uint64_t not_calm{};
    std::uint64_t choices{};
    std::uint64_t sum{};
    auto operator<=>(const RecordSize&) const = default;
};

[[nodiscard]] RecordSize size_of(const ChoiceRecord& record);

/// Drops what says nothing: zeros at the end of a stream, which an exhausted stream answers anyway,
/// and empty streams.
void drop_idle(ChoiceRecord& record);

/// Makes the run of a record. When it fails in the way that is looked for, returns what the run has
/// read of the record; else nothing. The same record always has the same answer.
using StillFails = std::function<std::optional<ChoiceRecord>(const ChoiceRecord&)>;

/// When to be content. The result depends on `runs` and, where `spent` asks a clock, on that.
struct ShrinkBudget {
    std::uint64_t runs = 100'000;
    std::function<bool()> spent = [] { return false; };
};

/// What shrinking came to.
struct Shrunk {
    ChoiceRecord record;   ///< Still fails, and is no larger than what was given.
    std::uint64_t runs{};  ///< How many runs it took.
    bool complete{};       ///< No pass makes it smaller; else the budget was spent before.
};

/// Shrinks `record`, which fails, as far as the budget goes. Coarse cuts first: whole sites and
/// streams, fewer nodes and clients, the ends of streams; then chunks that halve in size; then
/// single nodes and clients; then values.
[[nodiscard]] Shrunk shrink(ChoiceRecord record, const StillFails& still_fails,
                            const ShrinkBudget& budget);

}  // namespace decree::sim
