#include "props/agreement.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> agreement(Slot slot, const Choice& earlier, const BallotVotes& now) {
    if (earlier.is(now.value)) return std::nullopt;
    return violated(
        "Agreement", "",
        words("slot ", slot, ": chosen in ballot ", earlier.ballot, " is ", earlier.value,
              ", and in ballot ", now.ballot, " a quorum chose ", now.value));
}

std::optional<Violation> agreement(Slot slot, const Choice& choice, NodeId node,
                                   const Value& held) {
    if (choice.is(held)) return std::nullopt;
    return violated("Agreement", "Learned",
                    words("slot ", slot, ": chosen in ballot ", choice.ballot, " is ", choice.value,
                          ", and ", node, " holds for chosen ", held));
}

}  // namespace decree::props
