#pragma once

/// A node's id as people read and type it.

#include <expected>
#include <string>
#include <string_view>

#include "core/ids.hpp"

namespace decree {

/// The id in 16 characters: its 64 bits, then a check of 16, five bits a character. The letters
/// are digits and lower-case letters without i, l, o and u, which people mix up.
[[nodiscard]] std::string node_name(NodeId node);

/// The id that `text` names. Takes upper-case letters, and I, L and O for the digits they look
/// like. A text that is no name, or of which one character or two neighbours were mistaken, is
/// refused with the reason, always; any other mistake with a chance of 65,535 in 65,536.
[[nodiscard]] std::expected<NodeId, std::string> parse_node_name(std::string_view text);

}  // namespace decree
