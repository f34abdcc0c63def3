#pragma once

/// Which bug is planted in this program, if any.

#include <string_view>

namespace decree::sim::scenario {

/// The name of the patch in props/mutants/ that the sources were built with, as whoever planted it
/// told the build (-DDECREE_MUTANT=PX-11-half-is-a-majority). "": none.
[[nodiscard]] std::string_view planted_mutant();

/// Whether `name` is the planted one: its whole name, or the beginning up to a dash, as PX-11.
[[nodiscard]] bool is_planted(std::string_view name);

}  // namespace decree::sim::scenario
