#include "sim/scenario/facts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "core/reflect.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/values.hpp"

namespace decree::sim::scenario {

namespace {

using Instead = std::optional<std::string>;

std::string text_of_vote(const std::optional<HeldVote>& vote) {
    if (!vote) return "none";
    return to_text(vote->ballot) + ' ' + value_to_text(text_of(vote->value));
}

// All votes ever cast in a slot: "1.1 X by N1,N2 (chosen); 2.3 Y by N3".
std::string slot_story(const Witness& witness, Slot slot) {
    std::string story;
    for (const Tally& tally : witness.tallies(slot)) {
        if (!story.empty()) story += "; ";
        story += text_of_vote(tally.vote) + " by " + to_text(tally.by);
        if (tally.chosen) story += " (chosen)";
    }
    if (story.empty()) story = "nobody has accepted anything";
    return fmt::format("slot {}: {}", slot.value, story);
}

class Judge {
public:
    explicit Judge(const Scene& scene) : scene_(scene) {}

    Instead operator()(const Promised& fact) const {
        const Ballot promised = scene_.witness.promised(fact.node);
        if (promised == fact.ballot) return std::nullopt;
        return fmt::format("{} has promised {}, durably", to_text(fact.node), to_text(promised));
    }

    Instead operator()(const AcceptedIs& fact) const {
        const std::optional<HeldVote> vote = scene_.witness.accepted(fact.node, fact.slot);
        const bool same = vote.has_value() == fact.vote.has_value() &&
                          (!vote || (vote->ballot == fact.vote->ballot &&
                                     text_of(vote->value) == fact.vote->value));
        if (same) return std::nullopt;
        return fmt::format("in slot {} {} has accepted {}, durably, and promised {}",
                           fact.slot.value, to_text(fact.node), text_of_vote(vote),
                           to_text(scene_.witness.promised(fact.node)));
    }

    Instead operator()(const Proposes& fact) const {
        const Node* const node = scene_.node(fact.node);
        if (node == nullptr || node->role() != Role::Leading) return who_leads(fact.node);
        const std::optional<HeldVote> vote = scene_.witness.voted(fact.node, fact.slot);
        if (!vote || vote->ballot != node->ballot()) {
            return fmt::format("{} leads in {}, and proposes nothing in slot {}",
                               to_text(fact.node), to_text(node->ballot()), fact.slot.value);
        }
        if (text_of(vote->value) == fact.value) return std::nullopt;
        return fmt::format("in slot {} {} proposes {}", fact.slot.value, to_text(fact.node),
                           text_of_vote(vote));
    }

    Instead operator()(const ChosenIs& fact) const {
        for (const Tally& tally : scene_.witness.tallies(fact.slot)) {
            const bool same = tally.chosen && text_of(tally.vote.value) == fact.value;
            if (!same) continue;
            const bool at =
                !fact.at || (fact.at->ballot == tally.vote.ballot && fact.at->by == tally.voters);
            if (at) return std::nullopt;
        }
        return slot_story(scene_.witness, fact.slot);
    }

    Instead operator()(const NotChosen& fact) const {
        if (scene_.witness.chosen(fact.slot).empty()) return std::nullopt;
        return slot_story(scene_.witness, fact.slot);
    }

    Instead operator()(const Conflict& fact) const {
        std::vector<ValueText> chosen;
        for (const Value& value : scene_.witness.chosen(fact.slot)) {
            chosen.push_back(text_of(value));
        }
        const auto is_chosen = [&](const ValueText& value) {
            return std::ranges::find(chosen, value) != chosen.end();
        };
        const bool both = fact.one != fact.other && is_chosen(fact.one) && is_chosen(fact.other);
        if (both) return std::nullopt;
        return slot_story(scene_.witness, fact.slot);
    }

    Instead operator()(const Knows& fact) const {
        const std::optional<ValueText> known = known_at(fact.node, fact.slot);
        if (known == fact.value) return std::nullopt;
        return what_is_known(fact.node, fact.slot, known);
    }

    Instead operator()(const Unknown& fact) const {
        const std::optional<ValueText> known = known_at(fact.node, fact.slot);
        if (!known) return std::nullopt;
        return what_is_known(fact.node, fact.slot, known);
    }

    Instead operator()(const Applied& fact) const {
        const Node* const node = scene_.node(fact.node);
        const auto commands =
            node == nullptr ? std::vector<CommandText>{} : applied_commands(*node);
        if (commands == fact.commands) return std::nullopt;
        return fmt::format("{} has applied {}{}", to_text(fact.node), commands_to_text(commands),
                           is_down(fact.node));
    }

    Instead operator()(const PhaseIs& fact) const {
        const Node* const node = scene_.node(fact.node);
        const Role role = node == nullptr ? Role::Following : node->role();
        const std::uint64_t phase = role == Role::Leading ? 2 : role == Role::Preparing ? 1 : 0;
        if (phase == fact.phase) return std::nullopt;
        const std::string ballot =
            phase == 0 ? std::string() : " of its ballot " + to_text(node->ballot());
        return fmt::format("{} is in phase {}{}{}", to_text(fact.node), phase, ballot,
                           is_down(fact.node));
    }

    Instead operator()(const Nacked& fact) const {
        if (scene_.witness.refused(fact.by, fact.of, fact.kind)) return std::nullopt;
        std::string kinds;
        for (const Kind kind : scene_.witness.refused(fact.by, fact.of)) {
            kinds += fmt::format(" {}", name_of(kind));
        }
        return fmt::format("of {}'s messages {} has refused {}", to_text(fact.of), to_text(fact.by),
                           kinds.empty() ? "none" : "only:" + kinds);
    }

    Instead operator()(const Sent& fact) const {
        const std::uint64_t count = scene_.mail.different(fact.kind);
        if (count == fact.count) return std::nullopt;
        return fmt::format("so many different messages of the kind {} have left: {}",
                           name_of(fact.kind), count);
    }

    Instead operator()(const ConfirmedIs& fact) const {
        const Node* const node = scene_.node(fact.node);
        const auto* const leading =
            node == nullptr ? nullptr : std::get_if<Leading>(&node->role_state());
        if (leading == nullptr) return fact.yes ? Instead(who_leads(fact.node)) : std::nullopt;
        const Voters& voters = node->membership().voters(next(node->applied()));
        VoterBits bits = bit_of(voters, fact.node);
        std::string names;
        for (const Peer& peer : leading->peers) {
            if (leading->round == Round{} || peer.confirmed < leading->round) continue;
            bits = bits | bit_of(voters, peer.node);
            names += ' ' + to_text(peer.node);
        }
        const bool confirmed = leading->round != Round{} &&
                               is_quorum(node->settings().quorums, voters, Phase::Two, bits);
        if (confirmed == fact.yes) return std::nullopt;
        if (leading->round == Round{}) return to_text(fact.node) + " has asked nobody";
        return fmt::format("its latest round was answered by {} itself{}", to_text(fact.node),
                           names.empty() ? " alone" : " and" + names);
    }

    Instead operator()(const Answered& fact) const {
        const Question* const question = scene_.clients.find(fact.client, fact.command);
        if (question != nullptr && question->answered) return std::nullopt;
        return what_was_told(fact.client, fact.command, question);
    }

    Instead operator()(const ReadAnswered& fact) const {
        const Question* const question = scene_.clients.last_read(fact.client);
        const bool answered = question != nullptr && question->answered;
        if (answered && question->seen == fact.commands) return std::nullopt;
        if (!answered) return what_was_told(fact.client, "read", question);
        return fmt::format("C{} has read {}", fact.client, commands_to_text(question->seen));
    }

    Instead operator()(const Unanswered& fact) const {
        const Question* const question = fact.command == "read"
                                             ? scene_.clients.last_read(fact.client)
                                             : scene_.clients.find(fact.client, fact.command);
        if (question != nullptr && !question->answered) return std::nullopt;
        return what_was_told(fact.client, fact.command, question);
    }

    Instead operator()(const Violated& fact) const {
        std::string names;
        for (const props::Violation& violation : scene_.violations) {
            if (violation.property == fact.property) return std::nullopt;
            names += ' ' + violation.property;
        }
        return "of all properties there broke " + (names.empty() ? "none" : "only" + names);
    }

    Instead operator()(const Took& fact) const {
        if (scene_.witness.took(fact.node, fact.rule)) return std::nullopt;
        return to_text(fact.node) + " has never taken that rule";
    }

private:
    [[nodiscard]] std::string is_down(NodeId node) const {
        return scene_.node(node) == nullptr ? ": it is down" : "";
    }

    [[nodiscard]] std::string who_leads(NodeId id) const {
        const Node* const node = scene_.node(id);
        if (node == nullptr) return to_text(id) + " is down";
        return fmt::format("{} does not lead: it is in phase {}", to_text(id),
                           node->role() == Role::Preparing ? 1 : 0);
    }

    // What a node has learned of a slot. What it has trimmed it knew: it is the chosen value.
    [[nodiscard]] std::optional<ValueText> known_at(NodeId id, Slot slot) const {
        const Node* const node = scene_.node(id);
        if (node == nullptr) return std::nullopt;
        const LogEntry* const entry = node->log().find(slot);
        if (entry != nullptr && entry->chosen) return text_of(entry->value);
        if (slot > node->chosen_through()) return std::nullopt;
        const std::vector<Value> chosen = scene_.witness.chosen(slot);
        if (chosen.empty()) return std::nullopt;
        return text_of(chosen.front());
    }

    [[nodiscard]] std::string what_is_known(NodeId node, Slot slot,
                                            const std::optional<ValueText>& known) const {
        if (known) {
            return fmt::format("{} knows that {} is chosen in slot {}", to_text(node),
                               value_to_text(*known), slot.value);
        }
        return fmt::format("{} does not know what is chosen in slot {}{}", to_text(node),
                           slot.value, is_down(node));
    }

    [[nodiscard]] static std::string what_was_told(ClientNumber client, const CommandText& command,
                                                   const Question* question) {
        if (question == nullptr) return fmt::format("C{} never asked for {}", client, command);
        if (question->answered) {
            return fmt::format("C{} was answered {} since it asked last", client, command);
        }
        if (!question->told || *question->told == Outcome::Done) {
            return fmt::format("C{} was not answered {} since it asked last", client, command);
        }
        const auto outcome = static_cast<std::size_t>(*question->told);
        return fmt::format("C{} was told of {}: {}", client, command,
                           reflect::enumerator_names<Outcome>[outcome]);
    }

    const Scene& scene_;
};

}  // namespace

std::optional<std::string> contradiction(const Fact& fact, const Scene& scene) {
    return std::visit(Judge(scene), fact);
}

}  // namespace decree::sim::scenario
