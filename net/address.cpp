#include "net/address.hpp"

#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <netdb.h>

namespace decree::net {

std::expected<Address, std::string> parse_address(std::string_view text) {
    const auto bad = [&](std::string_view why) {
        return std::unexpected(fmt::format("'{}': {}; write HOST:PORT", text, why));
    };
    if (text.find_first_of(" \t\n") != std::string_view::npos) return bad("a space stands in it");
    if (text.find(',') != std::string_view::npos) return bad("a comma stands in it");
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

namespace {

// A host that is a number, in any of the ways in which the system reads one ("0", "127.1"); as IPv4
// where it is that within IPv6.
std::optional<boost::asio::ip::address> numeric(const std::string& host) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
    boost::asio::ip::tcp::endpoint endpoint;
    endpoint.resize(found->ai_addrlen);
    std::memcpy(endpoint.data(), found->ai_addr, found->ai_addrlen);
    ::freeaddrinfo(found);
    boost::asio::ip::address address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    }
    return address;
}

}  // namespace

bool is_wildcard(const Address& address) {
    const auto number = numeric(address.host);
    return address.host == "*" || (number && number->is_unspecified());
}

bool is_loopback(const Address& address) {
    const auto number = numeric(address.host);
    return address.host == "localhost" || (number && number->is_loopback());
}

}  // namespace decree::net
