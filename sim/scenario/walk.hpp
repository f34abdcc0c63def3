#pragma once

/// Looks for a scenario by hand that breaks a property: walks at random through what can happen,
/// many times. Small worlds and strict properties make even rare bugs a matter of seconds.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/scenario/syntax.hpp"
#include "sim/shrink.hpp"

namespace decree::sim::scenario {

/// Where to look: what was there when the property broke.
struct Surroundings {
    std::size_t voters = 3;
    std::size_t learners = 0;
    std::optional<Sizes> quorum;
    bool unsafe_quorums = false;
    std::optional<std::uint64_t> alpha;
    bool members_change = false;
    bool crashes = false;
    bool reads = false;
    bool repeats = false;  ///< Clients ask again.
    bool snapshots = false;
    bool watermarks = false;  ///< It broke when one was heard.
    bool catches_up = false;  ///< ... when somebody was told what he had not learned.
};

/// As a timed scenario has it, and `signature`, that of the violation.
[[nodiscard]] Surroundings surroundings_of(const Scenario& timed, std::string_view signature);

/// Walks, one after the other; which ones depends on nothing but where and what for.
class Walks {
public:
    /// `property`: what is to break; "": anything.
    Walks(const Surroundings& where, std::string property)
        : where_(where), property_(std::move(property)) {}

    /// The next walk whose last line breaks the property, and whose other lines break nothing; or
    /// nothing within the budget. `runs` counts.
    [[nodiscard]] std::optional<Scenario> next(const ShrinkBudget& budget, std::uint64_t& runs);

private:
    Surroundings where_;
    std::string property_;
    std::uint64_t walks_ = 0;
};

}  // namespace decree::sim::scenario
