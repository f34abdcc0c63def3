#include "traces/render/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace decree::traces {
namespace {

constexpr std::size_t slots_kept = 10'000;

}  // namespace

VoteLedger::VoteLedger(const Settings& settings)
    : settings_(settings), eras_{{Slot{1}, settings.voters}}, horizon_{settings.alpha} {}

std::vector<Choice> VoteLedger::started(std::uint64_t number, const Recovered& disk,
                                        const Node& node) {
    std::vector<Choice> chosen;
    learn_eras(node, chosen);
    // A vote may have reached the disk without the node's having been told.
    const std::deque<Vote> untold = std::move(waiting_[node.id()]);
    waiting_[node.id()].clear();
    for (const RecoveredSlot& one : disk.slots) {
        const auto cast = std::ranges::find_if(untold, [&](const Vote& vote) {
            return vote.slot == one.slot && vote.ballot == one.ballot;
        });
        count(node.id(),
              {.end = {},
               .number = cast != untold.end() ? cast->number : number,
               .slot = one.slot,
               .ballot = one.ballot,
               .value = one.value},
              chosen);
    }
    return chosen;
}

std::vector<Choice> VoteLedger::stepped(std::uint64_t number, const Event& event, const Node& after,
                                        const Effects& effects) {
    std::vector<Choice> chosen;
    learn_eras(after, chosen);
    std::deque<Vote>& waiting = waiting_[after.id()];
    const Position end{effects.journal.begin.value + effects.journal.bytes.size()};
    for (const RuleTaken& taken : effects.rules) {
        // A leader votes for what it proposes.
        if (taken.rule != Rule::VoteCast && taken.rule != Rule::AcceptSent) continue;
        const LogEntry* entry = after.log().find(taken.slot);
        if (entry == nullptr) continue;
        waiting.push_back({end, number, taken.slot, taken.ballot, entry->value});
    }
    if (const auto* durable = std::get_if<Durable>(&event.what)) {
        while (!waiting.empty() && waiting.front().end <= durable->position) {
            count(after.id(), waiting.front(), chosen);
            waiting.pop_front();
        }
    }
    return chosen;
}

bool VoteLedger::ever_votes(NodeId node) const {
    return std::ranges::any_of(eras_, [&](const auto& era) {
        return std::ranges::find(era.second, node) != era.second.end();
    });
}

// What is chosen fixes the voters, so whoever knows more than all others can be believed.
void VoteLedger::learn_eras(const Node& node, std::vector<Choice>& out) {
    const Membership& membership = node.membership();
    if (membership.horizon() <= horizon_) return;
    for (const Era& era : membership.eras(Slot{1})) eras_[era.from] = era.voters;
    const Slot known = std::exchange(horizon_, membership.horizon());
    for (auto open = tallies_.upper_bound(known); open != tallies_.end(); ++open) {
        for (auto& [ballot, tallies] : open->second.ballots) {
            for (Tally& tally : tallies) judge(open->first, ballot, tally, out);
        }
    }
}

void VoteLedger::count(NodeId node, const Vote& vote, std::vector<Choice>& out) {
    if (vote.slot <= forgotten_) return;
    std::vector<Tally>& tallies = tallies_[vote.slot].ballots[vote.ballot];
    auto tally = std::ranges::find(tallies, vote.value, &Tally::value);
    if (tally == tallies.end()) {
        tally = tallies.insert(tallies.end(), Tally{.value = vote.value, .votes = {}});
    }
    if (!tally->votes.emplace(node, vote.number).second) return;
    judge(vote.slot, vote.ballot, *tally, out);
    forget_old_slots();
}

void VoteLedger::judge(Slot slot, Ballot ballot, Tally& tally, std::vector<Choice>& out) {
    if (slot > horizon_ || tally.told) return;
    const Voters& voters = std::prev(eras_.upper_bound(slot))->second;
    Choice choice{.slot = slot,
                  .ballot = ballot,
                  .value = tally.value,
                  .voters = {},
                  .votes = {},
                  .another = false,
                  .again = false};
    VoterBits bits;
    for (const auto& [node, number] : tally.votes) {
        if (bit_of(voters, node) == VoterBits{}) continue;
        bits = bits | bit_of(voters, node);
        choice.voters.push_back(node);
        choice.votes.push_back(number);
    }
    if (!is_quorum(settings_.quorums, voters, Phase::Two, bits)) return;
    std::vector<Value>& told = tallies_[slot].told;
    tally.told = true;
    choice.again = std::ranges::find(told, tally.value) != told.end();
    choice.another = !told.empty() && !choice.again;
    if (!choice.again) told.push_back(tally.value);
    std::ranges::sort(choice.votes);
    out.push_back(std::move(choice));
}

void VoteLedger::forget_old_slots() {
    while (tallies_.size() > slots_kept) {
        forgotten_ = tallies_.begin()->first;
        tallies_.erase(tallies_.begin());
    }
}

}  // namespace decree::traces
