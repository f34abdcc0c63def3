#include "props/one_value_per_ballot.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> two_values(Slot slot, const BallotVotes& known, Bytes value,
                                    std::string_view how) {
    return violated("OneValuePerBallot", how,
                    words("slot ", slot, ", ballot ", known.ballot, ": ", known.value, ", and in ",
                          how, " ", describe_bytes(value)));
}

}  // namespace decree::props
