#pragma once

/// `decree local N`: a small cluster on this machine, for trying out.

#include <cstdint>
#include <string>

namespace decree::net {

struct LocalArguments {
    std::int64_t nodes = 3;
    std::string data = "./decree-local";
    bool record = false;  ///< Each node, beside its data.
};

/// Runs so many nodes, each a process of its own, until it is told to end. Returns the exit status.
[[nodiscard]] int local_command(const LocalArguments& arguments);

}  // namespace decree::net
