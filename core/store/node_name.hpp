#pragma once

/// How a node's id is written: in paths, in files, and for people.

#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"

namespace decree::store {

/// 16 characters of A-Z 2-7: the 64 bits of the id and a check of 16, highest bits first.
[[nodiscard]] std::string node_name(NodeId node);
/// Nothing when the text is no such name: a character mistaken is found but once in 65,536 times.
[[nodiscard]] std::optional<NodeId> parse_node_name(std::string_view name);

}  // namespace decree::store
