#include "props/history/words.hpp"

#include <array>
#include <cstddef>

namespace decree::history {

namespace {

// By their numbers.
constexpr std::array<std::string_view, 6> names = {"read", "write", "cas", "get", "put", "append"};

constexpr std::size_t longest = 60;
constexpr std::size_t part = 27;

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
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.size() > longest && i == part) {
            out += "...";
            i = text.size() - part;
        }
        const char c = text[i];
        const bool plain = static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
        out += plain ? c : '?';
    }
    return out + "\"";
}

}  // namespace decree::history
