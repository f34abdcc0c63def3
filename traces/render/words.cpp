#include "traces/render/words.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/node/batch.hpp"
#include "core/node_name.hpp"
#include "core/overload.hpp"
#include "core/print.hpp"
#include "core/store/command_log.hpp"
#include "props/store_words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
        text += parts[i];
    }
    return text;
}

constexpr std::size_t longest_plain = 24;

bool is_plain(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127 && c != '"'; });
}

// A client's words as they are; the beginning of long ones.
std::string text_words(std::string_view text) {
    if (!is_plain(text)) return describe_bytes(as_bytes(text));
    if (text.size() <= longest_plain) return std::string(text);
    std::string_view head = text.substr(0, longest_plain / 2);
    while (head.ends_with('.')) head.remove_suffix(1);
    return fmt::format("{}..({} bytes)", head, text.size());
}

std::string slot_words(Slot slot) { return "slot " + std::to_string(slot.value); }

std::string from_slot(Slot slot) { return "from " + slot_words(slot) + " on"; }

std::string promise_words(const Promise& promise) {
    std::string text = "promise " + ballot_name(promise.ballot);
    if (promise.votes.empty()) return text + ", no vote";
    for (std::size_t i = 0; i < promise.votes.size() && i < 2; ++i) {
        const Vote& vote = promise.votes[i];
        text +=
            fmt::format(", {}: {} {}", slot_words(vote.slot),
                        vote.chosen ? "chosen" : ballot_name(vote.ballot), value_words(vote.value));
    }
    if (promise.votes.size() > 2) text += fmt::format(", {} votes in all", promise.votes.size());
    return text;
}

std::string decide_words(const Decide& decide) {
    if (decide.entries.empty()) return "decide nothing";
    const Decided& first = decide.entries.front();
    if (decide.entries.size() == 1) {
        return "decide " + slot_words(first.slot) + " " + value_words(first.value);
    }
    return fmt::format("decide slots {} to {}", first.slot.value, decide.entries.back().slot.value);
}

std::string forward_words(const Forward& forward) {
    if (forward.commands.size() == 1) {
        return "forward " + payload_words(forward.commands.front().payload.bytes());
    }
    return fmt::format("forward {} commands", forward.commands.size());
}

std::string catch_up_words(const CatchUp& question) {
    std::string text = "catch-up " + from_slot(question.from_slot);
    if (question.snapshot_through == Slot{}) return text;
    return text + fmt::format(", or piece {} of the snapshot through {}", question.next_piece,
                              slot_words(question.snapshot_through));
}

std::string groups_words(const PartitionBegan& partition) {
    std::string text;
    for (const auto& group : partition.groups) {
        if (!text.empty()) text += " | ";
        text += list_words(group);
    }
    return text;
}

std::string_view fault_words(DiskFaultKind kind) {
    switch (kind) {
    case DiskFaultKind::UnsyncedLost:
        return "loses writes that were not synced";
    case DiskFaultKind::WriteTorn:
        return "keeps only a part of its last write";
    case DiskFaultKind::BitRot:
        return "rots: bytes have changed";
    case DiskFaultKind::WriteMisplaced:
        return "puts a write in the wrong place";
    case DiskFaultKind::WriteLost:
        return "loses a write that it had confirmed";
    case DiskFaultKind::ReadError:
        return "cannot read a sector any more";
    case DiskFaultKind::SyncError:
        return "fails to sync";
    case DiskFaultKind::DiskFull:
        return "is full";
    case DiskFaultKind::DiskLost:
        return "is lost altogether";
    case DiskFaultKind::DiskRestored:
        return "is as it was earlier: an old image was put back";
    }
    return "fails";
}

std::string jump_words(const ClockJumped& jump) {
    return fmt::format("the clock of {} jumps {} by {}", node_words(jump.node),
                       jump.backwards ? "back" : "ahead", time_words(Time{jump.by_us}));
}

std::string asked_words(const ClientAsked& asked) {
    if (asked.reads) {
        const auto question = store::decode_query(asked.payload.bytes());
        const std::string what = question ? " '" + props::store_query_words(*question) + "'" : "";
        return fmt::format("client C{} reads{} at {}", asked.client, what, node_words(asked.node));
    }
    return fmt::format("client C{} gives {} to {}", asked.client,
                       payload_words(asked.payload.bytes()), node_words(asked.node));
}

}  // namespace

std::string time_words(Time time) {
    return fmt::format("{}.{:03} ms", time.value / 1000, time.value % 1000);
}

std::string full_names(const std::vector<NodeId>& nodes) {
    std::vector<std::string> names;
    names.reserve(nodes.size());
    for (const NodeId node : nodes) names.push_back(node_name(node));
    return join(names);
}

std::string list_words(const std::vector<NodeId>& nodes) {
    std::vector<std::string> names;
    names.reserve(nodes.size());
    for (const NodeId node : nodes) names.push_back(node_words(node));
    return join(names);
}

std::string seat_words(NodeId node) { return node == NodeId{} ? "nobody" : node_words(node); }

std::string payload_words(Bytes payload) {
    const auto command = decode<LogCommand>(payload);
    if (!command) {
        const auto of_store = store::decode_command(payload);
        return of_store ? "'" + props::store_command_words(*of_store) + "'"
                        : describe_bytes(payload);
    }
    return std::visit(
        Overload{
            [](const AppendText& append) { return text_words(append.text); },
            [](const SetVoters& change) { return "voters=" + list_words(change.voters); },
            [](const DropOrigin& drop) { return fmt::format("drop origin {}", drop.origin.value); },
            [](const WakeAt& wake) { return "wake at " + time_words(Time{wake.at.value}); },
            [](const ChangeSeat& change) {
                return fmt::format("vote from {} to {}", seat_words(change.out),
                                   seat_words(change.in));
            }},
        *command);
}

std::string value_words(const Value& value) {
    if (value.empty()) return "no-op";
    BatchView batch;
    if (!read_batch(value, batch)) return describe_bytes(value.bytes());
    if (batch.commands.empty()) return "time stamp";
    std::string text;
    for (std::size_t i = 0; i < batch.commands.size() && i < 3; ++i) {
        text += (i > 0 ? "+" : "") + payload_words(batch.commands[i].payload);
    }
    if (batch.commands.size() > 3) text += fmt::format("+{} more", batch.commands.size() - 3);
    return text;
}

namespace {

std::string silence_words(const TellSilent& message) {
    return node_words(message.node) + (message.silent ? " is silent" : " may live");
}

std::string return_words(const Returned& message) {
    return fmt::format("back with {} bytes", message.shown.position.value);
}

std::string recognized_words(const Recognized& message) {
    return message.less ? "you were seen with more" : "recognized";
}

std::string founding_words(const FoundingWord& message) {
    return message.charter.empty() ? "founding: nothing stored" : "founding: record stored";
}

}  // namespace

std::string message_words(const Message& message) {
    return std::visit(
        Overload{
            [](const PreVote&) -> std::string { return "pre-vote: leader missed?"; },
            [](const PreVoteAnswer& m) -> std::string {
                return m.granted ? "pre-vote-answer: yes" : "pre-vote-answer: no";
            },
            [](const Prepare& m) { return "prepare " + ballot_name(m.ballot); },
            [](const Promise& m) { return promise_words(m); },
            [](const Accept& m) {
                return fmt::format("accept {} {} {}", ballot_name(m.ballot), slot_words(m.slot),
                                   value_words(m.value));
            },
            [](const Accepted& m) {
                return fmt::format("accepted {} {}", ballot_name(m.ballot), slot_words(m.slot));
            },
            [](const Nack& m) {
                return fmt::format("nack {}: promised {}", ballot_name(m.ballot),
                                   ballot_name(m.promised));
            },
            [](const Heartbeat& m) {
                return fmt::format("heartbeat {}, chosen {}", ballot_name(m.ballot),
                                   m.chosen_through.value);
            },
            [](const HeartbeatAnswer& m) { return "heartbeat-ok " + ballot_name(m.ballot); },
            [](const CatchUp& m) { return catch_up_words(m); },
            [](const Decide& m) { return decide_words(m); },
            [](const SnapshotPiece& m) {
                return fmt::format("snapshot through {}, piece {}{}", m.through.value, m.piece,
                                   m.last ? " (last)" : "");
            },
            [](const Forward& m) { return forward_words(m); },
            [](const ReadIndex&) -> std::string { return "read-index"; },
            [](const ReadPoint& m) { return "read-point " + slot_words(m.slot); },
            [](const AskSilent& m) { return "is " + node_words(m.node) + " silent?"; },
            [](const TellSilent& m) { return silence_words(m); },
            [](const LeaseOver& m) { return "no lease any more in " + ballot_name(m.ballot); },
            [](const Returned& m) { return return_words(m); },
            [](const Recognized& m) { return recognized_words(m); },
            [](const Handover& m) { return "handover of " + ballot_name(m.ballot); },
            [](const FoundingWord& m) { return founding_words(m); },
            [](const Welcome&) -> std::string { return "welcome"; },
            [](const Chosen& m) {
                return fmt::format("decide {} as voted in {}", slot_words(m.slot),
                                   ballot_name(m.ballot));
            },
        },
        message);
}

std::string_view message_kind(const Message& message) {
    constexpr auto kinds = std::to_array<std::string_view>(
        {"pre-vote", "pre-vote-answer", "prepare",      "promise",     "accept",   "accepted",
         "nack",     "heartbeat",       "heartbeat-ok", "catch-up",    "decide",   "snapshot",
         "forward",  "read-index",      "read-point",   "handover",    "decide",   "founding",
         "welcome",  "lease-over",      "ask-silent",   "tell-silent", "returned", "recognized"});
    static_assert(kinds.size() == std::variant_size_v<Message>);
    return kinds.at(message.index());
}

std::optional<Ballot> message_ballot(const Message& message) {
    return std::visit(
        [](const auto& m) -> std::optional<Ballot> {
            if constexpr (requires { m.ballot; }) {
                if (m.ballot != Ballot{}) return m.ballot;
            }
            return std::nullopt;
        },
        message);
}

std::optional<SlotRange> message_slots(const Message& message) {
    using Range = std::optional<SlotRange>;
    return std::visit(Overload{[](const Accept& m) -> Range { return SlotRange{m.slot, m.slot}; },
                               [](const Accepted& m) -> Range { return SlotRange{m.slot, m.slot}; },
                               [](const Decide& m) -> Range {
                                   if (m.entries.empty()) return std::nullopt;
                                   return SlotRange{m.entries.front().slot, m.entries.back().slot};
                               },
                               [](const Chosen& m) -> Range { return SlotRange{m.slot, m.slot}; },
                               [](const auto&) -> Range { return std::nullopt; }},
                      message);
}

std::string_view loss_words(Loss loss) {
    switch (loss) {
    case Loss::Dropped:
        return "dropped";
    case Loss::Cut:
        return "cut off";
    case Loss::ReceiverDown:
        return "receiver down";
    case Loss::SenderCrashed:
        return "sender crashed";
    }
    return "lost";
}

std::string direction_words(const Direction& direction) {
    return std::visit(
        Overload{
            [](const OpenRound& d) { return fmt::format("open a ballot of round {}", d.round); },
            [](const AskForChosen& d) { return "catch up from " + node_words(d.of); },
            [](const TellWatermark& d) { return "tell " + node_words(d.to) + " its watermark"; },
            [](const TrimLog& d) {
                return "take a snapshot and trim its log through " + slot_words(d.through);
            },
            [](const ConfirmLead&) { return std::string("confirm that it still leads"); },
        },
        direction);
}

std::string outcome_words(Outcome outcome) {
    switch (outcome) {
    case Outcome::Done:
        return "done";
    case Outcome::Busy:
        return "busy";
    case Outcome::TooLarge:
        return "too large";
    case Outcome::Stale:
        return "answered long ago";
    case Outcome::TooFarAhead:
        return "numbered too far ahead";
    case Outcome::NoRoom:
        return "no room for another origin";
    }
    return "unknown";
}

std::string note_words(const Note& note) {
    using fmt::format;
    return std::visit(
        Overload{
            [](const MessageLost& n) { return format("a message is lost: {}", loss_words(n.why)); },
            [](const MessageDuplicated&) { return format("a message is duplicated"); },
            [](const PartitionBegan& n) { return "partition: " + groups_words(n); },
            [](const PartitionEnded&) { return format("the partition ends"); },
            [](const LinkCut& n) {
                return format("the link {} > {} is cut", node_words(n.from), node_words(n.to));
            },
            [](const LinkMended& n) {
                return format("the link {} > {} is mended", node_words(n.from), node_words(n.to));
            },
            [](const NodePaused& n) { return node_words(n.node) + " stands still"; },
            [](const NodeResumed& n) { return node_words(n.node) + " goes on"; },
            [](const StartRefused& n) {
                return format("{} stays down: {}", node_words(n.node), n.why);
            },
            [](const DiskFault& n) {
                return format("the disk of {} {}", node_words(n.node), fault_words(n.kind));
            },
            [](const DiskStalled& n) {
                return format("the disk of {} stalls", node_words(n.node));
            },
            [](const DiskFlows& n) {
                return format("the disk of {} works again", node_words(n.node));
            },
            [](const ClockJumped& n) { return jump_words(n); },
            [](const LivenessBegan& n) {
                return format("faults end for {}; all else is frozen; progress is demanded",
                              list_words(n.core));
            },
            [](const ClientAsked& n) { return asked_words(n); },
            [](const ClientAnswered& n) {
                return format("client C{} is answered by {}: {}", n.client, node_words(n.node),
                              outcome_words(n.outcome));
            },
            [](const ClientGaveUp& n) {
                return format("client C{} waits no longer: its outcome is unknown", n.client);
            },
            [](const Remark& n) { return n.text; },
        },
        note);
}

namespace {

// A leader's own vote is counted by two rules, of which one is enough.
bool is_own_vote_again(const std::vector<RuleTaken>& rules, const RuleTaken& taken) {
    return taken.rule == Rule::VoteCounted &&
           std::ranges::any_of(rules, [&](const RuleTaken& other) {
               return other.rule == Rule::OwnVoteDurable && other.slot == taken.slot &&
                      (other.peer == taken.peer || other.peer == NodeId{});
           });
}

}  // namespace

std::vector<RuleGroup> group_rules(const std::vector<RuleTaken>& rules) {
    std::vector<RuleGroup> groups;
    for (const RuleTaken& taken : rules) {
        if (is_own_vote_again(rules, taken)) continue;
        const auto same = std::ranges::find_if(groups, [&](const RuleGroup& group) {
            return group.first.rule == taken.rule && group.first.ballot == taken.ballot &&
                   group.first.slot == taken.slot;
        });
        RuleGroup& group = same != groups.end()
                               ? *same
                               : groups.emplace_back(RuleGroup{.first = taken, .peers = {}});
        const bool told = std::ranges::find(group.peers, taken.peer) != group.peers.end();
        if (taken.peer != NodeId{} && !told) group.peers.push_back(taken.peer);
    }
    return groups;
}

namespace {

// "the vote of itself" is its own vote, "a command of itself" one of its own.
std::string of_its_own(std::string text) {
    constexpr std::string_view itself = " of itself";
    const std::size_t at = text.find(itself);
    if (at == std::string::npos || text.substr(at + itself.size()).starts_with(" and")) return text;
    const std::size_t noun = text.rfind(' ', at - 1);
    const bool definite = noun != std::string::npos && text.substr(0, noun).ends_with("the");
    if (!definite) return text.replace(at, itself.size(), " of its own");
    text.erase(at, itself.size());
    return text.replace(noun - 3, 3, "its own");
}

}  // namespace

std::string say(const RuleGroup& group, NodeId actor, const Names& names) {
    if (group.peers.empty()) {  // Nobody waits to hear of it.
        if (group.first.rule == Rule::HeldUntilDurable) return "writes to its disk";
        if (group.first.rule == Rule::ReleasedByDurable) return "knows it on its disk";
    }
    if (group.peers.empty()) return say(group.first, "the others");
    std::vector<std::string> peers;
    peers.reserve(group.peers.size());
    for (const NodeId peer : group.peers) {
        const auto named = names.find(peer);
        peers.push_back(named != names.end() ? named->second : node_words(peer));
        if (peer == actor) peers.back() = "itself";
    }
    return of_its_own(say(group.first, join(peers)));
}

std::string quorum_words(const Settings& settings) {
    using fmt::format;
    const std::size_t voters = settings.voters.size();
    return std::visit(
        Overload{[&](const Majority&) {
                     return format("quorums: {} of {} in both phases", voters / 2 + 1, voters);
                 },
                 [&](const Sizes& sizes) {
                     return format("quorums: {0} of {2} in phase 1, {1} of {2} in phase 2",
                                   sizes.phase1, sizes.phase2, voters);
                 },
                 [&](const Grid& grid) {
                     return format(
                         "quorums: a grid of {} rows by {}; phase 1 a row, phase 2 a column",
                         grid.rows, grid.columns);
                 },
                 [&](const Weights& weights) {
                     return format("quorums by weight: {} in phase 1, {} in phase 2",
                                   weights.phase1, weights.phase2);
                 },
                 [&](const UnsafeSizes& sizes) {
                     return format(
                         "quorums that need not meet: {0} of {2} in phase 1, {1} of {2} in phase 2",
                         sizes.phase1, sizes.phase2, voters);
                 }},
        settings.quorums);
}

}  // namespace decree::traces
