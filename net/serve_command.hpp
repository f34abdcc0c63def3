#pragma once

/// `decree serve`, as it stands on the command line.

#include <cstdint>
#include <optional>
#include <string>

namespace decree::net {

struct ServeArguments {
    std::string name = "local";
    std::string data = "./decree-data";
    std::string client = "127.0.0.1:8046";
    std::optional<std::string> advertise_client;
    std::int64_t hist = 2000;
    bool local_reads = false;
    std::string request_timeout = "10s";
    std::string rw_secret;
    std::string ro_secret;
    std::string log = "info";
};

/// Returns the exit status; 2, with one line that says how to mend it, for what cannot be.
[[nodiscard]] int serve_command(const ServeArguments& arguments);

}  // namespace decree::net
