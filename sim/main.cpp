#include <string>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>

#include "sim/commands.hpp"
#include "sim/crash.hpp"
#include "sim/profile.hpp"
#include "traces/file.hpp"

namespace {

using namespace decree::sim;

void add_run_options(CLI::App& command, RunArguments& arguments) {
    std::string names;
    for (const std::string_view name : profile_names) names += " " + std::string(name);
    command.add_option("--profile", arguments.profile, "Which faults; one of" + names)
        ->type_name("NAME");
    command
        .add_option("--nodes", arguments.nodes, "So many voters, not a different number each run")
        ->type_name("N");
}

CLI::App& add_fuzz(CLI::App& app, FuzzArguments& arguments) {
    CLI::App& command = *app.add_subcommand("fuzz", "Make many runs under faults, check each step");
    add_run_options(command, arguments.run);
    command.add_option("--seeds", arguments.seeds, "How many, or the first and the last")
        ->type_name("N|A..B");
    command
        .add_option("--time", arguments.time, "Begin no run after so long (60s without --seeds)")
        ->type_name("60s");
    command.add_option("--jobs", arguments.jobs, "Threads (as many as there are cores)")
        ->type_name("J");
    command.add_option("--shard", arguments.shard, "Only part I of N of the seeds")
        ->type_name("I/N");
    command
        .add_option("--out", arguments.out,
                    "Where failures go (./decree-failures); given, progress is kept there, "
                    "and the same command goes on")
        ->type_name("DIR");
    command.add_flag("--keep-going", arguments.keep_going, "Do not stop at the first violation");
    command.add_flag("--json", arguments.json, "Print the report as JSON");
    return command;
}

CLI::App& add_run(CLI::App& app, RunScenarioArguments& arguments) {
    CLI::App& command = *app.add_subcommand("run", "Run a scenario: what it says, line by line");
    command.add_option("SCENARIO", arguments.file, "A text: see sim/scenario/README.md")
        ->required()
        ->type_name("");
    command.add_option("--seed", arguments.seed, "Where chance comes from (the file's, or 0)")
        ->type_name("S");
    command
        .add_option("--trace", arguments.trace,
                    "Where the trace of the run goes (-: to standard output)")
        ->type_name("FILE");
    command.add_flag("--json", arguments.json, "Print the report as JSON");
    return command;
}

CLI::App& add_replay(CLI::App& app, std::string& file) {
    CLI::App& command =
        *app.add_subcommand("replay", "Make a run again, from its trace or its choices");
    command.add_option("FILE", file, "A trace, or a file of choices")->required()->type_name("");
    return command;
}

CLI::App& add_shrink(CLI::App& app, ShrinkArguments& arguments) {
    CLI::App& command = *app.add_subcommand("shrink", "Make the failing run of one seed small");
    add_run_options(command, arguments.run);
    command.add_option("--seed", arguments.seed, "The seed")->required()->type_name("S");
    command.add_option("--time", arguments.time, "At most so long (60s)")->type_name("60s");
    command.add_option("--runs", arguments.runs, "At most so many runs")->type_name("N");
    command.add_option("-o", arguments.out, "Where the scenario goes; all else is put beside it")
        ->type_name("FILE");
    return command;
}

CLI::App& add_record(CLI::App& app, RecordArguments& arguments) {
    CLI::App& command = *app.add_subcommand("record", "Write the trace of one seed's run");
    add_run_options(command, arguments.run);
    command.add_option("--seed", arguments.seed, "The seed")->required()->type_name("S");
    command.add_option("-o", arguments.out, "Where the trace goes")->required()->type_name("FILE");
    return command;
}

CLI::App& add_digest(CLI::App& app, DigestArguments& arguments) {
    CLI::App& command =
        *app.add_subcommand("digest", "Print the digest of each run: the same on every machine");
    add_run_options(command, arguments.run);
    command.add_option("--seeds", arguments.seeds, "How many, or the first and the last")
        ->required()
        ->type_name("N|A..B");
    return command;
}

CLI::App& add_bench(CLI::App& app, bool& json) {
    CLI::App& command = *app.add_subcommand("bench", "Measure how fast all this is");
    command.add_flag("--json", json, "Print the figures as JSON");
    return command;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Runs a consensus cluster in a world of faults, and checks what must hold."};
    app.name("decree-sim");
    app.require_subcommand(1);
    FuzzArguments fuzz_arguments;
    RunScenarioArguments run_arguments;
    std::string replay_file;
    ShrinkArguments shrink_arguments;
    RecordArguments record_arguments;
    DigestArguments digest_arguments;
    bool bench_json = false;
    const CLI::App& fuzz = add_fuzz(app, fuzz_arguments);
    const CLI::App& run = add_run(app, run_arguments);
    const CLI::App& replay = add_replay(app, replay_file);
    const CLI::App& shrink = add_shrink(app, shrink_arguments);
    const CLI::App& record = add_record(app, record_arguments);
    const CLI::App& digest = add_digest(app, digest_arguments);
    add_bench(app, bench_json);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        const bool unknown = argc > 1 && argv[1][0] != '-' && app.get_subcommands().empty();
        const std::string what =
            unknown ? "there is no command \"" + std::string(argv[1]) + '"' : error.what();
        return refuse(what + "; decree-sim --help says what there is");
    }
    watch_for_crashes();
    try {
        if (fuzz.parsed()) return fuzz_command(fuzz_arguments);
        if (run.parsed()) return run_command(run_arguments);
        if (replay.parsed()) return replay_command(replay_file);
        if (shrink.parsed()) return shrink_command(shrink_arguments);
        if (record.parsed()) return record_command(record_arguments);
        if (digest.parsed()) return digest_command(digest_arguments);
        return bench_command(bench_json);
    } catch (const std::system_error& error) {  // What is told goes nowhere.
        return refuse(
            decree::traces::file_failure("write to", "standard output", error.code().value()));
    }
}
