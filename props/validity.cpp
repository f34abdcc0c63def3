#include "props/validity.hpp"

#include <algorithm>

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> validity(Slot slot, Ballot ballot, const Value& value,
                                  const Operations& operations, const SeatChanges& seats,
                                  BatchContents& scratch) {
    constexpr std::string_view property = "Validity";
    if (value.empty()) return std::nullopt;
    if (!read_contents(value, scratch)) {
        return violated(property, "NoBatch",
                        words("slot ", slot, ", ballot ", ballot, ": ", value, " is no batch"));
    }
    for (const CommandView& command : scratch.commands) {
        if (seats.has(command.id, command.payload)) continue;
        const std::size_t at = operations.find(command.id, command.payload);
        if (at == Operations::none) {
            return violated(
                property, "NeverAsked",
                words("slot ", slot, ", ballot ", ballot, ": nobody asked ", command.id));
        }
        if (!std::ranges::equal(operations[at].payload.bytes(), command.payload)) {
            return violated(property, "OtherBytes",
                            words("slot ", slot, ", ballot ", ballot, ": ", command.id,
                                  " was asked as ", operations[at].payload, ", and is proposed as ",
                                  describe_bytes(command.payload)));
        }
    }
    return std::nullopt;
}

}  // namespace decree::props
