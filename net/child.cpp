#include "net/child.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/wait.h>
#include <unistd.h>

namespace decree::net {
namespace {

// As shells say it.
constexpr int cannot_run = 126;
constexpr int not_found = 127;
constexpr int by_signal = 128;

// A handler of signals knows nothing but what is global.
std::atomic<pid_t> receiver{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void pass_on(int signal) {
    const pid_t process = receiver;
    if (process > 0) static_cast<void>(::kill(process, signal));
}

void handle_signals(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

int to_status(int told) {
    return WIFSIGNALED(told) ? by_signal + WTERMSIG(told) : WEXITSTATUS(told);
}

}  // namespace

void become(const std::vector<std::string>& command) {
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command) words.push_back(::strdup(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    const int why = errno;
    std::perror(("decree: cannot run " + command.front()).c_str());
    ::_exit(why == ENOENT ? not_found : cannot_run);
}

Child::Child(const std::vector<std::string>& command,
             const std::vector<std::pair<std::string, std::string>>& environment) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    handle_signals(pass_on);
    process_ = ::fork();
    if (process_ == 0) {
        handle_signals(SIG_DFL);
        become(command);
    }
    if (process_ < 0) {
        std::perror("decree: cannot begin another process");
        status_ = cannot_run;
        return;
    }
    receiver = process_;
    waiter_ = std::thread([this] {
        int told = 0;
        while (::waitpid(process_, &told, 0) < 0 && errno == EINTR) {
        }
        receiver = 0;
        const std::lock_guard lock(mutex_);
        status_ = to_status(told);
        ended_.notify_all();
    });
}

Child::~Child() {
    end(0);
    if (waiter_.joinable()) waiter_.join();
    handle_signals(SIG_DFL);
}

std::optional<int> Child::wait(std::uint64_t microseconds) {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, std::chrono::microseconds(microseconds),
                    [this] { return status_.has_value(); });
    return status_;
}

void Child::end(std::uint64_t patience) {
    if (wait(0)) return;
    static_cast<void>(::kill(process_, SIGTERM));
    if (patience > 0 && wait(patience)) return;
    static_cast<void>(::kill(process_, SIGKILL));
}

}  // namespace decree::net
