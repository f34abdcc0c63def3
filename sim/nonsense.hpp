#pragma once

/// What no sound node sends.

#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "sim/random.hpp"

namespace decree::sim {

/// A message that names `from` as its sender and cannot be: a number that no cluster reaches, a
/// ballot of somebody else, a slot before the first, a snapshot of garbage that claims to be
/// newer than `known`. Whoever gets it refuses and counts it, and says nothing.
[[nodiscard]] Message draw_nonsense(Dice& dice, NodeId from, Slot known);

}  // namespace decree::sim
