#pragma once

/// The acceptor: promises and votes. [PMS] 2.2.

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/paxos/log.hpp"
#include "core/paxos/message.hpp"

namespace decree {

/// What an acceptor makes of a Prepare.
enum class PrepareVerdict : std::uint8_t {
    Promised,       ///< A new promise: make it durable before it is told.
    PromisedAgain,  ///< The same ballot as before; an answer may have been lost.
    Refused,        ///< More was promised.
};

/// What an acceptor makes of an Accept.
enum class AcceptVerdict : std::uint8_t {
    Voted,       ///< A new vote: make it durable before it is told.
    VotedAgain,  ///< The same vote as before; an answer may have been lost.
    Refused,     ///< More was promised.
    Trimmed,     ///< The slot is chosen and no longer in the log: there is no vote to cast.
    TooFar,      ///< Beyond what the log may hold; the node must catch up first.
};

/// One acceptor for all slots: one promise, and a log of votes.
///
/// An acceptor answers whether or not it believes itself a voter: it may be behind, and who counts
/// is decided per slot by whoever counts.
class Acceptor {
public:
    Acceptor() = default;
    Acceptor(Ballot promised, Log log) : promised_(promised), log_(std::move(log)) {}

    /// Phase 1b. [PMS] 2.2 Phase 1(b).
    ///
    /// Deviation: an equal ballot is answered again, so that a lost promise costs a repetition and
    /// not a new ballot. Safe because a ballot has one owner, who never reuses it.
    [[nodiscard]] PrepareVerdict prepare(Ballot ballot);

    /// The votes from `from` on, in parts of about `part_bytes`; the last covers all slots above.
    /// REQUIRES: promised() == ballot.
    void report(Ballot ballot, Slot from, std::uint32_t part_bytes,
                std::vector<Promise>& out) const;

    /// Phase 2b. Accepting in a ballot also promises it. [PMS] 2.2 Phase 2(b).
    /// `highest`: slots above it are refused as TooFar. REQUIRES: it contradicts nothing held here.
    [[nodiscard]] AcceptVerdict accept(Ballot ballot, Slot slot, const Value& value, Slot highest);

    /// Whether `value` cannot be chosen in `slot` in `ballot`, nor be proposed there if the ballot
    /// is not stale: another value is known chosen, or was voted for in that ballot or a higher.
    [[nodiscard]] bool contradicts(Slot slot, Ballot ballot, const Value& value) const;

    /// `value` is chosen in `slot`, in `ballot`, which is promised with that: a proposer below it
    /// may not know what is chosen. Returns whether the entry changed its value or ballot, and so
    /// must be made durable. REQUIRES: slot > trimmed_through; it contradicts nothing held here.
    bool learn(Slot slot, Ballot ballot, const Value& value);
    /// The vote in `slot` was in a ballot in which its value was chosen. REQUIRES: there is one.
    void mark_chosen(Slot slot);
    /// What the disk has of `slot` and was put off at the start. Yields to what is newer.
    void restore(Slot slot, const LogEntry& held);

    [[nodiscard]] Ballot promised() const { return promised_; }
    [[nodiscard]] const Log& log() const { return log_; }
    void trim(Slot through) { log_.trim(through); }

    bool operator==(const Acceptor&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    Ballot promised_;  // Never goes back, also across restarts.
    Log log_;
};

}  // namespace decree
