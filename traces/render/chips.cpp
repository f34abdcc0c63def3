#include "traces/render/chips.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

std::optional<Chip> chip_of(const RuleTaken& taken, const Node& after) {
    const std::string ballot = ballot_name(taken.ballot);
    const auto chip = [&](std::string text) {
        return Chip{.text = std::move(text), .ballot = taken.ballot, .chosen = false};
    };
    switch (taken.rule) {
    case Rule::BallotOpened:
        return chip("opens " + ballot);
    case Rule::PromiseGiven:
        return chip("promised " + ballot);
    case Rule::LeadershipBegun:
        return chip("leads " + ballot);
    case Rule::AcceptSent:
    case Rule::VoteCast:
        return chip(fmt::format("vote {} slot {}", ballot, taken.slot.value));
    case Rule::PromiseRefusedStaleBallot:
    case Rule::VoteRefusedStaleBallot:
    case Rule::HeartbeatRefusedStaleBallot: {
        Chip refusal = chip(fmt::format("{} < {}", ballot, ballot_name(after.promised())));
        refusal.ballot = after.promised();
        return refusal;
    }
    case Rule::ValueChosen:
    case Rule::LearnedByDecide:
        return chip(fmt::format("knows slot {}", taken.slot.value));
    case Rule::LearnedByWatermark:
        return chip(fmt::format("knows through {}", taken.slot.value));
    case Rule::SnapshotInstalled:
        return Chip{.text = fmt::format("snapshot through {}", taken.slot.value),
                    .ballot = std::nullopt,
                    .chosen = false};
    default:
        return std::nullopt;
    }
}

bool is_knowledge(Rule rule) { return rule == Rule::ValueChosen || rule == Rule::LearnedByDecide; }

}  // namespace

std::string row_words(NodeId actor, const Event& event, const Effects& effects) {
    std::vector<std::string> clauses;
    std::string routine;
    for (const RuleGroup& group : group_rules(effects.rules)) {
        if (!is_routine(group.first.rule)) {
            clauses.push_back(say(group, actor));
        } else if (routine.empty() || group.first.rule == Rule::ReleasedByDurable) {
            routine = say(group, actor);
        }
    }
    if (clauses.empty() && !effects.envelopes.empty()) {
        const Envelope& first = effects.envelopes.front();
        clauses.push_back(fmt::format(
            "{}sends \"{}\"",
            std::holds_alternative<Durable>(event.what) ? "has it on its disk and " : "",
            message_words(first.message)));
    }
    if (clauses.empty()) clauses.push_back(routine.empty() ? "changes nothing" : routine);
    std::string text = fmt::format("{}", fmt::join(clauses, "; "));
    if (const auto* asked = std::get_if<Requested>(&event.what)) {
        text = "asked for " + payload_words(asked->payload.bytes()) + ": " + text;
    }
    return text;
}

std::vector<Chip> chips_of(const Effects& effects, const Node& after) {
    std::vector<Chip> chips;
    std::size_t known = 0;
    for (const RuleTaken& taken : effects.rules) {
        std::optional<Chip> chip = chip_of(taken, after);
        if (!chip) continue;
        if (is_knowledge(taken.rule) && ++known > 1) {
            const auto last = std::ranges::find_if(
                chips, [](const Chip& one) { return one.text.starts_with("knows"); });
            last->text = fmt::format("knows through {}", taken.slot.value);
            continue;
        }
        chips.push_back(std::move(*chip));
    }
    if (chips.size() > 2) {
        chips[1].text = fmt::format("and {} more", chips.size() - 1);
        chips.resize(2);
    }
    return chips;
}

}  // namespace decree::traces
