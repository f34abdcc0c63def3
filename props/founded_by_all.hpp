#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/charter.hpp"
#include "core/ids.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// FoundedByAll: a node takes a cluster for founded only when each of the founders that its record
/// names has stored that very record durably. DECREE core/node/founding.cpp; Skeen, Nonblocking
/// Commit Protocols, 1: "commit" only if all are prepared.
///
/// `stored` says which record a node has ever stored durably, by digest; 0: none.
[[nodiscard]] std::optional<Violation> founded_by_all(
    NodeId node, const Charter& charter, std::uint64_t digest,
    const std::function<std::uint64_t(NodeId)>& stored);

}  // namespace decree::props
