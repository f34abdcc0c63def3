#include "props/contract.hpp"

#include <string>

#include "props/step_kind.hpp"
#include "props/words.hpp"

namespace decree::props {
namespace {

// Behind the invariant's words stand the condition and its place, which is a line number.
std::string invariant_of(const ContractViolation& broken) {
    const std::string what = broken.what();
    return what.substr(0, what.find(" ["));
}

}  // namespace

Violation contract_violation(const ContractViolation& broken, NodeId node, const Event& event) {
    return {.property = "Contract",
            .details = words(node, ": ", std::string(broken.what())),
            .signature = "Contract (" + invariant_of(broken) + ") at " + step_kind(event)};
}

Violation contract_violation(const ContractViolation& broken) {
    return {.property = "Contract",
            .details = broken.what(),
            .signature = "Contract (" + invariant_of(broken) + ")"};
}

}  // namespace decree::props
