#pragma once

/// Several nodes' own recordings as one trace of their cluster.

#include <cstddef>
#include <expected>
#include <span>

#include "core/codec.hpp"
#include "traces/format.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// Trace number `trace` of those that were to be joined does not replay.
struct NotJoined {
    std::size_t trace{};
    Difference difference;
};

/// One trace of all that `traces` tell, in an order in which it can have happened: by their clocks,
/// but nothing arrives before it was sent. A message that arrived is told apart from what was sent
/// by its content, and by the order of what one node sends another; one that no trace sends
/// stays what it is. Traces of several starts of a node may be among them.
[[nodiscard]] std::expected<ByteBuffer, NotJoined> join(std::span<const Trace> traces);

}  // namespace decree::traces
