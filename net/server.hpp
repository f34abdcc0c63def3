#pragma once

/// A node that serves: the loop in which its disk, its clients and its peers meet.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "net/client_port.hpp"
#include "net/cluster_plan.hpp"
#include "net/doozer_service.hpp"

namespace decree::net {

/// A cluster of several nodes whose members were agreed upon elsewhere.
struct FixedCluster {
    NodeId self;
    std::vector<Member> members;
    std::string secret;  ///< Of the peers.
};

struct ServerOptions {
    std::string name = "local";
    std::string data = "./decree-data";
    Address client{.host = "127.0.0.1", .port = 8046};
    std::optional<Address> advertise_client;  ///< What clients dial, if not `client`.
    store::StoreSettings store;               ///< Of a cluster that is made now.
    ServiceOptions service;
    ClientLimits limits;
    std::optional<FixedCluster> fixed;  ///< None: a cluster of this one node.
};

/// Runs a node until SIGTERM or SIGINT, then makes all durable and answers what it took in. Returns
/// the exit status: 0; 1 when the node had to stop; 2 when it could not start. The log says why.
[[nodiscard]] int serve(const ServerOptions& options);

}  // namespace decree::net
