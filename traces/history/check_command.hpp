#pragma once

/// decree-trace check-history.

#include <string>

namespace decree::traces {

/// What a command ends with.
struct CommandEnd {
    int status{};
    std::string out;    ///< For standard output.
    std::string error;  ///< One line for standard error, without who speaks; empty: none.
};

/// Reads a history and judges it: 0 linearizable, 1 not, 2 no verdict.
[[nodiscard]] CommandEnd check_history_command(const std::string& file, const std::string& model,
                                               bool json);

}  // namespace decree::traces
