#pragma once

/// A seed that fails: its run is made small, and written down so that anybody can look at it.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "props/violation.hpp"
#include "sim/choice_file.hpp"
#include "sim/runner.hpp"
#include "sim/scenario/retell.hpp"
#include "sim/shrink.hpp"

namespace decree::sim {

/// A failing run as small as it became.
struct SmallFailure {
    ChoiceFile choices;          ///< Makes the small run.
    props::Violation violation;  ///< Of the small run; the signature is that of the seed's.
    RecordSize size_before;
    RecordSize size_after;
    std::uint64_t events_before{};
    std::uint64_t events_after{};
    std::uint64_t runs{};  ///< That shrinking took.
    bool complete{};       ///< Else the budget was spent before it could not get smaller.
    std::string scenario;  ///< That breaks the same property, or another; "": none was found.
    std::string scenario_property;
    std::size_t scenario_lines{};
    bool scenario_timed{};
    std::uint64_t scenario_runs{};  ///< That looking for it took.
};

/// Shrinks the run of `seed`; nothing if it does not fail. Only runs that fail with the same
/// signature count (another bug that shows up on the way is another bug), and with no more events.
[[nodiscard]] std::optional<SmallFailure> shrink_seed(const Runner& runner, const Profile& profile,
                                                      std::uint64_t seed,
                                                      const ShrinkBudget& budget);

/// Looks for a scenario that breaks what the small run broke: see scenario/retell.hpp.
void retell(const Runner& runner, const Profile& profile, SmallFailure& failure,
            const scenario::RetellBudget& budget);

/// Makes the run of a file of choices; with `trace`, its trace, too.
[[nodiscard]] RunResult run_choices(const Runner& runner, const Profile& profile,
                                    const ChoiceFile& file, ByteBuffer* trace);

/// Makes the run of a seed, and its trace, whatever comes of it.
[[nodiscard]] RunResult record_run(const Runner& runner, const Profile& profile, std::uint64_t seed,
                                   ByteBuffer& trace);
/// The trace only.
[[nodiscard]] ByteBuffer record_seed(const Runner& runner, const Profile& profile,
                                     std::uint64_t seed);

/// What stands on disk of a failure.
struct FailureFiles {
    std::vector<std::string> paths;
    std::string reproduce;  ///< The command that makes the run again.
};

/// FOLDER/PROFILE-SEED.choices.
[[nodiscard]] std::string name_in(const std::string& folder, const std::string& profile,
                                  std::uint64_t seed);

/// The command that makes the run of this file of choices again.
[[nodiscard]] std::string how_to_replay(const std::string& name);

/// Where the files of a failure go: the others beside the choices, with other suffixes.
struct FailureNames {
    std::string choices;   ///< FOLDER/X.choices
    std::string scenario;  ///< "": FOLDER/X.scn
};

/// Writes the choices, and beside them: .scn (the scenario, if there is one), .trace, .txt (the run
/// in words), .svg (or .dot without Graphviz), .summary. All of them, or none and a line that says
/// why.
[[nodiscard]] std::expected<FailureFiles, std::string> write_failure(const Runner& runner,
                                                                     const Profile& profile,
                                                                     const SmallFailure& failure,
                                                                     const FailureNames& names);

/// For a person: what failed, and how small it became.
[[nodiscard]] std::string say(const SmallFailure& failure);

}  // namespace decree::sim
