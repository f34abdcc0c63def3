#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/value.hpp"
#include "props/ghost/operations.hpp"
#include "props/ghost/reference.hpp"
#include "props/ghost/seat_changes.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// Validity: what is proposed is a no-op, or commands that clients asked for, byte for byte, under
/// the names under which they asked for them, or that a leader gave itself; and a stamp.
/// [PMS] 2.1 "Only a value that has been proposed may be chosen"; here already of proposals.
///
/// `scratch` is reused memory.
[[nodiscard]] std::optional<Violation> validity(Slot slot, Ballot ballot, const Value& value,
                                                const Operations& operations,
                                                const SeatChanges& seats, BatchContents& scratch);

}  // namespace decree::props
