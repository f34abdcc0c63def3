#pragma once

/// `decree serve`, as it stands on the command line.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.hpp"

namespace decree::net {

struct ServeArguments {
    std::optional<std::string> name;
    std::string data = "./decree-data";
    std::string client = "127.0.0.1:8046";
    std::optional<std::string> advertise_client;
    std::string peer = "127.0.0.1:8047";
    std::optional<std::string> advertise_peer;
    std::vector<std::string> peers;  ///< Founders.
    std::vector<std::string> join;
    std::string peer_secret;
    bool insecure = false;
    std::optional<std::int64_t> hist;
    std::optional<std::string> names;
    std::vector<std::string> limits;  ///< "NAME=N".
    std::string dead_after = "60s";
    std::string stable_after = "2s";
    std::uint32_t least_voters = 3;
    bool no_promotion = false;
    std::string lease = "off";
    std::int64_t clock_drift = Options{}.drift_ppm;
    std::string scrub_every = "10s";
    bool local_reads = false;
    std::string request_timeout = "10s";
    double pulse = 0;  ///< Seconds.
    std::string rw_secret;
    std::string ro_secret;
    std::string record;
    std::string log = "info";
};

/// Returns the exit status; 2, with one line that says how to mend it, for what cannot be.
[[nodiscard]] int serve_command(const ServeArguments& arguments);

}  // namespace decree::net
