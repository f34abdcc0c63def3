#include "props/history/words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace decree::history {

namespace {

// By their numbers.
constexpr std::array<std::string_view, 6> names = {"read", "write", "cas", "get", "put", "append"};

constexpr std::size_t longest = 60;
constexpr std::size_t part = 27;

// A byte of UTF-8 that does not begin a letter.
bool inside_a_letter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The value of a register.
std::string number(const std::string& value) { return value.empty() ? "nil" : value; }

std::string of_key(const Operation& operation) {
    return operation.key.empty() ? "" : " of " + quoted(operation.key);
}

}  // namespace

std::string_view name_of(Function function) { return names.at(static_cast<std::size_t>(function)); }

std::optional<Function> find_function(std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names.at(i) == name) return static_cast<Function>(i);
    }
    return std::nullopt;
}

std::string words(const Operation& operation) {
    switch (operation.function) {
    case Function::Read:
        return "read" + of_key(operation);
    case Function::Write:
        return "write " + number(operation.value) + of_key(operation);
    case Function::Cas:
        return "cas [" + number(operation.expected) + " " + number(operation.value) + "]" +
               of_key(operation);
    case Function::Get:
        return "get " + quoted(operation.key);
    case Function::Put:
        return "put " + quoted(operation.value) + " into " + quoted(operation.key);
    case Function::Append:
        return "append " + quoted(operation.value) + " to " + quoted(operation.key);
    }
    return {};
}

std::string words(const Call& call) {
    std::string out = words(call.operation);
    const Function function = call.operation.function;
    if (call.response.status == Status::Unknown) return out + ", outcome unknown";
    if (call.response.status == Status::Failed) {
        return out +
               (function == Function::Cas ? ", refused: another value was there" : ", failed");
    }
    if (!call.response.told) return out + ", done";
    const std::string& told = *call.response.told;
    if (function == Function::Read) return out + ", told " + number(told);
    return out + (function == Function::Get ? ", told " : ", then told ") + quoted(told);
}

std::string quoted(const std::string& text) {
    std::string shown = text;
    if (text.size() > longest) {
        std::size_t head = part;
        std::size_t tail = text.size() - part;
        while (head > 0 && inside_a_letter(text[head])) --head;
        while (tail < text.size() && inside_a_letter(text[tail])) ++tail;
        shown = text.substr(0, head) + "..." + text.substr(tail);
    }
    std::ranges::replace_if(
        shown, [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }, '?');
    return '"' + shown + '"';
}

}  // namespace decree::history
