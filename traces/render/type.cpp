#include "traces/render/type.hpp"

#include <algorithm>

namespace decree::traces {
namespace {

// Of the size, from Helvetica's metrics.
double width_of(char c) {
    constexpr std::string_view narrow = "ijl.,:;'|! I";
    constexpr std::string_view slim = "frt()-/[]\"";
    constexpr std::string_view broad = "mwMW@%";
    if (narrow.find(c) != std::string_view::npos) return 0.28;
    if (slim.find(c) != std::string_view::npos) return 0.36;
    if (broad.find(c) != std::string_view::npos) return 0.86;
    return c >= 'A' && c <= 'Z' ? 0.72 : 0.57;
}

}  // namespace

double text_width(std::string_view text, double size) {
    double width = 0;
    for (const char c : text) width += width_of(c);
    return width * size * 1.04;
}

double bold_width(std::string_view text, double size) { return text_width(text, size) * 1.12; }

std::string fit(std::string_view text, double size, double width) {
    if (text_width(text, size) <= width) return std::string(text);
    std::string shorter(text);
    while (!shorter.empty() && text_width(shorter + "..", size) > width) shorter.pop_back();
    return shorter + "..";
}

std::vector<std::string> wrap(std::string_view text, double size, double width, std::size_t lines) {
    std::vector<std::string> wrapped;
    while (!text.empty()) {
        if (wrapped.size() + 1 == lines || text_width(text, size) <= width) {
            wrapped.push_back(fit(text, size, width));
            break;
        }
        std::size_t end = text.size();
        while (end > 0 && text_width(text.substr(0, end), size) > width) --end;
        const std::size_t space = text.rfind(' ', end);
        const bool broken = space == std::string_view::npos || space == 0;
        const std::size_t cut = broken ? std::max<std::size_t>(end, 1) : space;
        wrapped.emplace_back(text.substr(0, cut));
        text.remove_prefix(broken ? cut : cut + 1);
    }
    if (wrapped.empty()) wrapped.emplace_back();
    return wrapped;
}

std::string printable(std::string_view text, bool ascii) {
    std::string clean(text);
    for (char& c : clean) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) c = ' ';
        if (ascii && byte >= 0x80) c = '?';
    }
    return clean;
}

std::string html_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text, true)) {
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

std::string dot_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text, true)) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

}  // namespace decree::traces
