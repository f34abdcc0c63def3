#include "props/bounded_queues.hpp"

#include <algorithm>

#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view bounded_queues_property = "BoundedQueues";
// More than the name of a command, or the head of a vote, takes on the wire.
constexpr std::size_t overhead = 64;
// What pieces of a machine's own snapshot may have beyond a part.
constexpr std::size_t piece_slack = 1U << 16U;

/// The size of a list of values, and of the largest of them.
template <class List>
std::pair<std::size_t, std::size_t> sizes(const List& list) {
    std::size_t sum = 0;
    std::size_t largest = 0;
    for (const auto& item : list) {
        sum += item.value.size();
        largest = std::max(largest, item.value.size());
    }
    return {sum, largest};
}

}  // namespace

std::optional<Violation> bounded_queue(NodeId node, std::string_view name, std::size_t size,
                                       std::size_t bound) {
    if (size <= bound) return std::nullopt;
    return violated(bounded_queues_property, name,
                    words(node, " holds ", size, " in ", name, ", of at most ", bound));
}

void MessageBounds::allow(const Options& options) {
    commands_ = std::max<std::size_t>(commands_, options.batch_commands);
    const std::size_t value = std::size_t{options.batch_bytes} + settings_.command_bytes +
                              overhead * (std::size_t{options.batch_commands} + 1);
    value_ = std::max(value_, value);
    part_ = std::max<std::size_t>(part_, options.part_bytes);
}

std::optional<Violation> MessageBounds::at_most(NodeId from, std::string_view kind,
                                                std::size_t size, std::size_t bound) const {
    if (size <= bound) return std::nullopt;
    return violated(bounded_queues_property, kind,
                    words(from, " sends a ", kind, " of ", size, " bytes, of at most ", bound));
}

std::optional<Violation> MessageBounds::check(NodeId from, const Accept& message) const {
    return at_most(from, "Accept", message.value.size(), value_);
}

std::optional<Violation> MessageBounds::check(NodeId from, const Promise& message) const {
    const auto [sum, largest] = sizes(message.votes);
    return at_most(from, "Promise", sum, part_ + largest);
}

std::optional<Violation> MessageBounds::check(NodeId from, const Decide& message) const {
    const auto [sum, largest] = sizes(message.entries);
    return at_most(from, "Decide", sum, part_ + largest);
}

std::optional<Violation> MessageBounds::check(NodeId from, const SnapshotPiece& message) const {
    const std::size_t origin =
        std::size_t{settings_.origin_window} * (settings_.answer_bytes + overhead);
    return at_most(from, "SnapshotPiece", message.bytes.size(), part_ + origin + piece_slack);
}

std::optional<Violation> MessageBounds::check(NodeId from, const Forward& message) const {
    std::size_t sum = 0;
    for (const Command& command : message.commands) sum += command.payload.size();
    return at_most(from, "Forward", sum, std::max(part_, value_) + settings_.command_bytes);
}

}  // namespace decree::props
