#pragma once

/// Writes a scenario, whole or in parts, in its canonical form: what parse() reads as the same.

#include <span>
#include <string>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

[[nodiscard]] std::string to_text(NodeId node);                    ///< `N1`
[[nodiscard]] std::string to_text(Ballot ballot);                  ///< `2.1`; `0.0`: none.
[[nodiscard]] std::string to_text(Slot slot);                      ///< `#3`
[[nodiscard]] std::string to_text(Duration duration);              ///< `120ms`
[[nodiscard]] std::string to_text(Share share);                    ///< `2%`
[[nodiscard]] std::string to_text(Drift drift);                    ///< `+2%`
[[nodiscard]] std::string to_text(std::span<const NodeId> nodes);  ///< `N1,N2`
[[nodiscard]] std::string value_to_text(const ValueText& value);   ///< `X`, `X+Y`, `no-op`
/// `X,Y`, or `nothing`.
[[nodiscard]] std::string commands_to_text(std::span<const CommandText> commands);
[[nodiscard]] std::string to_text(const MessagePattern& pattern);
[[nodiscard]] std::string to_text(const Fact& fact);
[[nodiscard]] std::string to_text(const Action& action);
/// With its time and its comment.
[[nodiscard]] std::string to_text(const Line& line);
/// A whole file.
[[nodiscard]] std::string to_text(const Scenario& scenario);

}  // namespace decree::sim::scenario
