#include "props/equal_snapshots.hpp"

#include <vector>

#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view snapshots_property = "EqualSnapshots";

std::vector<ByteBuffer> pieces_of(const StateMachine& machine) {
    std::vector<ByteBuffer> pieces(1);
    while (machine.snapshot_piece(pieces.size() - 1, pieces.back())) pieces.emplace_back();
    pieces.pop_back();
    return pieces;
}

}  // namespace

std::optional<Violation> equal_snapshots(NodeId node, Slot applied, const StateMachine& machine,
                                         const StateMachine& reference) {
    const std::vector<ByteBuffer> pieces = pieces_of(machine);
    if (pieces != pieces_of(reference)) {
        return violated(snapshots_property, "Differ",
                        words("after slot ", applied, " a snapshot of ", node,
                              " has other bytes than one of an equal machine"));
    }
    const auto again = machine.fresh();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (const auto taken = again->restore_piece(i, pieces[i]); !taken) {
            return violated(snapshots_property, "Refused",
                            words("piece ", i, " of a snapshot of ", node, " after slot ", applied,
                                  " is refused: ", taken.error().what));
        }
    }
    if (const auto ended = again->end_restore(); !ended) {
        return violated(snapshots_property, "Refused",
                        words("a snapshot of ", node, " after slot ", applied,
                              " is refused: ", ended.error().what));
    }
    if (again->digest() == machine.digest() && pieces_of(*again) == pieces) return std::nullopt;
    return violated(snapshots_property, "Restored",
                    words("what is made of a snapshot of ", node, " after slot ", applied,
                          " is in another state"));
}

}  // namespace decree::props
