#pragma once

/// What a driver must now do. The order of doing is not the driver's business: whatever stands here
/// may be done at once and in any order. What must wait for the disk is kept inside the node until
/// an event says that the disk has it.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "core/rule.hpp"

namespace decree {

/// A state machine's answer to one command or query: short, in its own words.
using Answer = std::string;

/// How a request ended.
enum class Outcome : std::uint8_t {
    Done,      ///< Executed; the answer is the state machine's.
    Busy,      ///< Refused before anything was proposed: too much is waiting. Ask again.
    TooLarge,  ///< Refused: the command exceeds the cluster's limit.
    Stale,     ///< Given up by its origin, or answered long ago; says not whether it was executed.
    TooFarAhead,  ///< Not executed: numbered beyond the origin's window of unanswered requests.
    NoRoom,       ///< Not executed: the table of origins is full.
};

/// An answer to a client.
struct Reply {
    ClientId client;
    std::uint64_t tag{};
    Outcome outcome{};
    Slot slot;      ///< Where the command was executed, or what the read had applied. 0: nowhere.
    Answer answer;  ///< Empty unless Done.
    bool operator==(const Reply&) const = default;
};

/// Bytes to append to the journal, in this order. They are durable when a sync that began after
/// the write has ended; then the driver says Durable{end}. A driver may write several steps' bytes
/// at once, and may let several writes be under way.
struct JournalAppend {
    /// Where the bytes begin. The end is begin + bytes.size().
    Position begin;
    /// The bytes begin a new segment (a new file, named by `begin`).
    bool starts_segment{};
    ByteBuffer bytes;  ///< Empty: nothing to append.
    bool operator==(const JournalAppend&) const = default;
};

/// A new snapshot file; one that was begun before and not committed may be deleted.
struct SnapshotBegin {
    Slot through;
    bool operator==(const SnapshotBegin&) const = default;
};
/// The next bytes of the file, to be appended.
struct SnapshotBytes {
    Slot through;
    ByteBuffer bytes;
    bool operator==(const SnapshotBytes&) const = default;
};
/// The file is whole. Make it durable, then say SnapshotStored; older ones may be deleted after.
struct SnapshotCommit {
    Slot through;
    bool operator==(const SnapshotCommit&) const = default;
};
using SnapshotWrite = std::variant<SnapshotBegin, SnapshotBytes, SnapshotCommit>;

/// Owned and reused by the caller: a steady-state step allocates nothing that it does not keep.
struct Effects {
    std::vector<Envelope> envelopes;
    std::vector<Reply> replies;
    JournalAppend journal;
    std::vector<SnapshotWrite> snapshot;
    /// Segments that end at or below this position may be deleted. Never goes back.
    Position release;
    /// The rules taken, in order, if `listening`.
    std::vector<RuleTaken> rules;
    bool listening = false;  ///< Set by the caller; survives clear().

    void clear() {
        envelopes.clear();
        replies.clear();
        journal.begin = Position{};
        journal.starts_segment = false;
        journal.bytes.clear();
        snapshot.clear();
        rules.clear();
    }
    void took(Rule rule, NodeId peer = {}, Ballot ballot = {}, Slot slot = {}) {
        if (listening) note(rule, peer, ballot, slot);
    }

private:
    // Apart, so that took() costs a look at `listening` where nobody listens.
    [[gnu::noinline]] void note(Rule rule, NodeId peer, Ballot ballot, Slot slot) {
        RuleTaken& taken = rules.emplace_back();
        taken.rule = rule;
        taken.peer = peer;
        taken.ballot = ballot;
        taken.slot = slot;
    }
};

}  // namespace decree
