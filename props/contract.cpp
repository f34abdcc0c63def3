#include "props/contract.hpp"

#include <string>

#include "props/step_kind.hpp"
#include "props/words.hpp"

namespace decree::props {

Violation contract_violation(const ContractViolation& broken, NodeId node, const Event& event) {
    const std::string what = broken.what();
    // Behind the invariant's words stand the condition and its place, which is a line number.
    const std::string invariant = what.substr(0, what.find(" ["));
    return {.property = "Contract",
            .details = words(node, ": ", what),
            .signature = "Contract (" + invariant + ") at " + step_kind(event)};
}

}  // namespace decree::props
