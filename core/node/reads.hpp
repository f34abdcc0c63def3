#pragma once

/// Linearizable reads on their way. [RAFT-DISS] 6.4, with a quorum of the first slot not known
/// chosen: whoever could choose there in a higher ballot needs a promise of one of its members.

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/ring.hpp"
#include "core/value.hpp"

namespace decree {

/// A client's read at this node.
struct ClientRead {
    ClientId client;
    std::uint64_t tag{};
    Value query;
    bool operator==(const ClientRead&) const = default;
};

/// Another node's question for a read point.
struct PeerRead {
    NodeId node;
    std::uint64_t id{};
    bool operator==(const PeerRead&) const = default;
};

/// Reads that share a round, at the leader.
struct ReadRound {
    Round round;
    std::vector<ClientRead> clients;
    std::vector<PeerRead> peers;
    bool operator==(const ReadRound&) const = default;
};

/// Reads that share a question to the leader, or its answer, at another node.
struct AskedReads {
    std::uint64_t id{};  ///< Of the question. Unique among all that this node ever asked.
    NodeId to;           ///< Whom, the last time.
    Time asked;          ///< The last time.
    Slot point;          ///< From the answer.
    std::vector<ClientRead> clients;
    std::vector<PeerRead> peers;  ///< Of nodes that do not hear the leader: told what it answers.
    bool operator==(const AskedReads&) const = default;
};

/// Where a node's reads stand. They move on in groups; each group is answered as one.
struct Reads {
    std::vector<ClientRead> gathering;      ///< Arrived; belong to no round and no question yet.
    std::vector<PeerRead> gathering_peers;  ///< The same, of other nodes; at most one of each.
    Ring<ReadRound> rounds;         ///< Begun, ascending. Leader only; at most one unconfirmed
                                    ///< beyond those that ride on Accepts.
    std::vector<AskedReads> asked;  ///< At most one question is open.
    Ring<AskedReads> pointed;       ///< Have their point; wait until it is applied. None is empty.
    Ring<ClientRead> due;  ///< May be answered: in this step (turn), or if that is much, later.
    std::uint64_t questions{};  ///< Asked since this start.
    bool operator==(const Reads&) const = default;

    [[nodiscard]] std::size_t size() const;
    void remove_client(ClientId client);
};

}  // namespace decree
