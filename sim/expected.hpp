#pragma once

/// What a campaign must have tried before "no violation" says anything.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/rule.hpp"
#include "sim/profile.hpp"
#include "sim/statistics.hpp"

namespace decree::sim {

/// So many runs of a profile take each of its rules, and inject each of its faults: the rarest of
/// them ten times or so.
inline constexpr std::uint64_t runs_that_suffice = 20'000;

/// The rules that a profile is there for. None: it has no say.
[[nodiscard]] std::span<const Rule> expected_rules(std::string_view profile);

/// The rules that a profile is there for, and then the faults that it allows, which never came up
/// in these runs. Nothing for too few runs, or for those of clusters of one size.
[[nodiscard]] std::vector<std::string_view> untried(const Profile& profile,
                                                    const Statistics& statistics);

}  // namespace decree::sim
