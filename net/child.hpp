#pragma once

/// A command that runs as a child of this process.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace decree::net {

/// To be called in a new process: becomes the command, found as a shell finds it, or ends with 126
/// or 127, as a shell does.
[[noreturn]] void become(const std::vector<std::string>& command);

/// It and what it begins are a process group, which has the terminal if this process had it.
/// Signals that end this process are passed on to that instead, as long as it runs; and when this
/// process is killed, so is the group. One at a time.
class Child {
public:
    /// Begins a command, found as a shell finds it, with more in its environment.
    Child(const std::vector<std::string>& command,
          const std::vector<std::pair<std::string, std::string>>& environment);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// Ends it if it runs yet.
    ~Child();

    /// Its exit status, as a shell shows it, when it has ended within so many microseconds.
    [[nodiscard]] std::optional<int> wait(std::uint64_t microseconds);
    /// Asks the group to end, and after so many microseconds makes it.
    void end(std::uint64_t patience) const;

private:
    void wait_for_end();

    bool has_terminal_ = false;
    pid_t process_ = -1;  // And its group.
    pid_t guard_ = -1;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::optional<int> status_;
    std::thread waiter_;
};

}  // namespace decree::net
