#pragma once

/// `decree configure`: the settings of the cluster.

#include <expected>
#include <string>
#include <vector>

#include "net/cluster_client.hpp"

namespace decree::net {

/// Changes those that "NAME=N" name, all at once; without any, prints all.
[[nodiscard]] std::expected<void, Refused> configure(ClusterClient& cluster,
                                                     const std::vector<std::string>& words,
                                                     bool json);

}  // namespace decree::net
