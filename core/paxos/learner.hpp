#pragma once

/// The learner: what is known chosen here, without a gap.

#include <cstdint>
#include <optional>

#include "core/ids.hpp"
#include "core/paxos/acceptor.hpp"
#include "core/paxos/ballot.hpp"

namespace decree {

/// Knows through which slot everything is chosen. Chosen is a fact; this is knowledge of it, and
/// follows behind.
struct Learner {
    Slot chosen_through;  ///< All slots through here are known chosen. Never goes back.

    /// A leader's watermark: all through `through` is chosen, and where this node voted in the
    /// watermark's own `ballot` it voted for the chosen value. A vote in any other ballot proves
    /// nothing. Marks what follows from that in the log. Returns the first slot of which it cannot
    /// tell, if one remains.
    [[nodiscard]] std::optional<Slot> watermark(Acceptor& acceptor, Ballot ballot, Slot through);

    /// Moves over entries that are known chosen. Returns whether it moved.
    bool advance(const Acceptor& acceptor);

    bool operator==(const Learner&) const = default;
};

}  // namespace decree
