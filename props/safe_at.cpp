#include "props/safe_at.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> safe_at(Slot slot, const SlotVotes& votes, const BallotVotes& proposed,
                                 const QuorumSystem& system, const Electorate& electorate,
                                 std::span<const Ballot> promised) {
    for (std::size_t i = 0; i < votes.size(); ++i) {
        const BallotVotes& other = votes[i];
        if (other.ballot >= proposed.ballot || other.value == proposed.value) continue;
        NodeSet may_vote = other.durable;
        for (const NodeIndex seat : electorate.seats) {
            if (promised[seat] <= other.ballot) may_vote.add(seat);
        }
        if (!suffices(system, electorate, Phase::Two, may_vote)) continue;
        return violated("SafeAt", "",
                        words("slot ", slot, ": ballot ", proposed.ballot, " proposes ",
                              proposed.value, " while in ballot ", other.ballot, " ", other.value,
                              " can still be, or was, chosen"));
    }
    return std::nullopt;
}

}  // namespace decree::props
