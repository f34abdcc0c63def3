#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/value.hpp"
#include "props/ghost/chosen_log.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// StabilityOfChosen: once a value is chosen in a slot, every later ballot proposes that value
/// there. [PMS] 2.2 P2b "If a proposal with value v is chosen, then every higher-numbered proposal
/// issued by any proposer has value v". Fires long before two values are chosen.
///
/// `value` is proposed in `slot` by `ballot`, or voted for there.
[[nodiscard]] std::optional<Violation> stability_of_chosen(Slot slot, const Choice& choice,
                                                           Ballot ballot, const Value& value);

}  // namespace decree::props
