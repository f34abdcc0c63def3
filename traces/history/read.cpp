#include "traces/history/read.hpp"

#include <utility>

#include <fmt/format.h>

#include "traces/history/builder.hpp"
#include "traces/history/formats.hpp"

namespace decree::traces {

namespace {

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

// How many bytes a letter takes that begins so; 0: none does.
std::size_t letter_size(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// RFC 3629, whose table of the second byte rules out letters written too long and surrogates.
bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
        const unsigned char first = byte(i);
        const std::size_t size = letter_size(first);
        if (size == 0 || size > text.size() - i) return false;
        for (std::size_t k = 1; k < size; ++k) {
            const unsigned char least = k > 1           ? 0x80
                                        : first == 0xE0 ? 0xA0
                                        : first == 0xF0 ? 0x90
                                                        : 0x80;
            const unsigned char most = k > 1           ? 0xBF
                                       : first == 0xED ? 0x9F
                                       : first == 0xF4 ? 0x8F
                                                       : 0xBF;
            if (byte(i + k) < least || byte(i + k) > most) return false;
        }
        i += size;
    }
    return true;
}

using LineReader = LineOf (*)(std::string_view line);

// The reader of files that begin with `line`, or null.
LineReader reader_for(std::string_view line) {
    if (line.starts_with("INFO")) return jepsen::read_line;
    if (!line.starts_with('{')) return nullptr;
    return trimmed(line.substr(1)).starts_with(':') ? edn::read_line : jsonl::read_line;
}

}  // namespace

std::expected<history::History, BadHistory> read_history(std::string_view text,
                                                         const history::Model& model) {
    HistoryBuilder builder(model);
    LineReader reader = nullptr;
    for (std::uint32_t number = 1; !text.empty(); ++number) {
        const auto bad = [&](std::string what) {
            return std::unexpected(BadHistory{.line = number, .what = std::move(what)});
        };
        const std::size_t end = text.find('\n');
        const std::string_view line = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty()) continue;
        if (reader == nullptr) reader = reader_for(line);
        if (reader == nullptr) {
            return bad("no event of a history; a line begins with INFO, {: or {\"");
        }
        if (!is_utf8(line)) return bad("no UTF-8; write its bytes some other way");
        auto event = reader(line);
        if (!event) return bad(std::move(event.error()));
        const auto added = builder.add(*std::move(event), number);
        if (!added) return bad(added.error());
    }
    return builder.take();
}

}  // namespace decree::traces
