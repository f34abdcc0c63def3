#pragma once

#include <cstring>
#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/value.hpp"
#include "props/ghost/vote_history.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// OneValuePerBallot: in one slot and ballot one value is proposed, voted for, and reported, for
/// ever. TLA+ Voting.tla "OneValuePerBallot"; [PTP] 2.1: a ballot is for one decree.
///
/// `value` turns up where `known` was proposed; `how`: as a kind of message or record.
[[nodiscard]] std::optional<Violation> two_values(Slot slot, const BallotVotes& known, Bytes value,
                                                  std::string_view how);
[[nodiscard]] inline std::optional<Violation> one_value_per_ballot(Slot slot,
                                                                   const BallotVotes& known,
                                                                   const Value& value,
                                                                   std::string_view how) {
    if (known.value == value) [[likely]]
        return std::nullopt;
    return two_values(slot, known, value.bytes(), how);
}
/// The same of bytes on a disk.
[[nodiscard]] inline std::optional<Violation> one_value_per_ballot(Slot slot,
                                                                   const BallotVotes& known,
                                                                   Bytes value,
                                                                   std::string_view how) {
    const Bytes before = known.value.bytes();
    const bool same =
        before.size() == value.size() &&
        (value.empty() || std::memcmp(before.data(), value.data(), value.size()) == 0);
    if (same) [[likely]]
        return std::nullopt;
    return two_values(slot, known, value, how);
}

}  // namespace decree::props
