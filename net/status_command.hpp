#pragma once

/// `decree status`: every node of a cluster, in a table or as JSON.

#include "net/cluster_view.hpp"

namespace decree::net {

/// Returns the exit status: 0; 1 when no majority of the voters follows a leader; 2 when no node
/// answers.
[[nodiscard]] int status_command(const Where& where, bool json);

}  // namespace decree::net
