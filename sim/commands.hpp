#pragma once

/// The sub-commands of decree-sim. Each takes its arguments as they were typed, and returns the
/// exit status of the program.

#include <optional>
#include <string>

namespace decree::sim {

inline constexpr int fine = 0;
inline constexpr int does_not_hold = 1;  ///< A violation; or the seed that was to fail does not.
inline constexpr int wrong_usage = 2;    ///< Or what was to be read or written cannot be.

/// Not given, or its text.
using Argument = std::optional<std::string>;

/// What fuzz, shrink and digest have in common.
struct RunArguments {
    Argument profile;
    Argument nodes;
};

struct FuzzArguments {
    RunArguments run;
    Argument seeds;
    Argument time;
    Argument jobs;
    Argument shard;
    Argument out;
    bool keep_going = false;
    bool json = false;
};
/// Makes many runs. Ends at the first violation (or, told to keep going, at the end), makes it
/// small, writes it down.
[[nodiscard]] int fuzz_command(const FuzzArguments& arguments);

/// Makes one run again: that of a trace, from nothing else than the trace; or that of a file of
/// choices, in the world.
[[nodiscard]] int replay_command(const std::string& file);

struct ShrinkArguments {
    RunArguments run;
    std::string seed;
    Argument time;
    Argument runs;
    Argument out;
};
/// Makes the failing run of one seed small, and writes it down: as a scenario, and as what else
/// tells of it.
[[nodiscard]] int shrink_command(const ShrinkArguments& arguments);

struct RecordArguments {
    RunArguments run;
    std::string seed;
    std::string out;
};
/// Makes the run of one seed, and writes its trace, whatever comes of it ("-": to standard output).
/// A violation is told, and does not hold.
[[nodiscard]] int record_command(const RecordArguments& arguments);

struct DigestArguments {
    RunArguments run;
    std::string seeds;
};
/// Prints a line "PROFILE SEED DIGEST" for each seed, with the violated property behind it if there
/// is one: the same lines on every machine, whatever the compiler.
[[nodiscard]] int digest_command(const DigestArguments& arguments);

struct RunScenarioArguments {
    std::string file;
    Argument seed;
    Argument trace;
    bool json = false;
};
/// Runs a scenario, and says whether what it expects holds.
[[nodiscard]] int run_command(const RunScenarioArguments& arguments);

/// Measures how fast all this is.
[[nodiscard]] int bench_command(bool json);

/// One line on standard error, and the status for it.
int refuse(const std::string& line);

}  // namespace decree::sim
