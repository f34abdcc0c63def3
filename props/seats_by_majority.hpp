#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/paxos/quorum.hpp"
#include "core/store/command_log.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// A leader proposes a change of voters that it decided on itself.
struct SeatProposal {
    NodeId leader;
    ChangeSeat change;
    MemberOptions options;      ///< The leader's.
    std::uint64_t led_us{};     ///< At most so long ago it opened its ballot, by its own clock.
    std::uint64_t silent_us{};  ///< So long ago the leader itself heard `change.out`.
    std::vector<NodeId> told;   ///< Told it, in its ballot, that they hear nothing of `change.out`.
    QuorumSystem quorums;
    std::vector<NodeId> heard;  ///< Whom it heard within an election timeout ...
    bool hears{};               ///< ... which it has to go by.
    std::optional<Slot>
        learned;  ///< So much `change.in` knew chosen, as it answered in its ballot.
    Slot knew;    ///< So much the leader knew when it opened that.
};

/// SeatsByMajority: a voter loses its vote to a leader's judgement only when more than half of the
/// voters, the leader among them, have heard nothing of it for long; not soon after a change of
/// leader, and never so that fewer voters are left than the floor. Nor is a change made that leaves
/// no quorum of those who are heard, or that gives a vote to one who knows less than the leader
/// began with.
[[nodiscard]] std::optional<Violation> seats_by_majority(const SeatProposal& proposal);

/// ... who says that it hears nothing of `about` has received nothing from it for long.
/// `silent_us`: since when, by its own clock.
[[nodiscard]] std::optional<Violation> silence_is_true(NodeId node, NodeId about,
                                                       std::uint64_t silent_us,
                                                       std::uint64_t dead_after);

/// ... one change at a time is made that way, and whose vote was taken away gets it back only from
/// somebody who names it. `pending`: a change executed earlier is not in force at `slot`.
[[nodiscard]] std::optional<Violation> seat_was_free_to_change(Slot slot, const ChangeSeat& change,
                                                               bool pending,
                                                               const std::vector<NodeId>& retired);

}  // namespace decree::props
