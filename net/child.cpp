#include "net/child.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace decree::net {
namespace {

// As shells say it.
constexpr int cannot_run = 126;
constexpr int not_found = 127;
constexpr int by_signal = 128;
// Nothing tells when a process group has ended.
constexpr std::uint64_t look_every_us = 10'000;

// A handler of signals knows nothing but what is global.
std::atomic<pid_t> receiver{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void pass_on(int signal) {
    const pid_t group = receiver;
    if (group > 0) static_cast<void>(::kill(-group, signal));
}

void handle_signals(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

// To be in the foreground. A process that is not would be stopped for saying so.
void give_terminal(pid_t group) {
    sigset_t output;
    sigset_t before;
    ::sigemptyset(&output);
    ::sigaddset(&output, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &output, &before);
    ::tcsetpgrp(STDIN_FILENO, group);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// Of a process of its own: when the holder of `group` was killed, and can end nothing any more,
// this does.
[[noreturn]] void guard(pid_t holder, pid_t group) {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    while (::getppid() == holder) ::sigwaitinfo(&all, nullptr);
    ::kill(-group, SIGKILL);
    ::_exit(0);
}

bool group_runs(pid_t group) { return ::kill(-group, 0) == 0; }

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
    has_terminal_ = ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
    const pid_t self = ::getpid();
    process_ = ::fork();
    if (process_ == 0) {
        handle_signals(SIG_DFL);
        ::setpgid(0, 0);
        if (has_terminal_) give_terminal(::getpid());
        become(command);
    }
    if (process_ < 0) {
        std::perror("decree: cannot begin another process");
        status_ = cannot_run;
        return;
    }
    ::setpgid(process_, process_);  // Whichever of the two comes first.
    guard_ = ::fork();
    if (guard_ == 0) guard(self, process_);
    receiver = process_;
    waiter_ = std::thread([this] { wait_for_end(); });
}

/// When its user stops it at the terminal, all stops, and goes on as the shell says.
void Child::wait_for_end() {
    int told = 0;
    while ((::waitpid(process_, &told, WUNTRACED) < 0 && errno == EINTR) || WIFSTOPPED(told)) {
        if (!WIFSTOPPED(told) || !has_terminal_) continue;
        give_terminal(::getpgrp());
        ::kill(0, SIGSTOP);
        give_terminal(process_);
        ::kill(-process_, SIGCONT);
        told = 0;
    }
    receiver = 0;
    if (has_terminal_) give_terminal(::getpgrp());
    const std::lock_guard lock(mutex_);
    status_ = to_status(told);
    ended_.notify_all();
}

Child::~Child() {
    if (!wait(0)) end(0);
    if (waiter_.joinable()) waiter_.join();
    if (guard_ > 0 && ::kill(guard_, SIGKILL) == 0) ::waitpid(guard_, nullptr, 0);
    handle_signals(SIG_DFL);
}

std::optional<int> Child::wait(std::uint64_t microseconds) {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, std::chrono::microseconds(microseconds),
                    [this] { return status_.has_value(); });
    return status_;
}

void Child::end(std::uint64_t patience) const {
    static_cast<void>(::kill(-process_, SIGTERM));
    // It may be gone before what it has begun.
    for (std::uint64_t waited = 0; waited < patience && group_runs(process_);
         waited += look_every_us) {
        std::this_thread::sleep_for(std::chrono::microseconds(look_every_us));
    }
    static_cast<void>(::kill(-process_, SIGKILL));
}

}  // namespace decree::net
