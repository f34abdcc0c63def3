#pragma once

/// Doozer's URIs: where a cluster is.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace decree::net {

/// "doozer:?" and then, in any order and joined by "&":
struct DoozerUri {
    std::vector<std::string> addresses;  ///< ca=HOST:PORT, as often as one likes.
    std::string cluster;                 ///< cn=NAME: to be looked up in another cluster.
    std::string secret;                  ///< sk=SECRET
    bool operator==(const DoozerUri&) const = default;
};

/// Nothing when it is none. Names that are not known are passed over.
[[nodiscard]] std::optional<DoozerUri> parse_uri(std::string_view text);

}  // namespace decree::net
