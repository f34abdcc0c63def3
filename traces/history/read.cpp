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
        auto event = reader(line);
        if (!event) return bad(std::move(event.error()));
        const auto added = builder.add(*std::move(event), number);
        if (!added) return bad(added.error());
    }
    return builder.take();
}

}  // namespace decree::traces
