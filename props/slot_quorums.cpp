#include "props/slot_quorums.hpp"

#include <string>

#include "props/words.hpp"

namespace decree::props {

namespace {
constexpr std::string_view slot_quorums_property = "SlotQuorums";
}  // namespace

std::optional<Violation> leader_has_quorum(Slot slot, Ballot ballot, const QuorumSystem& system,
                                           const Electorate& electorate,
                                           std::span<const Ballot> promised) {
    NodeSet behind;
    for (const NodeIndex seat : electorate.seats) {
        if (promised[seat] >= ballot) behind.add(seat);
    }
    if (suffices(system, electorate, Phase::One, behind)) return std::nullopt;
    std::string names;
    for (std::size_t i = 0; i < electorate.seats.size(); ++i) {
        if (behind.has(electorate.seats[i])) names += words(" ", electorate.voters[i]);
    }
    return violated(
        slot_quorums_property, "LeaderWithoutQuorum",
        words("slot ", slot, ": ballot ", ballot, " proposes, and of the voters ",
              electorate.voters, " it was promised only by", names.empty() ? " none" : names));
}

std::optional<Violation> within_horizon(Slot slot, Ballot ballot, Slot horizon) {
    if (slot <= horizon) return std::nullopt;
    return violated(slot_quorums_property, "BeyondHorizon",
                    words("slot ", slot, ": ballot ", ballot,
                          " proposes, and voters are known only through slot ", horizon));
}

std::optional<Violation> quorums_meet(const QuorumSystem& system, const Electorate& electorate) {
    // Asked for, to be seen: what comes of it is judged.
    if (std::holds_alternative<UnsafeSizes>(system)) return std::nullopt;
    if (!quorums_can_miss(system, electorate)) return std::nullopt;
    return violated(slot_quorums_property, "QuorumsMiss",
                    words("from slot ", electorate.from, " on: the voters ", electorate.voters,
                          " have quorums of the two phases that do not meet, with ", system));
}

}  // namespace decree::props
