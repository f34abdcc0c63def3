#include "core/node_name.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace decree {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t characters = 16;

// CRC-16 (polynomial x^16 + x^12 + x^5 + 1) over the id, highest bit first: it finds every mistake
// that lies within 16 bits in a row, so also in two characters that stand side by side.
std::uint16_t check_of(std::uint64_t id) {
    std::uint32_t crc = 0xFFFF;
    for (unsigned bit = 64; bit-- > 0;) {
        const bool high = (crc >> 15U & 1U) != (id >> bit & 1U);
        crc = (crc << 1U ^ (high ? 0x1021U : 0U)) & 0xFFFFU;
    }
    return static_cast<std::uint16_t>(crc);
}

std::optional<std::uint64_t> digit_of(char c) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == 'o') c = '0';
    if (c == 'i' || c == 'l') c = '1';
    const std::size_t at = alphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return at;
}

}  // namespace

std::string node_name(NodeId node) {
    std::string name(characters, '0');
    // From the last character: the check's 16 bits, then the id's 64, lowest first.
    std::uint64_t high = node.value;
    std::uint64_t low = check_of(node.value);
    for (std::size_t i = characters; i-- > 0;) {
        name[i] = alphabet[low & 31U];
        low = (low >> 5U) | ((high & 31U) << 11U);
        high >>= 5U;
    }
    return name;
}

std::expected<NodeId, std::string> parse_node_name(std::string_view text) {
    if (text.size() != characters) {
        return std::unexpected("a node's name has 16 characters, not " +
                               std::to_string(text.size()));
    }
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (const char c : text) {
        const std::optional<std::uint64_t> digit = digit_of(c);
        if (!digit) return std::unexpected(std::string("no node's name has a '") + c + "'");
        low = (low << 5U) | *digit;
        high = (high << 5U) | (low >> 16U);
        low &= 0xFFFFU;
    }
    if (low != check_of(high)) {
        return std::unexpected("the name has a mistake in it: its check does not fit");
    }
    return NodeId{high};
}

}  // namespace decree
