#pragma once

/// Doozer's client verbs, and Decree's own, as they stand on the command line.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace decree::net {

struct ClientArguments {
    std::string verb;
    std::vector<std::string> rest;  ///< What stands behind the verb.
    std::string uri = "doozer:?ca=127.0.0.1:8046";
    std::string boot_uri;
    std::string rev = "-1";       ///< The current one.
    std::string wait_time = "0";  ///< How long `wait` and `lock` wait; 0: for ever.
    std::string timeout = "30s";  ///< How long everything else may take.
    std::string ttl = "10s";      ///< Of the session that `lock` holds.
    bool json = false;            ///< Prints JSON.
    bool local = false;           ///< Reads what the node has now.
};

/// A verb, for help and for counting its arguments.
struct ClientVerb {
    std::string_view name;
    std::string_view arguments;
    std::string_view summary;
    std::size_t fewest{};
    std::size_t most{};
};
[[nodiscard]] std::span<const ClientVerb> client_verbs();

/// "Use: decree [options] VERB ...", and what it does.
[[nodiscard]] std::string client_usage(const ClientVerb& verb);

/// Returns the exit status: 0; 1 where compare-and-set is refused; 2 after any other failure; 127
/// for a wrong number of arguments.
[[nodiscard]] int client_command(const ClientArguments& arguments);

}  // namespace decree::net
