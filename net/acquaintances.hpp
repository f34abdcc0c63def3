#pragma once

/// What a node knows of the lives of others, so that of two processes with one identity, on copies
/// of one folder, it listens to one. Pure: it is told what is said on the links.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/ids.hpp"
#include "net/handshake.hpp"

namespace decree::net {

/// What other nodes have last shown of themselves. An identity belongs to one process at a time,
/// and its starts only go up: from a life's first word on, nobody is who shows an earlier start of
/// that node, or the same start in another process.
class Acquaintances {
public:
    /// Why a life is not to be talked to, for a person; empty if there is no reason.
    [[nodiscard]] std::string objection(const Life& life) const;
    /// It says something; `binding`: what others may build on, and would be wronged if it was
    /// forgotten. REQUIRES: no objection when it introduced itself, and nobody else since.
    void heard(const Life& life, bool binding);
    /// The core has refused what calls itself by this start, as one that has seen less: unless
    /// others may have built on what it said, it is as if nobody had heard it.
    void disowned(NodeId node, std::uint64_t start);

private:
    struct Known {
        Life last;                   // That said something.
        std::optional<Life> before;  // Who that was earlier; again, if `last` is disowned.
        bool bound = false;          // `last` cannot be disowned any more.
    };
    std::map<NodeId, Known> known_;
};

}  // namespace decree::net
