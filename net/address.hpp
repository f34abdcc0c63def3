#pragma once

/// Where somebody listens.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace decree::net {

struct Address {
    std::string host;  ///< A name or a number; of IPv6 without the brackets.
    std::uint16_t port{};
    bool operator==(const Address&) const = default;
};

/// "HOST:PORT", "[IPv6]:PORT"; or why not, for a person.
[[nodiscard]] std::expected<Address, std::string> parse_address(std::string_view text);
[[nodiscard]] std::string to_text(const Address& address);
/// Whether it means every address of the machine, so that nobody can dial it.
[[nodiscard]] bool is_wildcard(const Address& address);
/// Whether only this machine can dial it, by its text: a name but "localhost" could be anything.
[[nodiscard]] bool is_loopback(const Address& address);

}  // namespace decree::net
