#pragma once

#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "props/ghost/chosen_log.hpp"
#include "props/ghost/disk.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// LearnedIsChosen: a node takes for chosen only what is: a phase 2 quorum of the slot's own voters
/// has voted for it in one ballot, durably.
/// [PMS] 2.1 "A process never learns that a value has been chosen unless it actually has been".
///
/// `node` takes all slots through `learned` for chosen; `how` it shows that (a kind of message,
/// "Applied"); all through `chosen` are.
[[nodiscard]] std::optional<Violation> learned_is_chosen(NodeId node, Slot learned, Slot chosen,
                                                         std::string_view how);

/// The same of one slot, which holds `digest` at `node`. `choice`: nullptr when nothing is chosen.
[[nodiscard]] std::optional<Violation> learned_is_chosen(NodeId node, Slot slot,
                                                         const DiskEntry* held,
                                                         const Choice* choice,
                                                         std::string_view how);

}  // namespace decree::props
