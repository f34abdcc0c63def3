#include "sim/nonsense.hpp"

namespace decree::sim {

Message draw_nonsense(Dice& dice, NodeId from, Slot known) {
    const Ballot others{.round = dice.between(1, 1000), .node = NodeId{from.value + 1}};
    const Ballot highest{.round = ~std::uint64_t{0}, .node = from};
    const Value value(as_bytes("nonsense"));
    switch (dice.below(8)) {
    case 0:
        return SnapshotPiece{.through = known + dice.between(1, 1000),
                             .piece = 0,
                             .last = dice.chance(1, 2),
                             .bytes = value};
    case 1:
        return Prepare{.ballot = others, .from_slot = Slot{1}};
    case 2:
        return Accept{.ballot = others,
                      .slot = next(known),
                      .value = value,
                      .chosen_through = next(known),
                      .round = {}};
    case 3:
        return Heartbeat{
            .ballot = highest, .chosen_through = known, .round = Round{1}, .shown = {}};
    case 4:
        return Decide{.entries = {{.slot = Slot{}, .ballot = others, .value = value}},
                      .chosen_through = next(known)};
    case 5:
        return CatchUp{.from_slot = Slot{}, .snapshot_through = {}, .next_piece = 0};
    case 6:
        return PreVoteAnswer{.attempt = 1,
                             .granted = true,
                             .leader_heard = false,
                             .promised = highest,
                             .chosen_through = known};
    default:
        return Nack{.ballot = others,
                    .promised = highest,
                    .refused = Refused::AcceptMessage,
                    .slot = known};
    }
}

}  // namespace decree::sim
