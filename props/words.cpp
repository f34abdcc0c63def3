#include "props/words.hpp"

#include <algorithm>

#include "core/node/batch.hpp"
#include "core/store/command_log.hpp"
#include "props/store_words.hpp"

namespace decree::props {

namespace {

// A command for the log of texts, or the store, where that is short; nothing of any other.
std::optional<std::string> text_in_words(Bytes payload) {
    constexpr std::size_t longest = 24;
    const auto command = decode<LogCommand>(payload);
    if (!command) {
        const auto of_store = store::decode_command(payload);
        if (!of_store) return std::nullopt;
        return "'" + store_command_words(*of_store) + "'";
    }
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
