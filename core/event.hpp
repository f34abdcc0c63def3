#pragma once

/// What can happen to a node. Nothing else influences it.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/directed.hpp"
#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "core/request.hpp"

namespace decree {

/// A peer's message arrived.
struct Received {
    NodeId from;
    Message message;
    bool operator==(const Received&) const = default;
};

/// Nothing but the time. Needed no later than `Node::deadline()`; harmless at any other time.
struct TimePassed {
    bool operator==(const TimePassed&) const = default;
};

/// The journal is durable up to here. Comes in any steps, never going back.
struct Durable {
    Position position;
    bool operator==(const Durable&) const = default;
};

/// The snapshot whose commit stood in the effects is durable, whole.
struct SnapshotStored {
    Slot through;
    bool operator==(const SnapshotStored&) const = default;
};

/// A client asks for a command to be executed. Without an id the node is the origin, and gives one.
struct Requested {
    ClientId client;
    std::optional<RequestId> id;
    std::uint64_t tag{};  ///< The client's own name for the question; comes back in the reply.
    Value payload;
    bool operator==(const Requested&) const = default;
};

/// A client asks to read the state machine, linearizably, or as this node has it now.
struct ReadRequested {
    ClientId client;
    std::uint64_t tag{};
    bool local{};  ///< Possibly stale, asked for by name.
    Value query;
    bool operator==(const ReadRequested&) const = default;
};

/// A client went away: nothing more is to be said to it.
struct ClientGone {
    ClientId client;
    bool operator==(const ClientGone&) const = default;
};

/// Somebody wants another node to lead. Nothing happens unless this node leads and `to` votes.
struct HandoverRequested {
    NodeId to;
    bool operator==(const HandoverRequested&) const = default;
};

/// A node answered at an address that the driver was told to look at: one of a list of founders, or
/// of members to join. A node learns so which address is its own. Said at each new connection.
struct Reached {
    std::string address;
    NodeId node;
    bool operator==(const Reached&) const = default;
};

/// Somebody directs the node to do now what it might do of itself.
struct Directed {
    Direction what;
    bool operator==(const Directed&) const = default;
};

/// One thing that happens. `now` never goes back.
struct Event {
    Time now;
    std::variant<Received, TimePassed, Durable, SnapshotStored, Requested, ReadRequested,
                 ClientGone, HandoverRequested, Directed, Reached>
        what;
    bool operator==(const Event&) const = default;
};

}  // namespace decree
