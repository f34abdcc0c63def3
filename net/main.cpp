#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "net/bench/bench_command.hpp"
#include "net/client_command.hpp"
#include "net/local_command.hpp"
#include "net/operator_flags.hpp"
#include "net/serve_command.hpp"
#include "net/serve_flags.hpp"
#include "net/standard_streams.hpp"
#include "traces/format.hpp"

// To jemalloc, where it is linked: one loop makes nearly everything, so one arena will do; and what
// a crowd of clients took goes back to the system when they go.
extern "C" const char* const malloc_conf;  // NOLINT(readability-identifier-naming): its own name.
const char* const malloc_conf = "narenas:1,oversize_threshold:262144,dirty_decay_ms:1000";

namespace {

using namespace decree::net;

// Doozer's status for a command that is missing or not known.
constexpr int no_such_command = 127;

// Doozer's options may stand before the verb and behind it.
void add_client(CLI::App& app, ClientArguments& arguments) {
    app.add_option("-a", arguments.uri, "Of the client: where the cluster is")
        ->envname("DOOZER_URI")
        ->type_name("URI");
    app.add_option("-b", arguments.boot_uri, "Of the client: the cluster that knows where it is")
        ->envname("DOOZER_BOOT_URI")
        ->type_name("URI");
    app.add_option("-r,--rev", arguments.rev,
                   "Of find, get, ls, stat, wait, watch: the revision (current)")
        ->type_name("REV");
    app.add_option("-t", arguments.wait_time, "Of wait, lock: give up after so long (0: never)")
        ->type_name("TIME");
    app.add_option("--timeout", arguments.timeout,
                   "Of the client: how long any answer may take, an event's aside (30s)")
        ->type_name("TIME");
    app.add_option("--ttl", arguments.ttl,
                   "Of lock: without a sign of life for so long the lock is lost (10s)")
        ->type_name("TIME");
    app.add_flag("--local", arguments.local,
                 "Of reads: what the node that answers has now, possibly stale");
    app.add_flag("--json", arguments.json, "Of the client: print JSON");
    for (const ClientVerb& verb : client_verbs()) {
        CLI::App& command = *app.add_subcommand(std::string(verb.name), std::string(verb.summary));
        command.fallthrough();
        command.add_option("ARGUMENTS", arguments.rest, std::string(verb.arguments))
            ->expected(0, -1)
            ->type_name("");
    }
}

// It shares the client's options.
CLI::App& add_bench(CLI::App& app, BenchArguments& arguments) {
    CLI::App& command = *app.add_subcommand("bench", "Measure how fast a running cluster answers.");
    command.fallthrough();
    command.add_option("--connections", arguments.connections, "Spread over all addresses (1)")
        ->type_name("N");
    command.add_option("--in-flight", arguments.in_flight, "Open requests of each connection (1)")
        ->type_name("N");
    command
        .add_option("--rate", arguments.rate,
                    "Requests a second in all, whatever is answered (0: each connection goes on "
                    "when it is answered)")
        ->type_name("N");
    command.add_option("--value-size", arguments.value_size, "Bytes of each file (256)")
        ->type_name("N");
    command.add_option("--keys", arguments.keys, "Files below /bench (1000)")->type_name("N");
    command.add_flag("--writes", arguments.writes, "Set files; with --reads, too, by turns");
    command.add_flag("--reads", arguments.reads, "Get files, linearizably, instead");
    command.add_option("--time", arguments.time, "How long to measure (5s)")->type_name("TIME");
    command.add_option("--warm-up", arguments.warm_up, "How long not to, before (500ms)")
        ->type_name("TIME");
    command
        .add_option("--servers", arguments.servers,
                    "Process ids of the nodes, if they are here: tells their processor time, too")
        ->delimiter(',')
        ->type_name("PID,...");
    command.add_flag("--json", arguments.json, "Report for a program");
    return command;
}

CLI::App& add_local(CLI::App& app, LocalArguments& arguments) {
    CLI::App& command =
        *app.add_subcommand("local", "Run a small cluster on this machine, for trying out.");
    command.add_option("N", arguments.nodes, "How many nodes (3)")->type_name("");
    command.add_option("--data", arguments.data, "The folder for all of it (./decree-local)")
        ->type_name("DIR");
    command.add_flag("--record", arguments.record,
                     "Record each node in DIR/nodeI.trace: see decree-trace join");
    return command;
}

// What stands behind "--" after `lock` is a command line of its own: nothing in it is ours.
std::vector<std::string> take_foreign(int& argc, char** argv) {
    const std::vector<std::string> all(argv, argv + argc);
    const auto mark = std::find(all.begin(), all.end(), "--");
    if (std::find(all.begin(), mark, "lock") == mark || mark == all.end()) return {};
    argc = static_cast<int>(mark - all.begin());
    return {mark + 1, all.end()};
}

// Doozer's server takes `-hist 10`, which would be read here as `-h -i -s -t`: asking for help is
// not what a unit file means that was taken over.
std::optional<std::string> doozers_option(int argc, char** argv) {
    const std::vector<std::string> all(argv, argv + argc);
    const auto serve = std::find(all.begin(), all.end(), "serve");
    const auto found = std::find_if(serve, all.end(), [](const std::string& word) {
        return word.size() > 2 && word[0] == '-' && word[1] != '-';
    });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

const ClientVerb* find_verb(std::string_view name) {
    const auto verbs = client_verbs();
    const auto found = std::find_if(verbs.begin(), verbs.end(),
                                    [&](const ClientVerb& verb) { return verb.name == name; });
    return found == verbs.end() ? nullptr : &*found;
}

int help(const CLI::App& app, const std::string& topic) {
    const ClientVerb* const verb = find_verb(topic);
    const auto named =
        app.get_subcommands([&](const CLI::App* command) { return command->get_name() == topic; });
    if (named.empty() && !topic.empty()) {
        print_error(fmt::format(
            "decree help: no command is called '{}'; decree --help lists them\n", topic));
        return 2;
    }
    if (verb != nullptr) {
        print(client_usage(*verb));
    } else {
        print(named.empty() ? app.help() : named.front()->help());
    }
    return 0;
}

// --help, or --version.
int show(const CLI::App& app, const CLI::Success& asked) {
    std::ostringstream text;
    const int status = app.exit(asked, text, text);
    print(text.str());
    return status;
}

// CLI11 speaks of numbers where an option was given too often.
std::string in_words(const CLI::ParseError& error) {
    std::string what = error.what();
    const std::size_t too_often = what.find(": At Most 1 required");
    if (too_often == std::string::npos) return what;
    return what.substr(0, too_often) + " is given more than once";
}

// CLI11 says of a text that is no number only that it cannot convert it; no other texts are.
std::optional<std::string> bad_number(const CLI::App& app, const std::string& what) {
    constexpr std::string_view begin = "Could not convert: ";
    constexpr std::string_view is = " = ";
    const std::size_t mark = what.find(is);
    const auto commands = app.get_subcommands();
    if (!what.starts_with(begin) || mark == std::string::npos || commands.empty()) {
        return std::nullopt;
    }
    const std::string name = what.substr(begin.size(), mark - begin.size());
    const std::string text = what.substr(mark + is.size());
    const CLI::Option* const option = commands.front()->get_option_no_throw(name);
    std::string_view wanted = "a whole number, digits only";
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
        wanted = "a smaller number";
    } else if (option != nullptr && option->get_type_name() == "SECONDS") {
        wanted = "seconds, as in 0.5";
    }
    return fmt::format("decree {}: {}'{}': write {}\n", commands.front()->get_name(),
                       name.starts_with('-') ? name + " " : "", text, wanted);
}

int refuse(const CLI::App& app, const CLI::ParseError& error) {
    if (const auto number = bad_number(app, error.what())) {
        print_error(*number);
        return 2;
    }
    const bool no_command = app.get_subcommands().empty() && app.remaining_size() == 0;
    const std::vector<std::string> unread = app.remaining();
    const bool unknown = !unread.empty() && !unread.front().starts_with('-');
    if (unknown) {
        print_error(fmt::format("Unknown command: {}\n", unread.front()));
    } else if (error.get_name() == "RequiredError" && no_command) {
        print_error("decree: missing command\n");
    } else if (!unread.empty() && app.get_subcommands().empty()) {
        print_error(fmt::format("decree: unknown option {}; decree --help says what there is\n",
                                unread.front()));
        return 2;
    } else {
        print_error(fmt::format("decree: {}; decree --help says what there is\n", in_words(error)));
        return 2;
    }
    print_error("Use: decree [options] <command> [options] [args]; see decree --help\n");
    return no_such_command;
}

int run(int argc, char** argv) {
    CLI::App app{"A small, consistent, highly available store: server and client.", "decree"};
    app.set_version_flag("-v,--version", "decree " + std::string(decree::traces::program_version));
    app.require_subcommand(1);
    ServeArguments serve_arguments;
    ClientArguments client_arguments;
    std::string topic;
    BenchArguments bench_arguments;
    const CLI::App& serve = add_serve(app, serve_arguments);
    const CLI::App& bench = add_bench(app, bench_arguments);
    LocalArguments local_arguments;
    const CLI::App& local = add_local(app, local_arguments);
    add_client(app, client_arguments);
    OperatorArguments operator_arguments;
    add_operator_commands(app, operator_arguments);
    CLI::App& helps = *app.add_subcommand("help", "Tell more about a command.");
    helps.add_option("COMMAND", topic, "Which")->type_name("");
    const std::vector<std::string> foreign = take_foreign(argc, argv);
    if (const auto option = doozers_option(argc, argv)) {
        print_error(fmt::format("decree: unknown option {}; names begin with two dashes, as -{}\n",
                                *option, *option));
        return 2;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return show(app, asked);
    } catch (const CLI::ParseError& error) {
        return refuse(app, error);
    }
    if (serve.parsed()) return serve_command(serve_arguments);
    if (local.parsed()) return local_command(local_arguments);
    if (helps.parsed()) return help(app, topic);
    if (bench.parsed()) {
        bench_arguments.uri = client_arguments.uri;
        bench_arguments.timeout = client_arguments.timeout;
        return bench_command(bench_arguments);
    }
    operator_arguments.json = operator_arguments.json || client_arguments.json;
    operator_arguments.members.json = operator_arguments.members.json || client_arguments.json;
    const auto status = run_operator_command(app, operator_arguments, client_arguments.uri,
                                             client_arguments.boot_uri, client_arguments.timeout);
    if (status) return *status;
    client_arguments.rest.insert(client_arguments.rest.end(), foreign.begin(), foreign.end());
    client_arguments.verb = app.get_subcommands().front()->get_name();
    return client_command(client_arguments);
}

}  // namespace

int main(int argc, char** argv) {
    if (!occupy_standard_descriptors()) return 2;
    return finish_output(run(argc, argv));
}
