#pragma once

/// What the node puts into a slot's value: commands and the leader's stamp. Paxos sees bytes.

#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/request.hpp"
#include "core/state_machine.hpp"
#include "core/value.hpp"

namespace decree {

/// A slot's value, read. The views point into the value.
struct BatchView {
    ClusterTime stamp;
    std::vector<CommandView> commands;  ///< None: a stamp only.
};

/// The value of a slot that holds `commands` (maybe none), stamped. Never the empty value, which is
/// the no-op. `bytes`: memory to work in.
[[nodiscard]] Value encode_batch(ClusterTime stamp, std::span<const Command> commands,
                                 ByteBuffer& bytes);

/// Reads a value that is not the no-op into `out`, reusing its memory. False when the bytes are no
/// batch; `out` is then of no use.
[[nodiscard]] bool read_batch(const Value& value, BatchView& out);

}  // namespace decree
