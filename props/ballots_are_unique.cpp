#include "props/ballots_are_unique.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> ballots_are_unique(NodeId node, Ballot ballot, Ballot earlier,
                                            std::string_view how) {
    if (ballot.node == node && ballot > earlier) return std::nullopt;
    if (ballot.node != node) {
        return violated(
            "BallotsAreUnique", how,
            words(node, " works in ballot ", ballot, ", which is another's (", how, ")"));
    }
    return violated(
        "BallotsAreUnique", how,
        words(node, " works in ballot ", ballot, ", but before its restart it had already used ",
              earlier, " (", how, ")"));
}

}  // namespace decree::props
