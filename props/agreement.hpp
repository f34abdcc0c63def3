#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/value.hpp"
#include "props/ghost/chosen_log.hpp"
#include "props/ghost/vote_history.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// Agreement: no two different values are ever chosen in one slot.
/// [PMS] 2.1 "Only a single value is chosen"; TLA+ Consensus.tla "Inv".
///
/// `now`: a quorum of the slot's voters voted there, too.
[[nodiscard]] std::optional<Violation> agreement(Slot slot, const Choice& earlier,
                                                 const BallotVotes& now);

/// The same of what a node holds for chosen in a slot in which `choice` was made.
[[nodiscard]] std::optional<Violation> agreement(Slot slot, const Choice& choice, NodeId node,
                                                 const Value& held);

}  // namespace decree::props
