#pragma once

#include "core/options.hpp"

namespace decree::net {

/// Options of a node on a real machine, its identity and its cluster's affairs aside.
[[nodiscard]] Options tuned_options();

}  // namespace decree::net
