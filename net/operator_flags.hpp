#pragma once

/// The commands of whoever runs a cluster, as they stand on the command line.

#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "net/members_command.hpp"

namespace decree::net {

struct OperatorArguments {
    MembersArguments members;
    std::string data;  ///< Of check-data.
    bool json = false;
};

/// Adds them; `arguments` must outlive the parse.
void add_operator_commands(CLI::App& app, OperatorArguments& arguments);

/// Runs that which was parsed, if it was one of them: its exit status. The rest: the client's
/// options.
[[nodiscard]] std::optional<int> run_operator_command(const CLI::App& app,
                                                      const OperatorArguments& arguments,
                                                      const std::string& uri,
                                                      const std::string& boot_uri,
                                                      const std::string& timeout);

}  // namespace decree::net
