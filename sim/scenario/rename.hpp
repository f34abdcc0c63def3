#pragma once

/// Scenarios with other names in them, or with fewer.

#include <map>
#include <vector>

#include "core/ids.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// Who is called what from now on. Whoever does not stand in it keeps its name.
struct NewNames {
    std::map<NodeId, NodeId> nodes;
    std::map<ClientNumber, ClientNumber> clients;
    std::map<CommandText, CommandText> commands;
};

/// All names in the scenario, each once, in the order in which lines name them; nodes that no line
/// names come last. Changes of voters are no commands.
[[nodiscard]] std::vector<NodeId> nodes_of(const Scenario& scenario);
[[nodiscard]] std::vector<ClientNumber> clients_of(const Scenario& scenario);
[[nodiscard]] std::vector<CommandText> commands_of(const Scenario& scenario);

[[nodiscard]] Scenario renamed(Scenario scenario, const NewNames& names);

/// One node less: also without the lines that name it, save that of a list of nodes it is struck.
/// REQUIRES: there are others, and a voter among them.
[[nodiscard]] Scenario without_node(Scenario scenario, NodeId node);

}  // namespace decree::sim::scenario
