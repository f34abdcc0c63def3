#include "props/stability_of_chosen.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> stability_of_chosen(Slot slot, const Choice& choice, Ballot ballot,
                                             const Value& value) {
    if (ballot <= choice.ballot || choice.is(value)) return std::nullopt;
    return violated("StabilityOfChosen", "",
                    words("slot ", slot, ": in ballot ", choice.ballot, " ", choice.value,
                          " was chosen, and ballot ", ballot, " proposes ", value));
}

}  // namespace decree::props
