#pragma once

/// How many files and connections this process may have open.

#include <cstddef>

namespace decree::net {

/// Raises the limit as far as the system lets it; returns it. What disks need must never be what
/// connections have taken: a node that cannot open a file stops.
[[nodiscard]] std::size_t raise_descriptor_limit();

/// What the journal, snapshots, peers and the loop need, and peers that have not introduced
/// themselves (peer_port.cpp).
inline constexpr std::size_t own_descriptors = 192;

}  // namespace decree::net
