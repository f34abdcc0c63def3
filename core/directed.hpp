#pragma once

/// What may be asked of a node from outside, beside what clients ask: by whoever directs a run by
/// hand, or, one day, by an operator. Each is something that the node might also do of itself, so
/// none can do harm; what cannot be done now is ignored.

#include <cstdint>
#include <variant>

#include "core/ids.hpp"

namespace decree {

/// Starts phase 1 in a ballot of this round, whether or not the leader is missed: no election
/// timer, no PreVote. Ignored unless that is above the promise, and of a node that does not vote.
struct OpenRound {
    std::uint64_t round{};
    bool operator==(const OpenRound&) const = default;
};

/// Asks `of` for what is chosen and not known here, whoever was asked before.
struct AskForChosen {
    NodeId of;
    bool operator==(const AskForChosen&) const = default;
};

/// A leader tells `to` its watermark.
struct TellWatermark {
    NodeId to;
    bool operator==(const TellWatermark&) const = default;
};

/// Takes a snapshot of all that is applied, and trims the log through this slot once the disk has
/// the snapshot. Ignored before the slot is applied.
struct TrimLog {
    Slot through;
    bool operator==(const TrimLog&) const = default;
};

/// A leader asks the voters, in a new round, whether it still leads.
struct ConfirmLead {
    bool operator==(const ConfirmLead&) const = default;
};

using Direction = std::variant<OpenRound, AskForChosen, TellWatermark, TrimLog, ConfirmLead>;

}  // namespace decree
