#pragma once

/// Links to other nodes. What is sent may be lost, as nodes are used to; nothing is kept for a peer
/// that does not take it.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/event.hpp"
#include "core/paxos/message.hpp"
#include "net/address.hpp"
#include "net/file.hpp"
#include "net/handshake.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): its own name.
}

namespace decree::net {

/// Each node dials every other one, and sends over the link that it dialled; over those that others
/// dialled it only listens. Links that break are dialled again, at growing intervals. Who dials
/// says where it wants to be dialled, so a node that has moved is found by all that it finds.
class PeerPort {
public:
    struct Hooks {
        /// A message came, from who the handshake showed it to be.
        std::function<void(Received)> received;
        /// A link to an address was made, and this node is there; it may be this one.
        std::function<void(const std::string& address, NodeId node)> reached;
    };

    PeerPort(boost::asio::io_context& loop, Hooks hooks);
    PeerPort(const PeerPort&) = delete;
    PeerPort& operator=(const PeerPort&) = delete;
    ~PeerPort();

    /// Binds. Nobody is answered before begin().
    [[nodiscard]] Done listen(const Address& address);
    /// Takes and makes connections from now on, as `self`.
    void begin(PeerIdentity self);
    /// From now on there is a link to whoever listens at `address`, whenever that can be.
    void dial(const std::string& address);
    /// The same, for an address where `node` was said to be: given up when it is found elsewhere.
    void dial(const std::string& address, NodeId node);
    /// This node has become a member of the cluster `id`. Links are made anew, since those at their
    /// other ends may be members of another one.
    void become_member(ClusterId id);
    /// Queues a message; dropped when there is no link to that node, or too much waits for it.
    void send(const Envelope& envelope);
    /// Sends what was queued since the last call, in one piece for each peer.
    void flush();
    /// Whether there is a link to that node.
    [[nodiscard]] bool connected(NodeId node) const;
    /// Whether nothing that was queued is left.
    [[nodiscard]] bool all_sent() const;

private:
    struct Port;  // Asio's headers are heavy: they stay in one file.
    std::unique_ptr<Port> port_;
};

}  // namespace decree::net
