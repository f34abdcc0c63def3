#include "net/uri.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace decree::net {
namespace {

// A "+" is a space, and %XX is a byte.
std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        unsigned char byte = 0;
        if (text.size() - i < 3) return std::nullopt;
        const char* const begin = text.data() + i + 1;
        const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
        if (error != std::errc{} || end != begin + 2) return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

}  // namespace

std::optional<DoozerUri> parse_uri(std::string_view text) {
    constexpr std::string_view prefix = "doozer:?";
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    DoozerUri uri;
    while (!text.empty()) {
        const std::string_view item = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), item.size() + 1));
        const std::size_t equals = item.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = item.substr(0, equals);
        auto value = unescape(item.substr(equals + 1));
        if (!value) return std::nullopt;
        if (name == "ca") {
            uri.addresses.push_back(*std::move(value));
        } else if (name == "cn") {
            uri.cluster = *std::move(value);
        } else if (name == "sk") {
            uri.secret = *std::move(value);
        }
    }
    return uri;
}

}  // namespace decree::net
