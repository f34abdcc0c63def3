#pragma once

/// Who votes in which slot. [PMS] 3: "the set of servers that execute instance i + alpha is
/// specified by the state after execution of the i-th command".

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/quorum.hpp"
#include "core/ring.hpp"

namespace decree {

/// A stretch of slots with the same voters; it ends where the next era begins.
struct Era {
    Slot from;
    Voters voters;
    bool operator==(const Era&) const = default;
};

/// The window of voters: for every slot from some first one through the horizon (applied + alpha),
/// who votes there. Nobody leads or proposes beyond the horizon.
class Membership {
public:
    /// Nothing is applied; `voters` govern slots 1 through alpha, and on until a change.
    /// REQUIRES: alpha >= 1, voters not empty.
    Membership(Voters voters, std::uint64_t alpha);
    /// As it was when slot `applied` had been applied (from a snapshot). `eras` ascend, and the
    /// first begins at or before `applied` + 1. REQUIRES the same of alpha and voters.
    Membership(std::vector<Era> eras, Slot applied, std::uint64_t alpha);

    /// Slot `slot` is applied, and the state machine says `voters` after it: they govern from
    /// `slot` + alpha on. Returns whether that differs from what governed before.
    /// REQUIRES: slot == applied() + 1, voters not empty.
    bool apply(Slot slot, const Voters& voters);

    /// REQUIRES: the first era's begin <= slot <= horizon().
    [[nodiscard]] const Voters& voters(Slot slot) const;
    [[nodiscard]] Slot applied() const { return applied_; }
    [[nodiscard]] Slot horizon() const { return applied_ + alpha_; }
    [[nodiscard]] std::uint64_t alpha() const { return alpha_; }

    /// The eras that govern slots from `first` through the horizon: at least one. Of a `first`
    /// beyond the horizon the last, which governs there unless a change comes; of one before all
    /// known eras, all.
    [[nodiscard]] std::span<const Era> eras(Slot first) const;
    /// Whether `node` votes in some slot from `first` through the horizon.
    [[nodiscard]] bool votes_from(Slot first, NodeId node) const;
    /// Whether slots from `first` through the horizon have more than one set of voters.
    [[nodiscard]] bool change_pending(Slot first) const;
    /// Forgets eras that govern no slot from `first` on.
    void forget_before(Slot first);

    bool operator==(const Membership&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    std::vector<Era> eras_;  // Ascending; consecutive ones differ. At most alpha for open slots.
    Slot applied_;
    std::uint64_t alpha_;
};

}  // namespace decree
