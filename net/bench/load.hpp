#pragma once

/// Load on a server, and what it answered, and when.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "net/bench/latencies.hpp"
#include "net/bench/talk.hpp"

namespace decree::net {

struct LoadPlan {
    std::vector<std::string> addresses;  ///< Connections are spread over them.
    std::size_t connections = 1;
    std::size_t in_flight = 1;  ///< Open questions of each connection, at most.
    bool reads = false;
    bool writes = true;  ///< With reads, too: by turns.
    std::uint64_t keys = 1000;
    /// Questions a second, of all connections, whether or not there are answers: an open loop, in
    /// which a question's time counts from when it was due. 0: the next follows upon an answer.
    std::uint64_t rate = 0;
    std::uint64_t warm_up = 500'000;      ///< Microseconds before anything is counted.
    std::uint64_t duration = 5'000'000;   ///< Microseconds in which it is.
    std::uint64_t patience = 30'000'000;  ///< Microseconds for writing all files once, before.
    std::vector<int> servers;             ///< Processes whose time is counted, too.
};

struct LoadReport {
    double seconds{};  ///< Less than the plan's when it was interrupted.
    Latencies reads;   ///< Nanoseconds from the question to its whole answer; only good ones.
    Latencies writes;
    std::uint64_t errors{};  ///< Of them one is `error`.
    std::string error;
    std::uint64_t broken{};       ///< Connections that broke and were made anew.
    std::uint64_t silence{};      ///< Nanoseconds: the longest time without a good answer.
    std::uint64_t own_time{};     ///< Nanoseconds of processor, of this process.
    std::uint64_t server_time{};  ///< The same of the servers, if they were named.
};

/// Writes every file once, then does as the plan says, or until SIGINT or SIGTERM. Fails when
/// nobody can be dialled, nothing gets written or counted, with one line for a person.
[[nodiscard]] std::expected<LoadReport, std::string> run_load(const LoadPlan& plan,
                                                              const TalkMaker& make_talk);

}  // namespace decree::net
