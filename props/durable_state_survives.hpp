#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "props/ghost/disk.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// DurableStateSurvives: what was durable is read back after a restart, as it was, and nothing is
/// read that was not written. [PMS] 2.5 "Stable storage, preserved during failures, is used to
/// maintain the information that the acceptor must remember".
///
/// Where recovery tells of damage, votes and snapshots may be missing that it says are in doubt; no
/// others, and never the promise: so whoever doubts enough hides nothing. Nor does it doubt more
/// than the node ever held.
///
/// `must`: the disk of `node` as all it wrote and synced makes it, what survived a crash by luck
/// included; `through`: the end of the last group of that. `disk`: what recovery read.
[[nodiscard]] std::optional<Violation> durable_state_survives(NodeId node, const DiskState& must,
                                                              Position through,
                                                              const Recovered& disk);

}  // namespace decree::props
