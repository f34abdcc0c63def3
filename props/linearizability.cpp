#include "props/linearizability.hpp"

#include <algorithm>

#include "props/words.hpp"

namespace decree::props {

namespace {
constexpr std::string_view linearizability_property = "Linearizability";
}  // namespace

void LogLengths::begin(std::uint64_t digest) {
    lengths_.push_back({.position = 0, .digest = digest});
}

void LogLengths::executed(std::uint64_t position, const LogAnswer& answer) {
    if (answer.length == lengths_.size()) {
        lengths_.push_back({.position = position, .digest = answer.digest});
    }
}

std::optional<LogLengths::Window> LogLengths::window(std::uint64_t length,
                                                     std::uint64_t executed) const {
    if (length >= lengths_.size()) return std::nullopt;
    const auto at = static_cast<std::size_t>(length);
    const bool newest = at + 1 == lengths_.size();
    const std::uint64_t last = newest ? executed : lengths_[at + 1].position - 1;
    return Window{.first = 2 * lengths_[at].position + 1,
                  .last = 2 * last + 1,
                  .digest = lengths_[at].digest};
}

std::optional<Violation> command_in_order(const Operation& operation, const Answer& told) {
    if (told != operation.answer) {
        return violated(linearizability_property, "Answer",
                        words(operation.id, " was answered ", told,
                              ", and executing the chosen log answers ", operation.answer));
    }
    if (2 * operation.position > operation.floor) return std::nullopt;
    return violated(linearizability_property, "Command",
                    words(operation.id, " took effect as command ", operation.position,
                          ", although it was asked only after an answer that shows command ",
                          operation.floor / 2));
}

ReadVerdict read_in_order(const Operation& operation, const LogAnswer& told,
                          const LogLengths& lengths, std::uint64_t executed) {
    const auto window = lengths.window(told.length, executed);
    if (!window) {
        return {.point = 0,
                .violation = violated(
                    linearizability_property, "Phantom",
                    words("a read saw ", told.length, " texts, and there were never so many"))};
    }
    if (window->digest != told.digest) {
        return {.point = 0,
                .violation = violated(linearizability_property, "ReadAnswer",
                                      words("a read saw other texts than the first ", told.length,
                                            " of the chosen log"))};
    }
    // Reads are at odd points.
    const Point point = std::max(window->first, operation.floor | 1U);
    if (point <= window->last) return {.point = point, .violation = std::nullopt};
    return {.point = 0,
            .violation = violated(
                linearizability_property, "StaleRead",
                words("a read saw ", told.length, " texts, as after command ", window->last / 2,
                      ", although it was asked after an answer that shows ", "command ",
                      operation.floor / 2))};
}

std::optional<Violation> linearizability(std::span<const Placed> calls) {
    const auto misplaced = history::first_misplaced(calls);
    if (!misplaced) return std::nullopt;
    return violated(
        linearizability_property, "History",
        words("operation ", misplaced->operation, " took effect before point ", misplaced->last,
              ", although at its invocation answers had shown point ", misplaced->shown));
}

}  // namespace decree::props
