#pragma once

/// What the world did, for whoever looks at a run later. Nothing here is needed to re-execute it.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/value.hpp"

namespace decree::traces {

/// Every envelope of every step's effects, of all nodes, numbered from 0 in order of emission.
using MessageId = std::uint64_t;

/// Why a copy of a message never arrived.
enum class Loss : std::uint8_t {
    Dropped,        ///< By the network.
    Cut,            ///< By a partition, or by a link that is cut.
    ReceiverDown,   ///< It came to a node that was down.
    SenderCrashed,  ///< Its sender crashed before it left.
};

struct MessageLost {
    MessageId message{};
    Loss why{};
    bool operator==(const MessageLost&) const = default;
};
/// A second copy of it is under way.
struct MessageDuplicated {
    MessageId message{};
    bool operator==(const MessageDuplicated&) const = default;
};

/// From now on messages between different groups are lost. A node in several groups hears them all.
struct PartitionBegan {
    std::vector<std::vector<NodeId>> groups;
    bool operator==(const PartitionBegan&) const = default;
};
struct PartitionEnded {
    bool operator==(const PartitionEnded&) const = default;
};

/// One direction of one link.
struct LinkCut {
    NodeId from;
    NodeId to;
    bool operator==(const LinkCut&) const = default;
};
struct LinkMended {
    NodeId from;
    NodeId to;
    bool operator==(const LinkMended&) const = default;
};

/// The process stands still, as in a long garbage collection; its messages wait.
struct NodePaused {
    NodeId node;
    bool operator==(const NodePaused&) const = default;
};
struct NodeResumed {
    NodeId node;
    bool operator==(const NodeResumed&) const = default;
};

/// A node was to start, and stays down: its disk is damaged, or it refused what it read.
struct StartRefused {
    NodeId node;
    std::string why;  ///< For a person.
    bool operator==(const StartRefused&) const = default;
};

enum class DiskFaultKind : std::uint8_t {
    UnsyncedLost,    ///< Writes that no sync had covered are gone.
    WriteTorn,       ///< Only a part of the last write is there.
    BitRot,          ///< Bytes changed.
    WriteMisplaced,  ///< A write landed elsewhere.
    WriteLost,       ///< A write that was confirmed never happened.
    ReadError,
    SyncError,
    DiskFull,
    DiskLost,  ///< All of it.
    DiskRestored,
};
struct DiskFault {
    NodeId node;
    DiskFaultKind kind{};
    bool operator==(const DiskFault&) const = default;
};
/// Nothing becomes durable until DiskFlows.
struct DiskStalled {
    NodeId node;
    bool operator==(const DiskStalled&) const = default;
};
struct DiskFlows {
    NodeId node;
    bool operator==(const DiskFlows&) const = default;
};

struct ClockJumped {
    NodeId node;
    bool backwards{};
    std::uint64_t by_us{};
    bool operator==(const ClockJumped&) const = default;
};

/// Faults have raged enough: `core` is healed, all else outside is frozen, progress is demanded.
struct LivenessBegan {
    std::vector<NodeId> core;
    bool operator==(const LivenessBegan&) const = default;
};

/// A client of the world, numbered from 1, puts a question to a node. Its tag names the question.
struct ClientAsked {
    std::uint64_t client{};
    NodeId node;
    std::uint64_t tag{};
    bool reads{};
    Value payload;
    bool operator==(const ClientAsked&) const = default;
};
struct ClientAnswered {
    std::uint64_t client{};
    NodeId node;
    std::uint64_t tag{};
    Outcome outcome{};
    Answer answer;
    bool operator==(const ClientAnswered&) const = default;
};
/// The client waits no longer: what became of its question it will not know.
struct ClientGaveUp {
    std::uint64_t client{};
    std::uint64_t tag{};
    bool operator==(const ClientGaveUp&) const = default;
};

/// Words of whoever made the run: a line of a scenario, a heading.
struct Remark {
    std::string text;
    bool operator==(const Remark&) const = default;
};
/// How a remark begins that says what was expected and did not hold.
inline constexpr std::string_view expectation_failed = "EXPECTATION FAILED: ";

/// The index is the number in the file: add at the end, never reorder.
using Note = std::variant<MessageLost, MessageDuplicated, PartitionBegan, PartitionEnded, LinkCut,
                          LinkMended, NodePaused, NodeResumed, StartRefused, DiskFault, DiskStalled,
                          DiskFlows, ClockJumped, LivenessBegan, ClientAsked, ClientAnswered,
                          ClientGaveUp, Remark>;

[[nodiscard]] inline bool tells_failure(const Note& note) {
    const auto* remark = std::get_if<Remark>(&note);
    return remark != nullptr && remark->text.starts_with(expectation_failed);
}

}  // namespace decree::traces
