#pragma once

/// A node that serves: the loop in which its disk, its clients and its peers meet.

#include <cstdint>
#include <optional>
#include <string>

#include "core/options.hpp"
#include "net/address.hpp"
#include "net/client_port.hpp"
#include "net/cluster.hpp"
#include "net/doozer_service.hpp"

namespace decree::net {

struct ServerOptions {
    ClusterOptions cluster;
    std::string data = "./decree-data";
    Address client{.host = "127.0.0.1", .port = 8046};
    std::optional<Address> advertise_client;  ///< What clients dial, if not `client`.
    Address peer{.host = "127.0.0.1", .port = 8047};
    std::optional<Address> advertise_peer;  ///< What other nodes dial, if not `peer`.
    std::string peer_secret;                ///< Of all nodes; empty: of none.
    MemberOptions members;
    std::uint32_t drift_ppm = Options{}.drift_ppm;
    std::uint64_t pulse{};  ///< Microseconds between writes of what is applied; 0: none.
    /// Microseconds from one look at a file of the journal, or at a snapshot, to the next.
    std::uint64_t scrub_every{10'000'000};
    std::string record;  ///< The file in which all that happens is recorded; empty: none.
    ServiceOptions service;
    ClientLimits limits;
};

/// Runs a node until SIGTERM, SIGINT or SIGHUP, then makes all durable and answers what it took in.
/// Returns the exit status: 0; 1 when the node had to stop; 2 when it could not start. The log says
/// why.
[[nodiscard]] int serve(const ServerOptions& options);

}  // namespace decree::net
