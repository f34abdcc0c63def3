#include "net/operator_flags.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "net/check_data.hpp"
#include "net/duration.hpp"
#include "net/standard_streams.hpp"
#include "net/status_command.hpp"

namespace decree::net {

void add_operator_commands(CLI::App& app, OperatorArguments& arguments) {
    CLI::App& status = *app.add_subcommand("status", "Show how every node of a cluster is.");
    status.fallthrough();
    status.add_flag("--json", arguments.json, "Print JSON");
    CLI::App& members =
        *app.add_subcommand("members", "Show who votes, or change it: see its --help.");
    members.fallthrough();
    members.footer(
        "add [ID]          give node ID a vote; without an ID, make a slot that a learner gets\n"
        "remove ID         take its vote away\n"
        "replace OLD NEW   give the vote of OLD to NEW\n"
        "forget ID         forget a node that has no vote\n"
        "What would leave the cluster without a quorum is refused.");
    members.add_option("WORDS", arguments.members.words, "What to change; nothing: list")
        ->expected(0, -1)
        ->type_name("");
    members.add_flag("--json", arguments.members.json, "Print the list as JSON");
    CLI::App& check = *app.add_subcommand(
        "check-data", "Look into a node's folder, changing nothing: is all there?");
    check.add_option("DIR", arguments.data, "The folder")->required()->type_name("");
    check.add_flag("--json", arguments.json, "Print JSON");
}

std::optional<int> run_operator_command(const CLI::App& app, const OperatorArguments& arguments,
                                        const std::string& uri, const std::string& boot_uri,
                                        const std::string& timeout) {
    if (app.got_subcommand("check-data")) return check_data_command(arguments.data, arguments.json);
    const bool status = app.got_subcommand("status");
    if (!status && !app.got_subcommand("members")) return std::nullopt;
    const auto patience = parse_duration(timeout);
    if (!patience || *patience == 0) {
        print_error(fmt::format(
            "decree: --timeout '{}': write a time with its unit, as in 500ms or 10s\n", timeout));
        return 2;
    }
    const Where where{.uri = uri, .boot = boot_uri, .patience = *patience};
    return status ? status_command(where, arguments.json)
                  : members_command(where, arguments.members);
}

}  // namespace decree::net
