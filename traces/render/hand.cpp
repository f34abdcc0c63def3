#include "traces/render/hand.hpp"

#include <charconv>
#include <string_view>

namespace decree::traces {

std::optional<HandLine> read_hand_line(const Note& note) {
    const auto* remark = std::get_if<Remark>(&note);
    constexpr std::string_view head = "line ";
    if (remark == nullptr || !remark->text.starts_with(head)) return std::nullopt;
    std::string_view text = remark->text;
    text.remove_prefix(head.size());
    HandLine line;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), line.number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    constexpr std::string_view colon = ": ";
    if (error != std::errc{} || !text.starts_with(colon)) return std::nullopt;
    text.remove_prefix(colon.size());
    constexpr std::string_view slashes = " // ";
    const std::size_t comment = text.find(slashes);
    line.words = text.substr(0, comment);
    if (comment != std::string_view::npos) line.comment = text.substr(comment + slashes.size());
    line.expects = text.starts_with("expect ");
    return line;
}

}  // namespace decree::traces
