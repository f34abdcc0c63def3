#pragma once

/// From events, as they stand in files, to a history.

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>

#include "props/history/history.hpp"
#include "props/history/model.hpp"

namespace decree::traces {

enum class EventType : std::uint8_t { Invoke, Ok, Fail, Info };

/// A line of a history.
struct HistoryEvent {
    std::uint64_t process{};
    EventType type{};
    history::Operation operation;
    bool says_key = true;        ///< False: of a completion that leaves it out.
    bool says_arguments = true;  ///< The same.
    std::optional<std::string> told;
    std::optional<std::uint64_t> revision;
};

/// Larger histories are not read: they would take all memory.
inline constexpr std::uint64_t most_history_events = 4'000'000;

class HistoryBuilder {
public:
    explicit HistoryBuilder(const history::Model& model) : model_(&model) {}

    /// The next event. The error says what is wrong with it, and how to mend it.
    [[nodiscard]] std::expected<void, std::string> add(HistoryEvent event, std::uint32_t line);

    [[nodiscard]] history::History take() { return std::move(history_); }

private:
    [[nodiscard]] std::expected<void, std::string> invoke(HistoryEvent&& event);
    [[nodiscard]] std::expected<void, std::string> complete(HistoryEvent&& event);
    [[nodiscard]] std::uint32_t line_of(const history::Call& call) const;

    const history::Model* model_;
    history::History history_;
    std::map<std::uint64_t, std::size_t> open_;  // Of each process, its call.
};

}  // namespace decree::traces
