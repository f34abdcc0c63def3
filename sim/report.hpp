#pragma once

/// What a campaign came to, for people and for programs.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/failure.hpp"
#include "sim/fuzz.hpp"

namespace decree::sim {

/// A failure that was made small and written down.
struct ReportedFailure {
    SmallFailure small;
    FailureFiles files;
};

/// All that a report tells.
struct FuzzReport {
    FuzzPlan plan;
    Campaign campaign;
    std::uint64_t seeds_before{};  ///< Done by earlier calls of the same campaign.
    FailureGroups failures;        ///< Of this call and of those.
    std::vector<ReportedFailure> written;
    /// Makes a failure's run again, where none was written now; empty when none failed.
    std::string reproduce;
    std::string resume;  ///< How to go on; empty when nothing is left.
    /// Rules and faults that so many runs must have tried, and did not: see expected.hpp.
    std::vector<std::string_view> untried;

    /// Nothing broke, and nothing is missing.
    [[nodiscard]] bool passes() const { return failures.empty() && untried.empty(); }
};

/// Several lines for a terminal. The last one makes the first failure's run again, if there is one.
[[nodiscard]] std::string to_text(const FuzzReport& report);

/// One JSON object on one line. FUZZING.md names its fields.
[[nodiscard]] std::string to_json(const FuzzReport& report);

}  // namespace decree::sim
