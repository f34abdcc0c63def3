#pragma once

/// What a node is told before it starts.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/quorum.hpp"

namespace decree {

/// Settings of the cluster: the same at every node, for life, since what is decided depends on
/// them. Where a founding record says them (charter.hpp), it alone does.
struct Settings {
    Voters voters;  ///< Of the first slots.
    QuorumSystem quorums = Majority{};
    std::uint64_t alpha = 64;             ///< Slots in flight, and the delay of a change of voters.
    std::uint32_t command_bytes = 65536;  ///< The longest command.
    std::uint32_t answer_bytes = 1024;    ///< Longer answers are cut to this.
    std::uint32_t max_origins = 4096;     ///< Origins in the table of requests.
    std::uint32_t origin_window = 256;    ///< Unanswered requests of one origin.
    /// So long, by its own clock, a node that answered a leader promises nobody else; 0: no leader
    /// lease. Microseconds. Of the cluster, since a node that starts waits as long as an earlier
    /// life of it may have granted. At most `longest_lease_us`.
    std::uint64_t lease_us = 0;
    bool operator==(const Settings&) const = default;
};

inline constexpr std::uint64_t longest_lease_us = 3'600'000'000;  // An hour.
inline constexpr std::uint32_t most_drift_ppm = 500'000;

/// How a leader decides who is to vote.
struct MemberOptions {
    bool promotes = false;  ///< Gives free seats to learners that have caught up.
    /// A voter of whom a majority of the voters has heard nothing for this long loses its vote, or
    /// a learner that has caught up gets it. 0: nobody does, and this node calls nobody silent.
    std::uint64_t dead_after = 0;
    std::uint64_t stable_after = 2'000'000;  ///< Since the last change of leader or voters.
    std::uint32_t least_voters = 3;          ///< The dead are not removed below so many.
    bool operator==(const MemberOptions&) const = default;
};

/// How one node behaves. Times are microseconds. None of this can make a node disagree with
/// another; it changes how fast and how often things happen.
struct Options {
    NodeId self;
    std::uint64_t seed{};          ///< Of the node's own generator: election jitter.
    std::vector<NodeId> contacts;  ///< Nodes to ask when none is known from the log.
    std::uint64_t heartbeat = 50'000;
    std::uint64_t election = 500'000;  ///< A leader silent for this long (to twice it) is missed.
    /// An unanswered message is repeated after this; a question for what is chosen later than that
    /// where answers take long, or none comes.
    std::uint64_t resend = 100'000;
    /// No clock of a node gains or loses more than so many microseconds in a second. A leader's
    /// lease rests on it; at most `most_drift_ppm`.
    std::uint32_t drift_ppm = 10'000;
    std::uint64_t seal_after = 200'000;   ///< A journal quiet for this long is sealed.
    std::uint32_t batch_commands = 64;    ///< Commands in one slot.
    std::uint32_t batch_bytes = 65536;    ///< Bytes in one slot, beyond its first command.
    std::uint32_t part_bytes = 65536;     ///< A promise's part, a decide, a piece of a snapshot.
    std::uint32_t max_waiting = 4096;     ///< Clients' requests and reads waiting at this node.
    std::uint32_t snapshot_every = 1024;  ///< Slots applied between snapshots.
    std::uint32_t keep_slots = 256;       ///< Slots kept in the log below the snapshot.
    /// Of the values in the log: with half of it a snapshot is made, below which a quarter at most
    /// is kept; with all of it, the log takes in no further slot.
    std::uint64_t log_bytes = 256U << 20U;
    std::uint64_t segment_bytes = 1U << 20U;
    /// With more of the journal than this not yet durable, nothing new is voted for or proposed.
    std::uint64_t unsynced_bytes = 64U << 20U;
    MemberOptions members;
    /// What clients ask, and what is to be proposed, waits for the next TimePassed, which
    /// deadline() asks for at once: all that a driver takes in before that shares slots, messages
    /// and rounds. Reads are answered then, too. What is known chosen by then, if it is not little
    /// (a slot of a 64th of batch_bytes), is executed from the TimePassed after that one on, a slot
    /// in each, and they are due at once as well: a driver that writes and sends before them has
    /// votes, proposals and the news of what is chosen on their way meanwhile. Who is about to lead
    /// executes all it knows at once.
    bool gathers = false;
    /// The node is led by hand: whoever drives it says what it does of itself, by Directed events,
    /// and lets no time pass. It forwards nothing, asks nobody unless told, fills no window, and
    /// its messages speak of one thing each. Its contacts are all nodes.
    bool by_hand = false;
    bool operator==(const Options&) const = default;
};

/// What a node with nothing on its disk does first. A founding record on the disk overrules it all.
struct Beginning {
    Settings settings;  ///< What it was given: the cluster's, if it is the one to propose them.
    /// Addresses of all who are to found a cluster, this node's own among them: the same list at
    /// each, in any order. Empty: nothing is founded.
    std::vector<std::string> founders;
    /// Without a list of founders: joins the cluster of whoever answers as a member of one. Neither
    /// list nor this: it is a member from the start, of a cluster with just these settings.
    bool joins{};
    bool operator==(const Beginning&) const = default;
};

/// The most slots that the log of such a node ever holds. REQUIRES: alpha <= max_log_slots.
[[nodiscard]] std::uint64_t most_log_slots(const Settings& settings, const Options& options);

/// Why a node with these options cannot live in a cluster with these settings, for a person;
/// nothing when it can.
[[nodiscard]] std::optional<std::string> unusable(const Settings& settings, const Options& options);

}  // namespace decree
