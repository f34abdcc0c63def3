#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "traces/format.hpp"

namespace decree::traces {

/// Why event number `event` happened and what it changed: the chain of events that caused it, each
/// rule with its source, and the node before and after. Without a number: what kind of run it is,
/// and the chain that led to its violation, if it has one. Else what is wrong with the question.
[[nodiscard]] std::expected<std::string, std::string> explain(const Trace& trace,
                                                              std::optional<std::uint64_t> event);

}  // namespace decree::traces
