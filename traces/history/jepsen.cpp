/// Jepsen's logs of one register, as format 1 of README.md has them.

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "props/history/words.hpp"
#include "traces/history/formats.hpp"

namespace decree::traces::jepsen {

using history::Function;

namespace {

constexpr std::string_view blanks = " \t";

// The next word, which is taken away from `rest`.
std::string_view next_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    const std::size_t end = std::min(rest.find_first_of(blanks), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    return word;
}

template <class Number>
std::optional<Number> number(std::string_view word) {
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return value;
}

// A register's value, told the one way there is to tell it.
std::optional<std::string> value_of(std::string_view word) {
    const auto value = number<std::int64_t>(word);
    if (!value) return std::nullopt;
    return std::to_string(*value);
}

std::unexpected<std::string> wrong(std::string_view what, std::string_view found,
                                   std::string_view should_be) {
    return std::unexpected(
        fmt::format("{} \"{}\"; write {}", what, found.substr(0, 40), should_be));
}

std::optional<EventType> type_of(std::string_view word) {
    constexpr std::array<std::string_view, 4> names = {":invoke", ":ok", ":fail", ":info"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names.at(i) == word) return static_cast<EventType>(i);
    }
    return std::nullopt;
}

LineOf read_of(HistoryEvent event, std::string_view value) {
    event.operation.function = Function::Read;
    const bool timed_out = event.type == EventType::Fail || event.type == EventType::Info;
    if (event.type == EventType::Ok) {
        event.told = value == "nil" ? std::string{} : value_of(value);
        if (!event.told) return wrong("it read", value, "a number or nil");
    } else if (value != (timed_out ? ":timed-out" : "nil")) {
        return wrong("no value of such a :read:", value, timed_out ? ":timed-out" : "nil");
    }
    return event;
}

LineOf write_of(HistoryEvent event, std::string_view value) {
    event.operation.function = Function::Write;
    if (event.type == EventType::Fail) {
        return wrong("a :write that did", ":fail", ":info where its outcome is unknown");
    }
    event.says_arguments = value != ":timed-out";
    if (event.type == EventType::Info && !event.says_arguments) return event;
    const auto written = value_of(value);
    if (!written) return wrong("it writes", value, "a number");
    event.operation.value = *written;
    return event;
}

LineOf cas_of(HistoryEvent event, std::string_view value) {
    event.operation.function = Function::Cas;
    event.says_arguments = value != ":timed-out";
    if (event.type == EventType::Info && !event.says_arguments) return event;
    const bool pair = value.size() > 2 && value.front() == '[' && value.back() == ']';
    std::string_view inside = pair ? value.substr(1, value.size() - 2) : std::string_view{};
    const auto expected = value_of(next_word(inside));
    const auto stored = value_of(next_word(inside));
    if (!expected || !stored || !inside.empty()) {
        return wrong("it compares and sets", value, "[1 2], what to expect and what to store");
    }
    event.operation.expected = *expected;
    event.operation.value = *stored;
    return event;
}

}  // namespace

LineOf read_line(std::string_view line) {
    const std::size_t dash = line.find(" - ");
    if (!line.starts_with("INFO") || dash == std::string_view::npos) {
        return wrong("no event of a Jepsen log:", line, "INFO  name - process :type :f value");
    }
    std::string_view rest = line.substr(dash + 3);
    HistoryEvent event;
    const std::string_view process = next_word(rest);
    const auto who = number<std::uint64_t>(process);
    if (!who) return wrong("no process:", process, "its number, and leave out who is no client");
    event.process = *who;
    const std::string_view type = next_word(rest);
    const auto known = type_of(type);
    if (!known) return wrong("no type of event:", type, ":invoke, :ok, :fail or :info");
    event.type = *known;
    const std::string_view function = next_word(rest);
    if (function == ":read") return read_of(std::move(event), rest);
    if (function == ":write") return write_of(std::move(event), rest);
    if (function == ":cas") return cas_of(std::move(event), rest);
    return wrong("no function:", function, ":read, :write or :cas");
}

}  // namespace decree::traces::jepsen
