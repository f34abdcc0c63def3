#include "sim/failure.hpp"

#include <filesystem>
#include <functional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/value.hpp"
#include "sim/crash.hpp"
#include "sim/fresh_start.hpp"
#include "sim/output.hpp"
#include "sim/progress.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/shorten.hpp"
#include "sim/shape.hpp"
#include "traces/format.hpp"
#include "traces/recorder.hpp"
#include "traces/render/dot.hpp"
#include "traces/render/graphviz.hpp"
#include "traces/render/text.hpp"

namespace decree::sim {

namespace {

// Of whatever must not be run twice to be found, one run says all.
RunResult run_once_or_twice(const Runner& runner, const std::function<Choices()>& choices,
                            const RunOptions& options, bool twice, ChoiceRecord& read) {
    Choices once = choices();
    once.keep_record();
    RunResult result = run_safely(runner, once, options);
    read = once.record();
    if (twice && !result.violation) result = run_twice(runner, choices, options);
    return result;
}

// Makes the run, and its trace; `again` gives its choices each time.
RunResult run_recorded(const Runner& runner, const Profile& profile, std::uint64_t seed,
                       const std::function<Choices()>& again, ByteBuffer& trace) {
    Choices for_shape = again();
    const Shape shape = draw_shape(for_shape, profile);
    traces::Recorder recorder({.settings = shape.settings,
                               .store = shape.store,
                               .seed = seed,
                               .profile = profile.name,
                               .title = ""});
    Choices choices = again();
    RunResult result = run_safely(runner, choices, {.profile = profile, .recorder = &recorder});
    trace = recorder.finish(result.violation);
    return result;
}

// Files of which all are there in the end, or none.
class FileSet {
public:
    void add(const std::string& path, std::string_view bytes) {
        if (error_) return;
        Written written = make_folder(std::filesystem::path(path).parent_path().string());
        if (written) written = write_file(path, bytes);
        if (written) return add_written(path);
        error_ = written.error();
        for (const std::string& whole : paths_) remove_file(whole);
    }
    // Somebody else wrote it.
    void add_written(const std::string& path) { paths_.push_back(path); }
    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] std::expected<FailureFiles, std::string> all(const std::string& reproduce) const {
        if (error_) return std::unexpected(*error_);
        return FailureFiles{.paths = paths_, .reproduce = reproduce};
    }

private:
    std::vector<std::string> paths_;
    std::optional<std::string> error_;
};

// As SVG, or where Graphviz is missing as DOT. Of what is too large to be drawn, nothing.
void add_diagram(const traces::Trace& trace, const std::string& base, FileSet& files) {
    if (files.failed() || trace.nodes().empty()) return;
    if (traces::render_svg_file(trace, base + ".svg")) {
        files.add_written(base + ".svg");
    } else if (const auto dot = traces::render_dot(trace)) {
        files.add(base + ".dot", *dot);
    }
}

}  // namespace

std::optional<SmallFailure> shrink_seed(const Runner& runner, const Profile& profile,
                                        std::uint64_t seed, const ShrinkBudget& budget) {
    const RunOptions options{.profile = profile};
    const NamedRun named = name_shrinking(profile, seed);
    SmallFailure failure;
    FailingRun start;
    const auto from_seed = [seed] { return Choices::from_seed(seed); };
    start.result = run_once_or_twice(runner, from_seed, options, true, start.record);
    if (!start.result.violation) return std::nullopt;
    const bool twice = start.result.violation->signature == determinism;
    failure.events_before = start.result.statistics.events;
    failure.size_before = size_of(start.record);
    if (!twice) {
        auto fresh = fresh_start(runner, options, start, budget, failure.runs);
        if (fresh) start = *std::move(fresh);
    }
    failure.violation = *start.result.violation;
    failure.events_after = start.result.statistics.events;
    const std::uint64_t most_events = failure.events_after;

    const StillFails still_fails =
        [&](const ChoiceRecord& candidate) -> std::optional<ChoiceRecord> {
        ChoiceRecord read;
        const auto again = [&candidate] { return Choices::from_record(candidate); };
        const RunResult small = run_once_or_twice(runner, again, options, twice, read);
        const bool same =
            small.violation && small.violation->signature == failure.violation.signature;
        // A calmer run that takes longer is no easier to read.
        if (!same || small.statistics.events > most_events) return std::nullopt;
        failure.violation = *small.violation;
        failure.events_after = small.statistics.events;
        return read;
    };
    const ShrinkBudget left{.runs = budget.runs - failure.runs, .spent = budget.spent};
    Shrunk shrunk = shrink(std::move(start.record), still_fails, left);
    failure.size_after = size_of(shrunk.record);
    failure.runs += shrunk.runs;
    failure.complete = shrunk.complete;
    failure.choices = {profile.name, profile.nodes.value_or(0), seed, std::move(shrunk.record)};
    return failure;
}

void retell(const Runner& runner, const Profile& profile, SmallFailure& failure,
            const scenario::RetellBudget& budget) {
    const ChoiceFile& file = failure.choices;
    const NamedRun named = name_shrinking(profile, file.seed);
    ByteBuffer bytes;
    static_cast<void>(run_choices(runner, profile, file, &bytes));
    const auto trace = traces::Trace::read(std::move(bytes));
    if (!trace || trace->nodes().empty()) return;
    if (trace->header().store) return;  // Scenarios have no words for it.
    Choices choices = Choices::from_record(file.record);
    const Shape shape = draw_shape(choices, profile);
    const scenario::Failing failing{
        .trace = *trace,
        .network = draw_weather(choices, profile, shape).network,
        .violation = failure.violation,
        .name = fmt::format("seed {} of profile {}", file.seed, file.profile)};
    const scenario::Retold retold = scenario::retell(failing, budget);
    failure.scenario_runs = retold.runs;
    if (!retold.scenario) return;
    failure.scenario = scenario::to_text(*retold.scenario);
    failure.scenario_property = retold.property;
    failure.scenario_lines = scenario::lines_of(*retold.scenario);
    failure.scenario_timed = retold.scenario->is_timed();
}

RunResult run_choices(const Runner& runner, const Profile& profile, const ChoiceFile& file,
                      ByteBuffer* trace) {
    const auto again = [&file] { return Choices::from_record(file.record); };
    if (trace != nullptr) return run_recorded(runner, profile, file.seed, again, *trace);
    Choices choices = again();
    return run_safely(runner, choices, {.profile = profile});
}

RunResult record_run(const Runner& runner, const Profile& profile, std::uint64_t seed,
                     ByteBuffer& trace) {
    const NamedRun named = name_seed(profile, seed);
    const auto again = [seed] { return Choices::from_seed(seed); };
    return run_recorded(runner, profile, seed, again, trace);
}

ByteBuffer record_seed(const Runner& runner, const Profile& profile, std::uint64_t seed) {
    ByteBuffer trace;
    static_cast<void>(record_run(runner, profile, seed, trace));
    return trace;
}

std::string name_in(const std::string& folder, const std::string& profile, std::uint64_t seed) {
    return fmt::format("{}/{}-{}.choices", folder, profile, seed);
}

std::string how_to_replay(const std::string& name) {
    return "decree-sim replay " + shell_word(name);
}

std::expected<FailureFiles, std::string> write_failure(const Runner& runner, const Profile& profile,
                                                       const SmallFailure& failure,
                                                       const FailureNames& names) {
    const std::filesystem::path path = names.choices;
    const std::string base = (path.parent_path() / path.stem()).string();
    const std::string reproduce = how_to_replay(names.choices);
    const NamedRun named = name_shrinking(profile, failure.choices.seed);
    ByteBuffer trace;
    static_cast<void>(run_choices(runner, profile, failure.choices, &trace));
    FileSet files;
    files.add(names.choices, to_text(failure.choices));
    if (!failure.scenario.empty()) {
        files.add(names.scenario.empty() ? base + ".scn" : names.scenario, failure.scenario);
    }
    files.add(base + ".trace", as_text(trace));
    files.add(base + ".summary", say(failure) + "\nTo make this run again:\n" + reproduce + "\n");
    if (const auto read = traces::Trace::read(std::move(trace))) {
        files.add(base + ".txt", traces::render_text(*read));
        add_diagram(*read, base, files);
    }
    return files.all(reproduce);
}

namespace {

std::string say_scenario(const SmallFailure& failure) {
    const std::string runs = with_commas(failure.scenario_runs);
    if (failure.scenario.empty()) return fmt::format("none was found in {} runs", runs);
    const bool same = failure.scenario_property == failure.violation.property;
    return fmt::format("{} lines, {}, in {} runs{}", failure.scenario_lines,
                       failure.scenario_timed ? "timed" : "by hand", runs,
                       same ? "" : "; it breaks " + failure.scenario_property + " instead");
}

}  // namespace

std::string say(const SmallFailure& failure) {
    const ChoiceFile& choices = failure.choices;
    std::string nodes;
    if (choices.nodes != 0) nodes = fmt::format(", {} nodes", choices.nodes);
    return fmt::format(
        "{}: {}\n"
        "  found with       profile {}, seed {}{}\n"
        "  same bugs have   {}\n"
        "  made small from  {} choices to {}, {} of them not calm\n"
        "  that is          {} events, of {}\n"
        "  in               {} runs{}\n"
        "  as a scenario    {}\n",
        failure.violation.property, failure.violation.details, choices.profile, choices.seed, nodes,
        failure.violation.signature, with_commas(failure.size_before.choices),
        with_commas(failure.size_after.choices), with_commas(failure.size_after.not_calm),
        with_commas(failure.events_after), with_commas(failure.events_before),
        with_commas(failure.runs),
        failure.complete ? "" : "; with more time it may become smaller still",
        say_scenario(failure));
}

}  // namespace decree::sim
