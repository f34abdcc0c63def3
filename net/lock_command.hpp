#pragma once

/// `decree lock`: a command that runs while a lock is held.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "net/cluster_client.hpp"

namespace decree::net {

struct LockArguments {
    std::string path;
    std::uint64_t ttl{};                ///< Of the session, in microseconds.
    std::optional<std::uint64_t> wait;  ///< Microseconds for getting the lock; none: for ever.
};

/// Returns the command's exit status, 128 and the number of the signal that ended it, or 126 or 127
/// when it cannot be run. A failure: there is no lock, or it was lost, and then the command was
/// ended, unless it had ended before that was seen.
[[nodiscard]] std::expected<int, Refused> hold_lock(ClusterClient& cluster,
                                                    const LockArguments& arguments,
                                                    const std::vector<std::string>& command);

}  // namespace decree::net
