#include "traces/render/narrator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "core/print.hpp"
#include "traces/render/brief.hpp"
#include "traces/render/quiet.hpp"
#include "traces/render/type.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

using fmt::format;

// "sends accept 1.1 slot 1 X to N2 and N3".
std::vector<std::string> sends(const Effects& effects) {
    const bool unruled = effects.rules.empty();  // Then the messages name their sources.
    using Nodes = std::vector<NodeId>;
    std::vector<std::pair<std::string, Nodes>> sent;
    for (const Envelope& envelope : effects.envelopes) {
        std::string words = format("\"{}\"", message_words(envelope.message));
        if (unruled) words += format(" ({})", message_source(envelope.message));
        const auto same =
            std::ranges::find_if(sent, [&](const auto& one) { return one.first == words; });
        auto& to = same != sent.end() ? same->second : sent.emplace_back(words, Nodes{}).second;
        to.push_back(envelope.to);
    }
    std::vector<std::string> clauses;
    clauses.reserve(sent.size());
    for (const auto& [words, to] : sent) {
        clauses.push_back(format("sends {} to {}", words, list_words(to)));
    }
    return clauses;
}

// Nothing was due, or a disk has what nobody waited for.
bool is_quiet(const Event& event, const Effects& effects) {
    const bool of_clock = std::holds_alternative<TimePassed>(event.what);
    if (of_clock && effects.rules.empty()) return true;
    const bool of_disk = std::holds_alternative<Durable>(event.what);
    return of_disk && effects.envelopes.empty() && effects.replies.empty() &&
           std::ranges::all_of(effects.rules, [](const RuleTaken& taken) {
               const bool waited = taken.rule == Rule::ReleasedByDurable && taken.peer != NodeId{};
               return is_routine(taken.rule) && !waited;
           });
}

std::string quiet_clause(const Event& event, const Node& after) {
    const std::string_view source = quiet_source(event);
    return quiet_words(event, after) + (source.empty() ? "" : format(" (no rule; {})", source));
}

std::string reached_words(const std::string& name, const Reached& reached) {
    return fmt::format("{} reaches {} at {}", name, node_words(reached.node), reached.address);
}

}  // namespace

Narrator::Narrator(const Trace& trace, std::function<void(const Told&)> tell, Slots slots)
    : tell_(std::move(tell)),
      ledger_(trace.header().settings),
      by_hand_(trace.by_hand()),
      slots_(slots) {}

void Narrator::tell(const Moment& moment, NodeId node, bool elsewhere,
                    const std::string& sentence) {
    tell_({.moment = moment,
           .node = node,
           .elsewhere = elsewhere,
           .sentence = printable(sentence, false),
           .causes = std::move(causes_),
           .line = std::exchange(line_, std::nullopt),
           .quiet = std::exchange(quiet_, false)});
    causes_.clear();
}

std::string Narrator::choices(const std::vector<Choice>& chosen) {
    std::string text;
    for (const Choice& choice : chosen) {
        if (!is_within(slots_, SlotRange{choice.slot, choice.slot})) continue;
        text += format(" Now slot {} is chosen{}: {} {} for {} in ballot {}.", choice.slot.value,
                       choice.another ? " ANOTHER TIME, with another value"
                       : choice.again ? " again, which contradicts nothing: the same value"
                                      : "",
                       list_words(choice.voters),
                       choice.voters.size() == 1 ? "has a durable vote" : "have durable votes",
                       value_words(choice.value), ballot_name(choice.ballot));
        for (const std::uint64_t vote : choice.votes) {
            if (std::ranges::find(causes_, vote) == causes_.end()) causes_.push_back(vote);
        }
    }
    return text;
}

void Narrator::started(const Moment& moment, const Recovered& disk, const Node& node) {
    std::string text =
        format("{} starts, incarnation {}", node_words(node.id()), node.incarnation().value);
    if (disk.torn_at) text += "; the torn end of its journal is cut";
    book_.started(moment, node);
    const std::string chosen = choices(ledger_.started(moment.number, disk, node));
    quiet_ = by_hand_ && !at_;
    tell(moment, node.id(), false, text + "." + chosen);
}

// The event that put it, as a cause.
std::string Narrator::question(NodeId node, std::uint64_t tag) {
    const auto note = questions_.asked(node, tag);
    if (!note) return {};
    causes_.push_back(*note);
    return format(" (asked at #{})", *note);
}

std::string Narrator::cause(const Step& step, const Event& event) {
    const std::string name = node_words(step.node);
    return std::visit(
        Overload{
            [&](const Received& received) {
                std::string text = format("{} <- {} {}", name, node_words(received.from),
                                          message_words(received.message));
                const auto* delivered = std::get_if<Delivered>(&step.cause);
                const MessageCard* card =
                    delivered != nullptr ? book_.card(delivered->message) : nullptr;
                if (card != nullptr) {
                    text += format(" (sent at #{})", card->sent_at);
                    causes_.push_back(card->sent_at);
                }
                if (delivered == nullptr) text += " (which nobody here sent)";
                return text;
            },
            [&](const TimePassed&) { return format("{}'s clock", name); },
            [&](const Durable& durable) {
                const auto writer = book_.writer(step.node, durable.position);
                if (!writer) return format("{}'s disk", name);
                causes_.push_back(*writer);
                return format("{}'s disk has what #{} wrote", name, *writer);
            },
            [&](const SnapshotStored& stored) {
                return format("{}'s disk has the snapshot through slot {}", name,
                              stored.through.value);
            },
            [&](const Requested& asked) {
                return format("{} is asked for {}{}", name, payload_words(asked.payload.bytes()),
                              question(step.node, asked.tag));
            },
            [&](const ReadRequested& asked) {
                return format("{} is asked for a {}read{}", name, asked.local ? "local " : "",
                              question(step.node, asked.tag));
            },
            [&](const ClientGone&) { return format("{}'s client goes away", name); },
            [&](const HandoverRequested& asked) {
                return format("{} is asked to let {} lead", name, node_words(asked.to));
            },
            [&](const Directed& told) {
                if (at_) causes_.push_back(*at_);
                return format("{} is told to {}", name, direction_words(told.what));
            },
            [&](const Reached& at) { return reached_words(name, at); },
        },
        event.what);
}

void Narrator::stepped(const Moment& moment, const Step& step, const Event& event,
                       const Node& after, const Effects& effects, MessageId first) {
    questions_.stepped(moment, step.node, event, effects);
    const Narrowed narrowed(slots_, effects);
    std::vector<std::string> clauses;
    for (const RuleGroup& group : group_rules((*narrowed).rules)) {
        clauses.push_back(format("{} ({}, {})", say(group, step.node, questions_.names()),
                                 decree::describe(group.first.rule), source_of(group.first.rule)));
    }
    if (is_late_promise(event, after, effects))
        clauses.emplace_back("phase 1 is over, so no more (PMS 2.2 Phase 2(a))");
    for (std::string& clause : sends(*narrowed)) clauses.push_back(std::move(clause));
    for (const Reply& reply : effects.replies) {
        clauses.push_back("answers its client: " + outcome_words(reply.outcome));
    }
    if (clauses.empty() && !effects.rules.empty()) {
        clauses.emplace_back("what it does is about other slots");
    }
    if (clauses.empty()) clauses.push_back(quiet_clause(event, after));
    std::string sentence = format("{}: {}.", cause(step, event), fmt::join(clauses, "; "));
    const std::string changes = change_words(before_, after, *narrowed);
    if (!changes.empty()) sentence += format(" Changed: {}.", changes);
    const std::string chosen = choices(ledger_.stepped(moment.number, event, after, effects));
    sentence += chosen;
    const bool starting = by_hand_ && !at_;
    quiet_ = chosen.empty() && (starting || (changes.empty() && is_quiet(event, effects)));
    book_.stepped(moment, after, effects, first);
    tell(moment, step.node, chosen.empty() && is_elsewhere(slots_, event, effects), sentence);
}

void Narrator::broke(const Moment& moment, const Step& step, const Event& event,
                     const std::string& why) {
    tell(moment, step.node, false,
         format("{}: the code breaks its own promise: {}.", cause(step, event), why));
}

void Narrator::crashed(const Moment& moment, NodeId node) {
    tell(moment, node, false, node_words(node) + " crashes.");
}

void Narrator::noted(const Moment& moment, const Note& note) {
    questions_.noted(moment, note);
    if (const auto cause = questions_.cause(note)) causes_.push_back(*cause);
    bool elsewhere = false;
    const auto of_message = [&](MessageId message, std::string_view fate) {
        const MessageCard* card = book_.card(message);
        if (card == nullptr) return format("a message is {}.", fate);
        elsewhere = !is_within(slots_, card->about);
        causes_.push_back(card->sent_at);
        return format("{} -> {} {} (sent at #{}): {}.", node_words(card->from),
                      node_words(card->to), card->words, card->sent_at, fate);
    };
    line_ = by_hand_ ? read_hand_line(note) : std::nullopt;
    if (line_) at_ = moment.number;
    std::string text = std::visit(
        Overload{
            [&](const MessageLost& lost) {
                if (at_) causes_.push_back(*at_);
                return of_message(lost.message, "lost, " + std::string(loss_words(lost.why)));
            },
            [&](const MessageDuplicated& twice) { return of_message(twice.message, "duplicated"); },
            [&](const auto&) { return note_words(note) + "."; }},
        note);
    NodeId node;
    std::visit(
        [&](const auto& one) {
            if constexpr (requires { one.node; }) node = one.node;
        },
        note);
    tell(moment, node, elsewhere, text);
}

void Narrator::violated(const Moment& moment, const props::Violation& violation) {
    causes_.push_back(moment.number - 1);
    tell(moment, NodeId{}, false,
         format("VIOLATION of {}: {}.", violation.property, violation.details));
}

}  // namespace decree::traces
