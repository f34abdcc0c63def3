#pragma once

/// A running node's status, put together.

#include <functional>
#include <string>

#include "core/store/state.hpp"
#include "net/registration.hpp"
#include "net/replica.hpp"
#include "net/status.hpp"

namespace decree::net {

/// What only its server knows.
struct ServerFacts {
    std::string name;  ///< The cluster's.
    Shown shown;
};

/// `connected`: whether there is a link to a node.
[[nodiscard]] NodeStatus node_status(const Replica& replica, const store::State& state,
                                     const ServerFacts& facts,
                                     const std::function<bool(NodeId)>& connected);

}  // namespace decree::net
