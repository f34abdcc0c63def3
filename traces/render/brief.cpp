#include "traces/render/brief.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "traces/render/quiet.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

/// A rule as a picture says it. {value} stands for what the node holds of the slot.
struct Brief {
    Rule rule{};
    std::string_view one;
    /// For {count} slots, told together when they are more than two; empty: never together.
    std::string_view many;
};

// Rules that are missing here are said as everywhere else; those with no words are left out: an
// arrow, a chip or another rule of the same step shows them.
constexpr auto briefs = std::to_array<Brief>({
    {Rule::StartedEmpty, "has nothing on its disk", ""},
    {Rule::StartedFromJournal, "has what its journal holds", ""},
    {Rule::StartedFromSnapshot, "has its snapshot through slot {slot} and its journal", ""},
    {Rule::LeaderMissed, "misses a leader", ""},
    {Rule::PreVoteAsked, "asks whether others do, too", ""},
    {Rule::PreVoteGranted, "misses the leader, too", ""},
    {Rule::PreVoteRefusedLeaderAlive, "does not miss a leader yet", ""},
    {Rule::PreVoteQuorum, "hears that a quorum misses the leader", ""},
    {Rule::BallotOpened, "opens ballot {ballot}", ""},
    {Rule::PrepareSent, "", ""},
    {Rule::PrepareRepeated, "", ""},
    {Rule::LeaderFollowed, "", ""},
    {Rule::LeaderForsaken, "", ""},
    {Rule::PromiseGiven, "promises {ballot}", ""},
    {Rule::PromiseRefusedStaleBallot, "refuses {ballot}: it has promised {promised}", ""},
    {Rule::PromisePartTaken, "", ""},
    {Rule::PhaseOneQuorum, "has the promises of a quorum", ""},
    {Rule::LeadershipBegun, "leads in {ballot}", ""},
    {Rule::ValueAdoptedFromHighestBallot,
     "must propose {value} for slot {slot}: voted for in {ballot}",
     "must propose what the highest ballots voted for, in {count} slots"},
    {Rule::ValueAdoptedChosen, "learns {value} for slot {slot} from a promise",
     "learns {count} slots from a promise"},
    {Rule::ValueFree, "is free, and proposes {value} for slot {slot}",
     "is free, and proposes its own for {count} slots"},
    {Rule::GapFilledWithNoop, "proposes a no-op for slot {slot}: nobody reports a vote there",
     "proposes no-ops for {count} slots: nobody reports a vote there"},
    {Rule::WindowFilledWithNoop, "proposes a no-op for slot {slot}: new voters wait for it",
     "proposes no-ops for {count} slots: new voters wait for them"},
    {Rule::AcceptSent, "votes for {value} itself", "votes for all of them itself"},
    {Rule::VoteCast, "votes for {value}", "votes in {count} slots"},
    {Rule::VoteRefusedStaleBallot, "refuses {ballot}: it has promised {promised}",
     "refuses {ballot} in {count} slots: it has promised {promised}"},
    {Rule::VoteCounted, "counts the vote of {peer} for slot {slot}",
     "counts votes in {count} slots"},
    {Rule::OwnVoteDurable, "", ""},
    {Rule::PromiseComplete, "has the promise of {peer}", ""},
    {Rule::ValueChosen, "knows {value} chosen in slot {slot}", "knows {count} slots chosen"},
    {Rule::LearnedByDecide, "learns {value} in slot {slot}", "learns {count} slots"},
    {Rule::LearnedByWatermark, "learns all through slot {slot}: it voted in {ballot}", ""},
    {Rule::SlotApplied, "", ""},
    {Rule::NoopApplied, "", ""},
    {Rule::CommandExecuted, "executes {value}", "executes {count} slots"},
    {Rule::DuplicateSkipped, "skips {value} in slot {slot}: executed before", ""},
    {Rule::RequestQueued, "", ""},
    {Rule::RequestAnswered, "answers its client", "answers its clients"},
    {Rule::ForwardTaken, "takes what {peer} forwarded", ""},
    {Rule::RequestForwarded, "forwards it to {peer}", ""},
    {Rule::CatchUpAnswered, "", ""},
    {Rule::CatchUpAsked, "asks {peer} what is chosen from slot {slot} on", ""},
    {Rule::HeldUntilDurable, "", ""},
    {Rule::ReleasedByDurable, "", ""},
});

const Brief* brief_of(Rule rule) {
    const auto* found = std::ranges::find(briefs, rule, &Brief::rule);
    return found == briefs.end() ? nullptr : found;
}

bool has(const Effects& effects, Rule rule) {
    return std::ranges::any_of(effects.rules,
                               [&](const RuleTaken& taken) { return taken.rule == rule; });
}

// What another rule of the same step says already.
bool goes_without_saying(const RuleTaken& taken, const Effects& effects, NodeId actor) {
    switch (taken.rule) {
    case Rule::PromiseComplete:
        return has(effects, Rule::PhaseOneQuorum) || taken.peer == actor;
    case Rule::PhaseOneQuorum:
        return has(effects, Rule::LeadershipBegun);
    case Rule::VoteCounted:
        return taken.peer == actor || has(effects, Rule::ValueChosen);
    case Rule::AcceptSent:
        return has(effects, Rule::ValueFree) || has(effects, Rule::GapFilledWithNoop) ||
               has(effects, Rule::ValueAdoptedFromHighestBallot);
    case Rule::SteppedDownHigherBallot:
        return has(effects, Rule::PromiseGiven) || has(effects, Rule::BallotOpened);
    default:
        return is_routine(taken.rule) && brief_of(taken.rule) == nullptr;
    }
}

void fill(std::string& text, std::string_view place, const std::string& by) {
    const std::size_t at = text.find(place);
    if (at != std::string::npos) text.replace(at, place.size(), by);
}

std::string value_at(const Node& node, Slot slot) {
    const LogEntry* entry = node.log().find(slot);
    return entry == nullptr ? "it" : value_words(entry->value);
}

/// Rules of one kind and ballot, of a step.
struct Bundle {
    RuleGroup group;
    std::size_t slots = 1;
};

std::vector<Bundle> bundles_of(const Effects& effects, NodeId actor) {
    std::vector<Bundle> bundles;
    std::vector<RuleGroup> groups = group_rules(effects.rules);
    for (RuleGroup& group : groups) {
        if (goes_without_saying(group.first, effects, actor)) continue;
        const Brief* brief = brief_of(group.first.rule);
        if (brief != nullptr && brief->one.empty()) continue;
        const auto alike = [&](const RuleGroup& other) {
            return other.first.rule == group.first.rule && other.first.ballot == group.first.ballot;
        };
        const auto same = static_cast<std::size_t>(std::ranges::count_if(groups, alike));
        const bool together = brief != nullptr && !brief->many.empty() && same > 2;
        const bool told = together && std::ranges::any_of(bundles, alike, &Bundle::group);
        if (!told) bundles.push_back({std::move(group), together ? same : 1});
    }
    return bundles;
}

std::string say(const Bundle& bundle, const Node& after, const Names& names) {
    const RuleTaken& taken = bundle.group.first;
    const Brief* brief = brief_of(taken.rule);
    if (brief == nullptr) return say(bundle.group, after.id(), names);
    std::string text(bundle.slots > 1 ? brief->many : brief->one);
    std::string peers;
    for (const NodeId peer : bundle.group.peers) {
        peers += (peers.empty() ? "" : " and ") + node_words(peer);
    }
    fill(text, "{peer}", peers);
    fill(text, "{ballot}", ballot_name(taken.ballot));
    fill(text, "{promised}", ballot_name(after.promised()));
    fill(text, "{value}", value_at(after, taken.slot));
    fill(text, "{slot}", std::to_string(taken.slot.value));
    fill(text, "{count}", std::to_string(bundle.slots));
    return text;
}

}  // namespace

bool is_late_promise(const Event& event, const Node& after, const Effects& effects) {
    const auto* received = std::get_if<Received>(&event.what);
    return received != nullptr && std::holds_alternative<Promise>(received->message) &&
           after.role() == Role::Leading && !has(effects, Rule::LeadershipBegun) &&
           effects.envelopes.empty();
}

std::string brief_words(const Event& event, const Node& after, const Effects& effects,
                        const Names& names) {
    std::vector<std::string> clauses;
    if (is_late_promise(event, after, effects)) return "ignores it: phase 1 is over";
    for (const Bundle& bundle : bundles_of(effects, after.id())) {
        clauses.push_back(say(bundle, after, names));
    }
    const bool told = std::holds_alternative<Received>(event.what) ||
                      std::holds_alternative<Requested>(event.what) ||
                      std::holds_alternative<Directed>(event.what);
    if (clauses.empty() && told && effects.envelopes.empty()) {
        if (effects.rules.empty()) return quiet_words(event, after);
        return say(group_rules(effects.rules).front(), after.id(), names);
    }
    return fmt::format("{}", fmt::join(clauses, "; "));
}

std::string some_words(const Event& event, const Node& after, const Effects& effects,
                       const Names& names) {
    std::string text = brief_words(event, after, effects, names);
    if (text.empty() && !effects.envelopes.empty()) {
        const bool held = std::holds_alternative<Durable>(event.what);
        const auto& first = effects.envelopes.front().message;
        text =
            fmt::format("{}sends \"{}\"", held ? "has it on its disk: " : "", message_words(first));
        const auto others = std::ranges::count_if(
            effects.envelopes, [&](const Envelope& other) { return other.message != first; });
        if (others > 0) text += fmt::format(" and {} more", others);
    }
    if (text.empty() && !effects.rules.empty()) {
        text = say(group_rules(effects.rules).front(), after.id(), names);
    }
    return text.empty() ? quiet_words(event, after) : text;
}

std::string row_words(const Event& event, const Node& after, const Effects& effects,
                      const Names& names) {
    std::string text = some_words(event, after, effects, names);
    if (const auto* asked = std::get_if<Requested>(&event.what)) {
        return "asked for " + payload_words(asked->payload.bytes()) + ": " + text;
    }
    if (const auto* told = std::get_if<Directed>(&event.what)) {
        return "told to " + direction_words(told->what) + ": " + text;
    }
    return text;
}

}  // namespace decree::traces
