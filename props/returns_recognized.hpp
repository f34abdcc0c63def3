#pragma once

#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// What a node that started with something on its disk was told since, of who it is.
struct Standing {
    bool unrecognized{};                ///< It was there before, and no quorum has recognized it.
    std::vector<NodeId> recognized_by;  ///< In this life.
    std::optional<NodeId> refused_by;   ///< Somebody has seen more of it than it has.
    Incarnation incarnation;            ///< Of this life, as it shows it; 0: not yet.
    std::uint64_t life{};
};

/// ReturnsRecognized: who was there before votes, promises and confirms nothing before a quorum of
/// the voters that it knows, itself included, has seen no more of it than it has; and says nothing
/// at all once somebody has seen more. DECREE core/node/returning.cpp.
[[nodiscard]] std::optional<Violation> returns_recognized(NodeId node, const Standing& standing,
                                                          const Message& message);

/// `node` shows `shown`, and durable at it is what lies below `durable`.
[[nodiscard]] std::optional<Violation> shows_what_is_durable(NodeId node, const Shown& shown,
                                                             Incarnation incarnation,
                                                             Position durable);

}  // namespace decree::props
