/// decree-sim run.

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "core/value.hpp"
#include "sim/arguments.hpp"
#include "sim/command_parts.hpp"
#include "sim/commands.hpp"
#include "sim/crash.hpp"
#include "sim/output.hpp"
#include "sim/scenario/by_hand.hpp"
#include "sim/scenario/hand.hpp"
#include "sim/scenario/parse.hpp"
#include "sim/scenario/timed.hpp"

namespace decree::sim {

namespace {

traces::RunHeader header_of(const scenario::Scenario& read, std::uint64_t seed,
                            const std::string& file) {
    return {.settings = scenario::settings_of(read.setup),
            .store = {},
            .seed = seed,
            .profile = "scenario",
            .title = read.title.empty() ? file : read.title};
}

// The trace, to where it is to go: "-" is standard output, and what else is said goes to the other.
Written put_trace(const std::string& where, const ByteBuffer& bytes, const std::string& said) {
    if (where != "-") {
        Written written = write_file(where, as_text(bytes));
        if (written) fmt::print("{}", said);
        return written;
    }
    fmt::print("{}", as_text(bytes));
    fmt::print(stderr, "{}", said);
    return {};
}

std::optional<props::Violation> first_of(const std::vector<props::Violation>& violations) {
    if (violations.empty()) return std::nullopt;
    return violations.front();
}

}  // namespace

int run_command(const RunScenarioArguments& arguments) {
    const auto text = read_file(arguments.file);
    if (!text) return refuse(text.error());
    const auto read = scenario::parse(*text);
    if (!read) {
        return refuse(
            fmt::format("{}:{}: {}", arguments.file, read.error().line, read.error().what));
    }
    std::uint64_t seed = read->setup.timed.seed.value_or(0);
    if (arguments.seed) {
        const auto number = parse_number("--seed", *arguments.seed, 0, last_seed);
        if (!number) return refuse(number.error());
        seed = *number;
    }
    if (const auto bad = check_timed(*read)) {
        return refuse(fmt::format("{}:{}: {}", arguments.file, bad->line, bad->what));
    }
    const NamedRun named("the run of " + arguments.file,
                         "decree-sim run " + shell_word(arguments.file));
    std::optional<traces::Recorder> recorder;
    if (arguments.trace) recorder.emplace(header_of(*read, seed, arguments.file));
    const auto way = read->is_timed() ? scenario::run_timed : scenario::run_by_hand;
    const scenario::Report report = way(*read, seed, recorder ? &*recorder : nullptr);
    if (report.ending == scenario::Ending::Impossible) {
        return refuse(fmt::format("{}: {}", place_of(report, arguments.file), report.why));
    }
    const std::string said = arguments.json ? to_json(report, *read, arguments.file)
                                            : say(report, *read, arguments.file);
    if (!recorder) {
        fmt::print("{}", said);
        return after_telling(status_of(report));
    }
    const ByteBuffer bytes = recorder->finish(first_of(report.violations));
    if (const Written written = put_trace(*arguments.trace, bytes, said); !written) {
        return refuse(written.error());
    }
    return after_telling(status_of(report));
}

}  // namespace decree::sim
