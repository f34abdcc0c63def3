#include "props/acknowledged_is_durable.hpp"

#include "props/words.hpp"

namespace decree::props {

namespace {
constexpr std::string_view acknowledged_is_durable_property = "AcknowledgedIsDurable";
}  // namespace

std::optional<Violation> acknowledged_is_durable(NodeId node, const Reply& reply,
                                                 Slot chosen_through) {
    if (reply.outcome != Outcome::Done || reply.slot <= chosen_through) return std::nullopt;
    return violated(acknowledged_is_durable_property, "Reply",
                    words(node, " replies Done from slot ", reply.slot,
                          ", and slots are chosen only through ", chosen_through));
}

std::optional<Violation> acknowledged_is_durable(const Operation& operation, Slot chosen_through) {
    if (operation.outcome != Outcome::Done || operation.position > 0) return std::nullopt;
    return violated(acknowledged_is_durable_property, "Answer",
                    words("a client was told that ", operation.id, " ", operation.payload,
                          " is done, and the chosen log, through slot ", chosen_through,
                          ", has not executed it"));
}

std::optional<Violation> refused_is_not_executed(const Operation& operation) {
    const bool refused =
        operation.outcome == Outcome::Busy || operation.outcome == Outcome::TooLarge;
    if (!refused || operation.times_asked != 1 || operation.position == 0) return std::nullopt;
    return violated(acknowledged_is_durable_property, "Refused",
                    words("a client was told ", operation.outcome, " of ", operation.id,
                          ", and it was executed in slot ", operation.slot));
}

}  // namespace decree::props
