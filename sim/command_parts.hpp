#pragma once

/// What several sub-commands need.

#include <cstdint>

#include "sim/arguments.hpp"
#include "sim/commands.hpp"
#include "sim/profile.hpp"
#include "sim/scenario/retell.hpp"
#include "sim/shrink.hpp"

namespace decree::sim {

/// Where failures go unless --out says otherwise.
inline constexpr const char* default_out = "./decree-failures";
/// How long one failure is shrunk, unless told otherwise.
inline constexpr const char* shrink_time = "60s";

/// The profile of these arguments, with as many nodes as they say.
[[nodiscard]] Parsed<Profile> read_profile(const RunArguments& arguments);

/// What was printed counts only when it is out: a full disk, or a reader that went away, is told.
/// Returns the status to exit with: `status`, if all is well.
[[nodiscard]] int after_telling(int status);

/// For one failure, from now on: spent after so many runs or so much time, or when somebody
/// interrupts.
struct FailureBudget {
    ShrinkBudget choices;             ///< To make its choices fewer: three fifths of the time.
    scenario::RetellBudget scenario;  ///< To tell it as a scenario: what is left then.
};
[[nodiscard]] FailureBudget failure_budget(std::uint64_t runs, std::uint64_t milliseconds);

}  // namespace decree::sim
