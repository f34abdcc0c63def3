#pragma once

/// What a node makes durable.

#include <cstdint>
#include <variant>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/value.hpp"

namespace decree {

/// This start of this node. The first record of a journal, and of each start after.
struct StartedRecord {
    NodeId node;
    Incarnation incarnation;
    bool operator==(const StartedRecord&) const = default;
};

/// No vote below `ballot` from now on. Also what makes a candidate's own round durable.
struct PromiseRecord {
    Ballot ballot;
    bool operator==(const PromiseRecord&) const = default;
};

/// A vote: ballot and value of a slot change together or not at all.
struct VoteRecord {
    Slot slot;
    Ballot ballot;
    Value value;
    bool operator==(const VoteRecord&) const = default;
};

/// `value` is chosen in `slot` (in `ballot`), learned from a peer and not by an own vote.
struct DecidedRecord {
    Slot slot;
    Ballot ballot;
    Value value;
    bool operator==(const DecidedRecord&) const = default;
};

/// The newest record of each slot through here stands for the chosen value.
struct WatermarkRecord {
    Slot through;
    bool operator==(const WatermarkRecord&) const = default;
};

/// The snapshot through here is durable: slots up to it may be missing from the journal, and a
/// recovery that finds no such snapshot (or a newer one) has found damage.
struct SnapshotRecord {
    Slot through;
    bool operator==(const SnapshotRecord&) const = default;
};

/// The cluster's founding record, stored; stands again in each segment. `charter` is its wire form.
struct FoundingRecord {
    std::uint8_t founded{};  ///< 1: all founders have stored it, so the cluster exists. Else 0.
    Value charter;
    bool operator==(const FoundingRecord&) const = default;
};

/// The index is the number on disk: add at the end, never reorder.
using Record = std::variant<StartedRecord, PromiseRecord, VoteRecord, DecidedRecord,
                            WatermarkRecord, SnapshotRecord, FoundingRecord>;

}  // namespace decree
