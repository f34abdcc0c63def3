#include "net/bench/process_time.hpp"

#include <ctime>

#include <fmt/format.h>

namespace decree::net {
namespace {

std::uint64_t read_clock(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) return 0;
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

std::expected<std::uint64_t, std::string> process_time(const std::vector<int>& pids) {
    std::uint64_t sum = 0;
    for (const int pid : pids) {
        clockid_t clock{};
        if (::clock_getcpuclockid(pid, &clock) != 0) {
            return std::unexpected(
                fmt::format("process {} cannot be looked at: name processes of this machine", pid));
        }
        sum += read_clock(clock);
    }
    return sum;
}

std::uint64_t own_process_time() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace decree::net
