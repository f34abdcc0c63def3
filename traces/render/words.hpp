#pragma once

/// Messages, values and the world's notes in people's words.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"
#include "core/paxos/ballot.hpp"
#include "core/paxos/message.hpp"
#include "core/rule.hpp"
#include "core/value.hpp"
#include "traces/note.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// "1.250 ms".
[[nodiscard]] std::string time_words(Time time);
/// "N1, N2 and N3".
[[nodiscard]] std::string list_words(const std::vector<NodeId>& nodes);
/// The same with the whole names of real nodes.
[[nodiscard]] std::string full_names(const std::vector<NodeId>& nodes);
/// A slot's value: the commands in it, "no-op", or "time stamp".
[[nodiscard]] std::string value_words(const Value& value);
/// A client's command, as the application reads it.
[[nodiscard]] std::string payload_words(Bytes payload);

/// "accept 2.1 slot 3 X".
[[nodiscard]] std::string message_words(const Message& message);
/// The kind only: "accept".
[[nodiscard]] std::string_view message_kind(const Message& message);
/// The ballot that the message is about, if any.
[[nodiscard]] std::optional<Ballot> message_ballot(const Message& message);
/// The first and the last slot that the message is about, if any. A refusal is about a ballot,
/// which covers all slots.
struct SlotRange {
    Slot first;
    Slot last;
    [[nodiscard]] bool meets(const SlotRange& other) const {
        return first <= other.last && other.first <= last;
    }
    bool operator==(const SlotRange&) const = default;
};
[[nodiscard]] std::optional<SlotRange> message_slots(const Message& message);

/// What happened to a message, or to the world: a sentence without its full stop.
[[nodiscard]] std::string note_words(const Note& note);
/// Why it never arrived.
[[nodiscard]] std::string_view loss_words(Loss loss);
[[nodiscard]] std::string outcome_words(Outcome outcome);
/// "open a ballot of round 2": what a node is told to do.
[[nodiscard]] std::string direction_words(const Direction& direction);

/// "quorums: 2 of 3 in both phases".
[[nodiscard]] std::string quorum_words(const Settings& settings);

/// Origins of requests that are clients, by the names of those: "C4".
using Names = std::map<NodeId, std::string>;

/// Several rules that differ in the peer only, as one.
struct RuleGroup {
    RuleTaken first;
    std::vector<NodeId> peers;  ///< In the order they came.
};
[[nodiscard]] std::vector<RuleGroup> group_rules(const std::vector<RuleTaken>& rules);
/// The group's sentence, of which `actor` is the subject: "asks N2 and N3 to promise ballot 1.1".
[[nodiscard]] std::string say(const RuleGroup& group, NodeId actor, const Names& names = {});

}  // namespace decree::traces
