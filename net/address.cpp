#include "net/address.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace decree::net {

std::expected<Address, std::string> parse_address(std::string_view text) {
    const auto bad = [&](std::string_view why) {
        return std::unexpected(fmt::format("'{}': {}; write HOST:PORT", text, why));
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.ends_with(']')) return bad("missing port");
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return bad("an IPv6 address stands in brackets");
    }
    if (host.empty()) return bad("missing host");
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number == 0) {
        return bad("the port is no number from 1 to 65535");
    }
    return Address{.host = std::string(host), .port = number};
}

std::string to_text(const Address& address) {
    const bool brackets = address.host.find(':') != std::string::npos;
    return brackets ? fmt::format("[{}]:{}", address.host, address.port)
                    : fmt::format("{}:{}", address.host, address.port);
}

bool is_wildcard(const Address& address) {
    return address.host == "0.0.0.0" || address.host == "::" || address.host == "*";
}

bool is_loopback(const Address& address) {
    return address.host == "localhost" || address.host == "::1" || address.host.starts_with("127.");
}

}  // namespace decree::net
