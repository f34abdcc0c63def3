#pragma once

/// A run that ends the program itself: planted bugs do what is undefined. A campaign of hours must
/// then at least tell which seed it was.

#include <cstdint>
#include <string>

#include "sim/profile.hpp"

namespace decree::sim {

/// From now on a SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT in a thread that makes a run writes one
/// line to standard error that names the run and the command that makes it again. The signal then
/// does what it did before.
void watch_for_crashes();

/// While it lives, what this thread does has a name. One at a time in a thread.
class NamedRun {
public:
    /// `what` as in "WHAT crashed the program"; `again` is a command.
    NamedRun(const std::string& what, const std::string& again);
    NamedRun(const NamedRun&) = delete;
    NamedRun& operator=(const NamedRun&) = delete;
    ~NamedRun();
};

/// "--profile NAME", and "--nodes N" where they are not drawn.
[[nodiscard]] std::string run_arguments(const Profile& profile);

/// The names of the run of a seed, and of those runs that shrinking tries.
[[nodiscard]] NamedRun name_seed(const Profile& profile, std::uint64_t seed);
[[nodiscard]] NamedRun name_shrinking(const Profile& profile, std::uint64_t seed);

}  // namespace decree::sim
