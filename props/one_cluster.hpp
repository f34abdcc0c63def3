#pragma once

#include <cstdint>
#include <optional>

#include "core/ids.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// A founding record of which a node said that its cluster exists.
struct KnownCluster {
    std::uint64_t record{};  ///< The digest of the record.
    NodeId node;             ///< Who said so first.
};

/// OneCluster: whoever takes a cluster for founded, or speaks of one, means the same one: of
/// founders who can reach each other never two clusters come. DECREE core/node/founding.cpp.
///
/// `node` takes the cluster with the record of that digest for founded. `known`: the one that was
/// founded before, if any.
[[nodiscard]] std::optional<Violation> one_cluster(NodeId node, std::uint64_t record,
                                                   const std::optional<KnownCluster>& known);

}  // namespace decree::props
