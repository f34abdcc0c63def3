#include "props/returns_recognized.hpp"

#include <string>
#include <variant>

#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view returns_property = "ReturnsRecognized";

bool binds(const Message& message) {
    return std::holds_alternative<Promise>(message) || std::holds_alternative<Accepted>(message) ||
           std::holds_alternative<HeartbeatAnswer>(message);
}

}  // namespace

std::optional<Violation> returns_recognized(NodeId node, const Standing& standing,
                                            const Message& message) {
    if (standing.refused_by) {
        return violated(returns_property, "Refused",
                        words(node, " goes on, and ", *standing.refused_by,
                              " has told it that it came back with less than it had shown"));
    }
    if (!standing.unrecognized || !binds(message)) return std::nullopt;
    return violated(returns_property, "Unrecognized",
                    words(node, " came back, and speaks as an acceptor when only ",
                          std::to_string(standing.recognized_by.size()),
                          " have said that they have seen no more of it"));
}

std::optional<Violation> shows_what_is_durable(NodeId node, const Shown& shown,
                                               Incarnation incarnation, Position durable) {
    if (shown.incarnation == Incarnation{}) return std::nullopt;
    if (shown.incarnation <= incarnation && shown.position <= durable) return std::nullopt;
    return violated(returns_property, "Shown",
                    words(node, " shows position ", std::to_string(shown.position.value),
                          " of incarnation ", std::to_string(shown.incarnation.value),
                          ", and durable at it is position ", std::to_string(durable.value),
                          " of incarnation ", std::to_string(incarnation.value)));
}

}  // namespace decree::props
