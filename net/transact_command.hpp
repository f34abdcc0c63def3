#pragma once

/// `decree transact`: several writes at once, or none.

#include <expected>
#include <string>
#include <vector>

#include "net/cluster_client.hpp"

namespace decree::net {

/// "if PATH REV", "if-below PATH REV", "set PATH VALUE", "del PATH", one behind the other. Compares
/// count before all writes, wherever they stand.
[[nodiscard]] std::expected<Request, std::string> parse_parts(
    const std::vector<std::string>& words);
/// The same, one part in a line; a value goes to the end of its line. Empty lines, and those that
/// begin with #, are passed over.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> split_lines(
    const std::string& text);

/// Prints the last revision. Without parts, they are read from stdin.
[[nodiscard]] std::expected<void, Refused> transact(ClusterClient& cluster,
                                                    const std::vector<std::string>& parts,
                                                    bool json);

}  // namespace decree::net
