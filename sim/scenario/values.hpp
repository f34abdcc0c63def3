#pragma once

/// Between what slots hold and how scenarios write it. Commands are those of the log of texts.

#include <string>
#include <vector>

#include "core/effects.hpp"
#include "core/node/node.hpp"
#include "core/value.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// A client's payload. REQUIRES: the parser took the command.
[[nodiscard]] Value payload_of(const CommandText& command);
/// How a payload is written; one that no scenario can submit as `wake=9`, `drop=9` or `?`.
[[nodiscard]] CommandText text_of_payload(Bytes payload);
/// How a slot's value is written.
[[nodiscard]] ValueText text_of(const Value& value);
/// The commands that took effect at `node`, in order.
[[nodiscard]] std::vector<CommandText> applied_commands(const Node& node);
/// What a read was answered by `node`, which has just done so: the commands that it saw.
[[nodiscard]] std::vector<CommandText> commands_read(const Node& node, const Answer& answer);

}  // namespace decree::sim::scenario
