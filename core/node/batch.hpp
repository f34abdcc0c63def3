#pragma once

/// What the node puts into a slot's value: commands and the leader's stamp. Paxos sees bytes.

#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/request.hpp"
#include "core/state_machine.hpp"
#include "core/value.hpp"

namespace decree {

/// What a batch tells of cluster time. A deposed leader's batch may be chosen late, in a slot
/// behind those of later leaders, and what one leader put into flight may be chosen with another's
/// batch in between: then slots do not follow each other as time does, and the difference of two
/// stamps is not what went by. So a stamp counts only where all batches from its leader's `since`
/// on to its own slot are of the same ballot.
///
/// Why no session ends early: let a sign of life be in slot s, made at an instant t, and let a
/// stamp that counts be in a later slot, made at an instant u. Its leader began to measure when it
/// had executed all slots before `since`. If s is one of those, the leader went on from what was
/// executed there, which t precedes; else s is its own, and it measured from t to u itself, or
/// began later. In both cases the stamp is beyond the time at s by u - t at most.
struct Stamp {
    ClusterTime time;
    Ballot by;   ///< Of the leader that made the batch.
    Slot since;  ///< Its first slot since it measures time. 0: it does not yet.
    bool operator==(const Stamp&) const = default;
};

/// A slot's value, read. The views point into the value.
struct BatchView {
    Stamp stamp;
    std::vector<CommandView> commands;  ///< None: a stamp only.
};

/// The value of a slot that holds `commands` (maybe none), stamped. Never the empty value, which is
/// the no-op. `bytes`: memory to work in.
[[nodiscard]] Value encode_batch(const Stamp& stamp, std::span<const Command> commands,
                                 ByteBuffer& bytes);

/// Reads a value that is not the no-op into `out`, reusing its memory. False when the bytes are no
/// batch; `out` is then of no use.
[[nodiscard]] bool read_batch(const Value& value, BatchView& out);

}  // namespace decree
