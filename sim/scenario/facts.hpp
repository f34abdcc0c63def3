#pragma once

/// Whether what a scenario expects holds.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/node/node.hpp"
#include "props/violation.hpp"
#include "sim/scenario/clients.hpp"
#include "sim/scenario/mail.hpp"
#include "sim/scenario/syntax.hpp"
#include "sim/scenario/witness.hpp"

namespace decree::sim::scenario {

/// What can be looked at. All of it stays while it is asked.
struct Scene {
    const Witness& witness;
    const Mail& mail;
    const Clients& clients;
    const std::vector<props::Violation>& violations;  ///< So far.
    std::function<const Node*(NodeId)> node;          ///< nullptr: it is down.
};

/// Nothing when the fact holds; else what holds instead, for a person.
[[nodiscard]] std::optional<std::string> contradiction(const Fact& fact, const Scene& scene);

}  // namespace decree::sim::scenario
