#pragma once

#include <CLI/App.hpp>

#include "net/serve_command.hpp"

namespace decree::net {

/// `decree serve` and its flags; `arguments` must outlive the parse.
CLI::App& add_serve(CLI::App& app, ServeArguments& arguments);

}  // namespace decree::net
