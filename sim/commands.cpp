#include "sim/commands.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/value.hpp"
#include "sim/arguments.hpp"
#include "sim/choice_file.hpp"
#include "sim/command_parts.hpp"
#include "sim/crash.hpp"
#include "sim/failure.hpp"
#include "sim/output.hpp"
#include "sim/progress.hpp"
#include "traces/file.hpp"
#include "traces/format.hpp"
#include "traces/interrupt.hpp"
#include "traces/replay.hpp"

namespace decree::sim {

namespace {

using traces::interrupted;
using traces::watch_for_interrupts;

void tell(const props::Violation& violation) {
    fmt::print("VIOLATION of {}: {}\n  same bugs have: {}\n", violation.property, violation.details,
               violation.signature);
}

// -o names the scenario; all else goes beside it, and must not get its name.
Written check_names(const ShrinkArguments& arguments) {
    if (!arguments.out) return {};
    if (arguments.out->empty()) return std::unexpected("-o: name a file, not nothing");
    std::error_code ignored;
    const bool other = std::filesystem::exists(*arguments.out, ignored) &&
                       !std::filesystem::is_regular_file(*arguments.out, ignored);
    if (other) {
        return std::unexpected(fmt::format(
            "-o {}: that is no file, and others are to be written beside it; name it as "
            "small.scn",
            shell_word(*arguments.out)));
    }
    const std::string extension = std::filesystem::path(*arguments.out).extension().string();
    for (const std::string_view taken : {".trace", ".txt", ".svg", ".dot", ".summary"}) {
        if (extension != taken) continue;
        return std::unexpected(
            fmt::format("-o {}: that name is for another of the files beside the "
                        "scenario; name it as small.scn",
                        shell_word(*arguments.out)));
    }
    return {};
}

FailureNames names_of(const ShrinkArguments& arguments, const std::string& usual) {
    if (!arguments.out) return {.choices = usual, .scenario = ""};
    std::filesystem::path choices = *arguments.out;
    if (choices.extension() == ".choices") return {.choices = *arguments.out, .scenario = ""};
    choices.replace_extension(".choices");
    return {.choices = choices.string(), .scenario = *arguments.out};
}

// The verdict of a run.
int judge(const std::optional<props::Violation>& violation) {
    if (!violation) {
        fmt::print("no violation\n");
        return after_telling(fine);
    }
    tell(*violation);
    return after_telling(does_not_hold);
}

int replay_choices(const std::string& name, const std::string& text) {
    const auto file = read_choices(text);
    if (!file) {
        return refuse(fmt::format("{} is no file of choices: at byte {} there should be {}", name,
                                  file.error().offset, file.error().what));
    }
    auto profile = find_profile(file->profile);
    if (!profile) return refuse(fmt::format("{}: {}", name, profile.error()));
    if (file->nodes > profile->max_nodes) {
        return refuse(fmt::format("{}: {} nodes are too many; write at most {}", name, file->nodes,
                                  profile->max_nodes));
    }
    if (file->nodes != 0) profile->nodes = static_cast<std::uint32_t>(file->nodes);
    const NamedRun named("the run of " + name, how_to_replay(name));
    const RunResult result = run_twice(run, [&file] { return Choices::from_record(file->record); },
                                       {.profile = *profile});
    fmt::print("{}: profile {}, {} choices; made again in the world: {} events, digest {:016x}\n",
               name, file->profile, with_commas(size_of(file->record).choices),
               with_commas(result.statistics.events), result.digest);
    return judge(result.violation);
}

int replay_trace(const std::string& name, const std::string& text) {
    const Bytes bytes = as_bytes(text);
    const auto trace = traces::Trace::read({bytes.begin(), bytes.end()});
    if (!trace) {
        return refuse(fmt::format("{} is neither a trace nor a file of choices: at byte {}: {}",
                                  name, trace.error().offset, trace.error().what));
    }
    const NamedRun named("the run of " + name, how_to_replay(name));
    if (const auto difference = traces::replay_check(*trace)) {
        fmt::print("{}: {}\n", name, traces::say(*difference));
        return after_telling(does_not_hold);
    }
    fmt::print("{}: profile {}, seed {}; {} steps executed again, bit for bit, digest {:016x}\n",
               name, trace->header().profile, trace->header().seed, with_commas(trace->end().steps),
               trace->end().digest);
    return judge(trace->violation());
}

}  // namespace

int refuse(const std::string& line) {
    fmt::print(stderr, "decree-sim: {}\n", line);
    return wrong_usage;
}

int after_telling(int status) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    return refuse(traces::file_failure("write to", "standard output", errno));
}

Parsed<Profile> read_profile(const RunArguments& arguments) {
    auto profile = find_profile(arguments.profile.value_or(std::string(profile_names.front())));
    if (!profile) return std::unexpected("--profile: " + profile.error());
    if (!arguments.nodes) return *profile;
    const auto nodes = parse_number("--nodes", *arguments.nodes, 1, profile->max_nodes);
    if (!nodes) return std::unexpected(nodes.error());
    profile->nodes = static_cast<std::uint32_t>(*nodes);
    return *profile;
}

FailureBudget failure_budget(std::uint64_t runs, std::uint64_t milliseconds) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point now = Clock::now();
    const auto until = [now, runs](std::uint64_t ms) {
        const Clock::time_point end = now + std::chrono::milliseconds(ms);
        return ShrinkBudget{.runs = runs,
                            .spent = [end] { return interrupted() || Clock::now() >= end; }};
    };
    return {.choices = until(milliseconds / 5 * 3),
            .scenario = {.search = until(milliseconds / 5 * 4), .whole = until(milliseconds)}};
}

int replay_command(const std::string& file) {
    const auto text = read_file(file, {traces::trace_magic, "decree-choices "});
    if (!text) return refuse(text.error());
    return looks_like_choices(*text) ? replay_choices(file, *text) : replay_trace(file, *text);
}

int shrink_command(const ShrinkArguments& arguments) {
    const auto profile = read_profile(arguments.run);
    if (!profile) return refuse(profile.error());
    const auto seed = parse_number("--seed", arguments.seed, 0, last_seed);
    if (!seed) return refuse(seed.error());
    const auto time = parse_duration("--time", arguments.time.value_or(shrink_time));
    if (!time) return refuse(time.error());
    const auto runs = parse_number("--runs", arguments.runs.value_or("10000000"), 1, 1'000'000'000);
    if (!runs) return refuse(runs.error());
    if (const Written named = check_names(arguments); !named) return refuse(named.error());
    const std::string folder =
        arguments.out ? std::filesystem::path(*arguments.out).parent_path().string() : default_out;
    if (const Written checked = check_folder(folder.empty() ? "." : folder); !checked) {
        return refuse(checked.error());
    }

    watch_for_interrupts();
    const FailureBudget budget = failure_budget(*runs, *time);
    auto failure = shrink_seed(run, *profile, *seed, budget.choices);
    if (!failure) {
        fmt::print("profile {}, seed {}: the run does not fail, so there is nothing to shrink\n",
                   profile->name, *seed);
        return after_telling(does_not_hold);
    }
    retell(run, *profile, *failure, budget.scenario);
    fmt::print("{}", say(*failure));
    const auto files = write_failure(run, *profile, *failure,
                                     names_of(arguments, name_in(folder, profile->name, *seed)));
    if (!files) return refuse(files.error());
    for (const std::string& path : files->paths) fmt::print("  {}\n", path);
    fmt::print("{}\n", files->reproduce);
    return after_telling(fine);
}

int record_command(const RecordArguments& arguments) {
    const auto profile = read_profile(arguments.run);
    if (!profile) return refuse(profile.error());
    const auto seed = parse_number("--seed", arguments.seed, 0, last_seed);
    if (!seed) return refuse(seed.error());
    ByteBuffer trace;
    const RunResult result = record_run(run, *profile, *seed, trace);
    if (arguments.out == "-") {
        fmt::print("{}", as_text(trace));
        if (result.violation) {
            fmt::print(stderr, "VIOLATION of {}: {}\n", result.violation->property,
                       result.violation->details);
        }
        return after_telling(result.violation ? does_not_hold : fine);
    }
    const Written written = write_file(arguments.out, as_text(trace));
    if (!written) return refuse(written.error());
    fmt::print("{}: the run of seed {}, profile {}\n", arguments.out, *seed, profile->name);
    return judge(result.violation);
}

int digest_command(const DigestArguments& arguments) {
    const auto profile = read_profile(arguments.run);
    if (!profile) return refuse(profile.error());
    const auto seeds = parse_seeds(arguments.seeds);
    if (!seeds) return refuse(seeds.error());
    watch_for_interrupts();
    const SeedList list(*seeds, {});
    for (std::uint64_t i = 0; i < list.size() && !interrupted(); ++i) {
        const NamedRun named = name_seed(*profile, list[i]);
        Choices choices = Choices::from_seed(list[i]);
        const RunResult result = run_safely(run, choices, {.profile = *profile});
        fmt::print("{} {} {:016x}{}\n", profile->name, list[i], result.digest,
                   result.violation ? " " + result.violation->property : "");
    }
    return after_telling(fine);
}

}  // namespace decree::sim
