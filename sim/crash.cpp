#include "sim/crash.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

namespace decree::sim {

namespace {

constexpr std::array crash_signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// A text that a handler may read: no memory of it is ever given back while its thread lives.
class CrashText {
public:
    // What is too long is cut off.
    void set(std::string_view text) {
        size_ = std::min(text.size(), bytes_.size());
        std::copy_n(text.begin(), size_, bytes_.begin());
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

private:
    std::array<char, 1'000> bytes_{};
    std::size_t size_ = 0;
};

// What one thread does now, in the order of the line: the number of the signal is between the two.
struct CrashLine {
    CrashText before;
    CrashText behind;
    std::atomic<bool> ready = false;  // Else a handler leaves it alone.
    bool has_stack = false;
    // For the handler: a run that recursed without end has left it no other.
    alignas(16) std::array<char, 65'536> stack{};
};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no lock");

// Without a constructor to run, so that a handler may touch it.
CrashLine& crash_line() {
    static constinit thread_local CrashLine line;
    return line;
}

// What the signals did before: a sanitizer has a report of its own to make.
std::array<struct sigaction, crash_signals.size()>& earlier_actions() {
    static constinit std::array<struct sigaction, crash_signals.size()> actions{};
    return actions;
}

void write_for_crash(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

void on_crash(int signal, siginfo_t* info, void*) {
    CrashLine& line = crash_line();
    if (line.ready.exchange(false)) {
        const std::array number = {static_cast<char>('0' + signal / 10),
                                   static_cast<char>('0' + signal % 10)};
        const std::string_view digits(number.data(), number.size());
        write_for_crash(line.before.view());
        write_for_crash(signal < 10 ? digits.substr(1) : digits);
        write_for_crash(line.behind.view());
    }
    for (std::size_t i = 0; i < crash_signals.size(); ++i) {
        if (crash_signals[i] == signal) ::sigaction(signal, &earlier_actions()[i], nullptr);
    }
    // A fault comes again once this returns; what somebody sent does not.
    if (info->si_code <= 0) static_cast<void>(std::raise(signal));
}

// Of this thread. A sanitizer may have given it one, and takes that away itself.
void use_stack_for_crashes(CrashLine& line) {
    if (line.has_stack) return;
    line.has_stack = true;
    stack_t now{};
    if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
    stack_t own{};
    own.ss_sp = line.stack.data();
    own.ss_size = line.stack.size();
    static_cast<void>(::sigaltstack(&own, nullptr));
}

}  // namespace

void watch_for_crashes() {
    struct sigaction action{};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < crash_signals.size(); ++i) {
        ::sigaction(crash_signals[i], &action, &earlier_actions()[i]);
    }
}

NamedRun::NamedRun(const std::string& what, const std::string& again) {
    CrashLine& line = crash_line();
    use_stack_for_crashes(line);
    line.before.set(fmt::format("decree-sim: {} crashed the program (signal ", what));
    line.behind.set(fmt::format("); again: {}\n", again));
    line.ready = true;
}

NamedRun::~NamedRun() { crash_line().ready = false; }

std::string run_arguments(const Profile& profile) {
    std::string text = "--profile " + profile.name;
    if (profile.nodes) text += fmt::format(" --nodes {}", *profile.nodes);
    return text;
}

NamedRun name_seed(const Profile& profile, std::uint64_t seed) {
    return {fmt::format("seed {} of profile {}", seed, profile.name),
            fmt::format("decree-sim digest {} --seeds {}..{}", run_arguments(profile), seed, seed)};
}

NamedRun name_shrinking(const Profile& profile, std::uint64_t seed) {
    return {
        fmt::format("a run made from seed {} of profile {}, to make it small,", seed, profile.name),
        fmt::format("decree-sim shrink {} --seed {}", run_arguments(profile), seed)};
}

}  // namespace decree::sim
