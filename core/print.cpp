#include "core/print.hpp"

#include <algorithm>

#include "core/hash.hpp"

namespace decree {

std::string describe_bytes(Bytes bytes) {
    const std::string_view text = as_text(bytes);
    const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
    if (printable && text.size() <= 64) return '"' + std::string(text) + '"';
    constexpr std::string_view hex = "0123456789abcdef";
    std::string digest;
    for (unsigned shift = 64; shift > 0; shift -= 4) {
        digest += hex[(hash_bytes(bytes) >> (shift - 4)) & 0xFU];
    }
    return std::to_string(bytes.size()) + " bytes #" + digest;
}

}  // namespace decree
