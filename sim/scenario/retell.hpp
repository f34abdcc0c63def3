#pragma once

/// Tells a failing run as a scenario: a few lines that break the same property, which anybody can
/// read, change and run again.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "props/violation.hpp"
#include "sim/scenario/syntax.hpp"
#include "sim/shape.hpp"
#include "sim/shrink.hpp"
#include "traces/format.hpp"

namespace decree::sim::scenario {

/// What is to be told.
struct Failing {
    const traces::Trace& trace;  ///< Of the run, as small as it became.
    NetworkHabits network;       ///< Of its links.
    props::Violation violation;  ///< What it broke.
    std::string name;            ///< Of the run, for a person: "seed 17 of profile default".
};

/// How long to look, and when to be done: a part is left to make short what was found.
struct RetellBudget {
    ShrinkBudget search;
    ShrinkBudget whole;
};

struct Retold {
    std::optional<Scenario> scenario;  ///< None: nothing was found.
    std::string property;              ///< That it breaks.
    std::uint64_t runs{};              ///< That it took.
};

/// By hand if deliveries alone show it, timed if time or disks do; of the two the shorter one. What
/// is returned was run, and broke the property before any other. Where none was found that does,
/// one by hand that breaks another property. Depends on nothing but the run, and on when the
/// budget is spent. What is not about clusters (a run that differs when it is made
/// again, an exception) cannot be told.
[[nodiscard]] Retold retell(const Failing& failing, const RetellBudget& budget);

}  // namespace decree::sim::scenario
