#include "props/words.hpp"

#include <algorithm>

#include "core/node/batch.hpp"
#include "core/store/command_log.hpp"

namespace decree::props {

namespace {

// A short text of a command for the log of texts; nothing of any other.
std::optional<std::string> text_in_words(Bytes payload) {
    constexpr std::size_t longest = 24;
    const auto command = decode<LogCommand>(payload);
    if (!command) return std::nullopt;
    if (const auto* const set = std::get_if<SetVoters>(&*command)) {
        return "voters=" + describe(set->voters);
    }
    const auto* const append = std::get_if<AppendText>(&*command);
    if (append == nullptr || append->text.empty() || append->text.size() > longest) {
        return std::nullopt;
    }
    const bool plain =
        std::ranges::all_of(append->text, [](char c) { return c > ' ' && c <= '~'; });
    return plain ? std::optional(append->text) : std::nullopt;
}

}  // namespace

std::string value_in_words(const Value& value) {
    if (value.empty()) return "no-op";
    BatchView batch;
    if (!read_batch(value, batch) || batch.commands.empty()) return describe(value);
    std::string text;
    for (const CommandView& command : batch.commands) {
        const std::optional<std::string> one = text_in_words(command.payload);
        if (!one) return describe(value);
        text += (text.empty() ? "" : "+") + *one;
    }
    return text;
}

}  // namespace decree::props
