#include "core/store/node_name.hpp"

#include "core/hash.hpp"

namespace decree::store {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t name_length = 16;
constexpr unsigned bits_a_character = 5;

std::uint64_t check_of(NodeId node) { return mix(0, node.value) >> 48U; }

}  // namespace

std::string node_name(NodeId node) {
    // 80 bits: the id's 64, then the check's 16.
    std::string name;
    for (unsigned i = 0; i < name_length; ++i) {
        std::uint64_t group = 0;
        for (unsigned bit = i * bits_a_character; bit < (i + 1) * bits_a_character; ++bit) {
            const std::uint64_t value =
                bit < 64 ? node.value >> (63 - bit) : check_of(node) >> (79 - bit);
            group = group << 1U | (value & 1U);
        }
        name += alphabet[static_cast<std::size_t>(group)];
    }
    return name;
}

std::optional<NodeId> parse_node_name(std::string_view name) {
    if (name.size() != name_length) return std::nullopt;
    NodeId node;
    std::uint64_t check = 0;
    for (unsigned i = 0; i < name_length; ++i) {
        const std::size_t group = alphabet.find(name[i]);
        if (group == std::string_view::npos) return std::nullopt;
        for (unsigned bit = bits_a_character; bit-- > 0;) {
            const bool of_id = i * bits_a_character + (bits_a_character - 1 - bit) < 64;
            std::uint64_t& into = of_id ? node.value : check;
            into = into << 1U | (group >> bit & 1U);
        }
    }
    if (check != check_of(node)) return std::nullopt;
    return node;
}

}  // namespace decree::store
