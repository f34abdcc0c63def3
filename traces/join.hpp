#pragma once

/// Several nodes' own recordings as one trace of their cluster.

#include <cstddef>
#include <expected>
#include <span>
#include <string>

#include "core/codec.hpp"
#include "traces/format.hpp"

namespace decree::traces {

/// Why trace number `trace` cannot be joined to those before it, for a person.
struct NotJoined {
    std::size_t trace{};
    std::string why;
};

/// One trace of all that `traces` tell, in an order in which it can have happened: by their clocks,
/// but nothing arrives before it was sent. A message that arrived is told apart from what was sent
/// by its content, and by the order of what one node sends another; one that no trace sends
/// stays what it is. Traces of several starts of a node may be among them, each start once.
[[nodiscard]] std::expected<ByteBuffer, NotJoined> join(std::span<const Trace> traces);

}  // namespace decree::traces
