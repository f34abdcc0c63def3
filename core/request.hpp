#pragma once

/// What clients ask for, and the names by which they ask.

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/value.hpp"

namespace decree {

/// Names one request for ever, so that it takes effect at most once however often it is sent.
/// [RAFT-DISS] 6.3. The table that remembers is replicated: `node/request_table.hpp`.
struct RequestId {
    NodeId origin;            ///< Who asks: a client with an identity, or the node that serves it.
    Incarnation incarnation;  ///< Older incarnations of an origin are not executed any more.
    std::uint64_t number{};   ///< 1, 2, ... within the incarnation.
    /// All smaller numbers have been answered and may be forgotten. 1 <= this <= number.
    std::uint64_t lowest_unanswered{};
    bool operator==(const RequestId&) const = default;
};

/// One command for the state machine.
struct Command {
    RequestId id;
    Value payload;  ///< The state machine's own words.
    bool operator==(const Command&) const = default;
};

}  // namespace decree
