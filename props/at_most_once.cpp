#include "props/at_most_once.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/store/command_log.hpp"
#include "props/words.hpp"

namespace decree::props {

namespace {

std::vector<std::string_view> sorted_texts(const CommandLog& log) {
    std::vector<std::string_view> texts;
    texts.reserve(static_cast<std::size_t>(log.length()));
    for (std::uint64_t i = 0; i < log.length(); ++i) texts.push_back(log.text(i));
    std::ranges::sort(texts);
    return texts;
}

}  // namespace

std::optional<Violation> executed_twice(NodeId node, Slot applied, const StateMachine& machine,
                                        const StateMachine& reference) {
    const auto* const log = dynamic_cast<const CommandLog*>(&machine);
    const auto* const right = dynamic_cast<const CommandLog*>(&reference);
    if (log == nullptr || right == nullptr) return std::nullopt;
    const std::vector<std::string_view> texts = sorted_texts(*log);
    const std::vector<std::string_view> expected = sorted_texts(*right);
    for (auto it = std::ranges::adjacent_find(texts); it != texts.end();
         it = std::adjacent_find(std::next(it), texts.end())) {
        if (std::ranges::count(texts, *it) <= std::ranges::count(expected, *it)) continue;
        return violated("AtMostOnce", "Machine",
                        words(node, " has applied slots through ", applied, " and executed ",
                              describe_bytes(as_bytes(*it)), " more than once"));
    }
    return std::nullopt;
}

std::optional<Violation> executed_twice(const RequestId& id, Slot before, Slot slot) {
    if (before == Slot{}) return std::nullopt;
    return violated("AtMostOnce", "Rules",
                    words(id, " was executed in slot ", before, ", and again in slot ", slot));
}

}  // namespace decree::props
