#pragma once

/// A scenario as a tree: what the text says, and nothing of what comes of it. README.md has the
/// language.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/paxos/quorum.hpp"
#include "core/rule.hpp"

namespace decree::sim::scenario {

/// C1 is 1.
using ClientNumber = std::uint64_t;

/// One command, as it is written: `X`, or `members=N1,N2` with the nodes ascending.
using CommandText = std::string;
/// What a slot holds: a command, or several (`X+Y`). None: the no-op.
using ValueText = std::vector<CommandText>;

/// What messages are called. The names are `kind_names`.
enum class Kind : std::uint8_t {
    Prepare,
    Promise,
    Accept,
    Accepted,
    Nack,
    Decide,
    CatchUp,
    Snapshot,
    Heartbeat,
    HeartbeatOk,
    Watermark,
};
inline constexpr std::string_view kind_names[] = {
    "prepare", "promise",  "accept",    "accepted",     "nack",      "decide",
    "catchup", "snapshot", "heartbeat", "heartbeat-ok", "watermark",
};
[[nodiscard]] constexpr std::string_view name_of(Kind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

// --- Doing ---------------------------------------------------------------------------------------

/// Which message in flight is meant: the oldest that fits, or all that fit where `to` is none.
struct MessagePattern {
    Kind kind{};
    NodeId from;
    std::optional<NodeId> to;  ///< None: `A>*`.
    std::optional<Ballot> ballot;
    std::optional<Slot> slot;
    bool operator==(const MessagePattern&) const = default;
};

struct Submit {
    ClientNumber client{};
    NodeId node;
    CommandText command;
    bool operator==(const Submit&) const = default;
};
struct OpenBallot {
    NodeId node;
    std::uint64_t round{};
    bool operator==(const OpenBallot&) const = default;
};
struct Deliver {
    MessagePattern message;
    bool operator==(const Deliver&) const = default;
};
struct Drop {
    MessagePattern message;
    bool operator==(const Drop&) const = default;
};
struct Duplicate {
    MessagePattern message;
    bool operator==(const Duplicate&) const = default;
};
/// Of an accept or a decide.
struct Resend {
    MessagePattern message;
    bool operator==(const Resend&) const = default;
};
struct CrashNode {
    NodeId node;
    bool operator==(const CrashNode&) const = default;
};
struct RestartNode {
    NodeId node;
    bool operator==(const RestartNode&) const = default;
};
struct StallDisk {
    NodeId node;
    bool operator==(const StallDisk&) const = default;
};
struct SyncDisk {
    NodeId node;
    bool operator==(const SyncDisk&) const = default;
};
struct Partition {
    std::vector<std::vector<NodeId>> groups;
    bool operator==(const Partition&) const = default;
};
struct Heal {
    bool operator==(const Heal&) const = default;
};
struct CutLink {
    NodeId from;
    NodeId to;
    bool operator==(const CutLink&) const = default;
};
struct MendLink {
    NodeId from;
    NodeId to;
    bool operator==(const MendLink&) const = default;
};
struct AskToCatchUp {
    NodeId from;
    NodeId to;
    bool operator==(const AskToCatchUp&) const = default;
};
struct TellWatermark {
    NodeId from;
    NodeId to;
    bool operator==(const TellWatermark&) const = default;
};
struct Compact {
    NodeId node;
    Slot through;
    bool operator==(const Compact&) const = default;
};
struct Confirm {
    NodeId node;
    bool operator==(const Confirm&) const = default;
};
struct Read {
    ClientNumber client{};
    NodeId node;
    bool operator==(const Read&) const = default;
};

/// `C1>N1`: who asks whom.
struct Asking {
    ClientNumber client{};
    NodeId node;
    bool operator==(const Asking&) const = default;
};
/// Microseconds.
struct Duration {
    std::uint64_t us{};
    bool operator==(const Duration&) const = default;
};
/// Parts of a million.
struct Share {
    std::uint32_t ppm{};
    bool operator==(const Share&) const = default;
};
/// `+5%`: parts of a million, of either sign.
struct Drift {
    std::int64_t ppm{};
    bool operator==(const Drift&) const = default;
};
/// `N1>N2`.
struct Way {
    NodeId from;
    NodeId to;
    bool operator==(const Way&) const = default;
};
/// An argument of an added verb.
using Argument = std::variant<NodeId, std::vector<NodeId>, Asking, Way, Duration, Drift,
                              std::uint64_t, std::string>;
/// A line with a verb of `added_verbs`: timed scenarios have more verbs than by hand.
struct Added {
    std::string verb;
    std::vector<Argument> arguments;
    bool operator==(const Added&) const = default;
};

// --- Expecting -----------------------------------------------------------------------------------

struct Promised {
    NodeId node;
    Ballot ballot;
    bool operator==(const Promised&) const = default;
};
/// A vote.
struct BallotValue {
    Ballot ballot;
    ValueText value;
    bool operator==(const BallotValue&) const = default;
};
struct AcceptedIs {
    NodeId node;
    Slot slot;
    std::optional<BallotValue> vote;
    bool operator==(const AcceptedIs&) const = default;
};
struct Proposes {
    NodeId node;
    Slot slot;
    ValueText value;
    bool operator==(const Proposes&) const = default;
};
struct BallotVoters {
    Ballot ballot;
    std::vector<NodeId> by;  ///< Ascending.
    bool operator==(const BallotVoters&) const = default;
};
struct ChosenIs {
    Slot slot;
    ValueText value;
    std::optional<BallotVoters> at;
    bool operator==(const ChosenIs&) const = default;
};
struct NotChosen {
    Slot slot;
    bool operator==(const NotChosen&) const = default;
};
struct Conflict {
    Slot slot;
    ValueText one;
    ValueText other;
    bool operator==(const Conflict&) const = default;
};
struct Knows {
    NodeId node;
    Slot slot;
    ValueText value;
    bool operator==(const Knows&) const = default;
};
struct Unknown {
    NodeId node;
    Slot slot;
    bool operator==(const Unknown&) const = default;
};
struct Applied {
    NodeId node;
    std::vector<CommandText> commands;  ///< None: `nothing`.
    bool operator==(const Applied&) const = default;
};
/// 0: idle, 1: phase 1, 2: leading.
struct PhaseIs {
    NodeId node;
    std::uint64_t phase{};
    bool operator==(const PhaseIs&) const = default;
};
struct Nacked {
    NodeId by;
    NodeId of;
    Kind kind{};
    bool operator==(const Nacked&) const = default;
};
struct Sent {
    Kind kind{};
    std::uint64_t count{};
    bool operator==(const Sent&) const = default;
};
struct ConfirmedIs {
    NodeId node;
    bool yes{};
    bool operator==(const ConfirmedIs&) const = default;
};
struct Answered {
    ClientNumber client{};
    CommandText command;
    bool operator==(const Answered&) const = default;
};
/// A read was answered with the commands applied.
struct ReadAnswered {
    ClientNumber client{};
    std::vector<CommandText> commands;  ///< None: `nothing`.
    bool operator==(const ReadAnswered&) const = default;
};
struct Unanswered {
    ClientNumber client{};
    CommandText command;  ///< `read` for a read.
    bool operator==(const Unanswered&) const = default;
};
struct Violated {
    std::string property;
    bool operator==(const Violated&) const = default;
};
/// By now, in this life of the node's or an earlier one.
struct Took {
    NodeId node;
    Rule rule{};
    bool operator==(const Took&) const = default;
};

using Fact = std::variant<Promised, AcceptedIs, Proposes, ChosenIs, NotChosen, Conflict, Knows,
                          Unknown, Applied, PhaseIs, Nacked, Sent, ConfirmedIs, Answered,
                          ReadAnswered, Unanswered, Violated, Took>;
struct Expect {
    Fact fact;
    bool operator==(const Expect&) const = default;
};

// --- A file --------------------------------------------------------------------------------------

using Action = std::variant<Submit, OpenBallot, Deliver, Drop, Duplicate, Resend, CrashNode,
                            RestartNode, StallDisk, SyncDisk, Partition, Heal, CutLink, MendLink,
                            AskToCatchUp, TellWatermark, Compact, Confirm, Read, Added, Expect>;

struct Line {
    std::size_t number{};        ///< In the file, from 1; 0 where there is no file.
    std::optional<Duration> at;  ///< Timed.
    Action what;
    std::string comment;  ///< Behind it, without the mark.
    bool operator==(const Line&) const = default;
};

struct DelayRange {
    Duration least;
    Duration most;
    bool operator==(const DelayRange&) const = default;
};
struct LeaseSetup {
    Duration length;
    Share drift;  ///< What nodes assume of their clocks.
    bool operator==(const LeaseSetup&) const = default;
};
/// How leaders judge who is to vote; learners that have caught up get free seats as well.
struct JudgingSetup {
    Duration dead_after;
    Duration stable_after;
    std::uint32_t least_voters{};
    bool operator==(const JudgingSetup&) const = default;
};
inline constexpr std::uint64_t longest_judging_us = 3'600'000'000;
/// What `seed`, `delay`, `loss`, `dup`, `lease`, `founding`, `list`, `given` and `judging` say;
/// nothing where they do not stand.
struct TimedSetup {
    std::optional<std::uint64_t> seed;
    std::optional<DelayRange> delay;
    std::optional<Share> loss;
    std::optional<Share> dup;
    std::optional<LeaseSetup> lease;
    bool founding = false;  ///< The cluster founds itself.
    /// Whom these list as founders; the others list all members.
    std::map<NodeId, std::vector<NodeId>> lists;
    std::map<NodeId, std::uint64_t>
        given_alpha;  ///< With which these begin; the others with all's.
    std::optional<JudgingSetup> judging;
    bool operator==(const TimedSetup&) const = default;
};

struct Setup {
    std::vector<NodeId> nodes;    ///< Ascending.
    std::vector<NodeId> members;  ///< The first voters, ascending: all nodes, or some.
    std::optional<Sizes> quorum;  ///< None: majorities.
    std::optional<std::uint64_t> alpha;
    std::vector<ClientNumber> clients;  ///< Ascending; others come when they are named.
    bool expect_violation = false;
    bool recorded = false;
    bool unsafe_quorums = false;
    std::vector<NodeId> forgetful;  ///< Ascending.
    std::optional<std::string> needs_mutant;
    TimedSetup timed;
    bool operator==(const Setup&) const = default;
};

struct Scenario {
    std::string title;  ///< The comment on the first line that is not blank, if it is one.
    Setup setup;
    std::vector<Line> lines;
    bool operator==(const Scenario&) const = default;

    /// Whether time passes: some line begins with `at`.
    [[nodiscard]] bool is_timed() const { return !lines.empty() && lines.front().at.has_value(); }
    /// Whether some line expects that a rule was taken.
    [[nodiscard]] bool looks_at_rules() const {
        return std::ranges::any_of(lines, [](const Line& line) {
            const auto* const expect = std::get_if<Expect>(&line.what);
            return expect != nullptr && std::holds_alternative<Took>(expect->fact);
        });
    }
};

}  // namespace decree::sim::scenario
