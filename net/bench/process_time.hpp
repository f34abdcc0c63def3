#pragma once

/// How much processor time processes have used.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace decree::net {

/// Nanoseconds of all threads, since each process began; or which of them cannot be looked at.
[[nodiscard]] std::expected<std::uint64_t, std::string> process_time(const std::vector<int>& pids);
/// The same of this process.
[[nodiscard]] std::uint64_t own_process_time();

}  // namespace decree::net
