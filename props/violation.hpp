#pragma once

#include <string>

#include "core/ids.hpp"

namespace decree::props {

/// Something that must always hold does not.
struct Violation {
    std::string property;  ///< Its name, as in props/README.md: "Agreement".
    std::string details;   ///< For a person: which slot, ballots, nodes and values.
    /// The same bug has the same signature: property and the kind of step that broke it. No
    /// numbers.
    std::string signature;
    bool operator==(const Violation&) const = default;
};

}  // namespace decree::props
