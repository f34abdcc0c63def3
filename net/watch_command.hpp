#pragma once

/// `decree watch` and `decree wait`: events as they come, through whichever node is there.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "net/cluster_client.hpp"

namespace decree::net {

struct WatchArguments {
    std::string glob;
    std::optional<std::int64_t> from;   ///< The first revision; none: the current one.
    bool once = false;                  ///< One event.
    std::optional<std::uint64_t> wait;  ///< Microseconds for that; none: for ever.
    bool json = false;
};

/// Prints events, none missed and none twice, also when it has to go on at another node. Ends when
/// history has lost one, or when no node of the cluster could be reached for a while.
[[nodiscard]] std::expected<void, Refused> watch(ClusterClient& cluster,
                                                 const WatchArguments& arguments);

}  // namespace decree::net
