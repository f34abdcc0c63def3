#include "traces/render/ledger.hpp"

#include <algorithm>

namespace decree::traces {
namespace {

constexpr std::size_t slots_kept = 10'000;

const Voters& voters_of(const Settings& settings, const Node& node, Slot slot) {
    const Membership& membership = node.membership();
    const auto eras = membership.eras(slot);
    const bool known = slot <= membership.horizon() && eras.front().from <= slot;
    return known ? membership.voters(slot) : settings.voters;
}

}  // namespace

std::vector<Choice> VoteLedger::started(const Recovered& disk, const Node& node) {
    std::vector<Choice> chosen;
    waiting_[node.id()].clear();
    for (const RecoveredSlot& one : disk.slots) {
        count(node, one.slot, one.ballot, one.value, chosen);
    }
    return chosen;
}

std::vector<Choice> VoteLedger::stepped(const Event& event, const Node& after,
                                        const Effects& effects) {
    std::vector<Choice> chosen;
    std::deque<Vote>& waiting = waiting_[after.id()];
    const Position end{effects.journal.begin.value + effects.journal.bytes.size()};
    for (const RuleTaken& taken : effects.rules) {
        // A leader votes for what it proposes.
        if (taken.rule != Rule::VoteCast && taken.rule != Rule::AcceptSent) continue;
        const LogEntry* entry = after.log().find(taken.slot);
        if (entry == nullptr) continue;
        waiting.push_back({end, taken.slot, taken.ballot, entry->value});
    }
    if (const auto* durable = std::get_if<Durable>(&event.what)) {
        while (!waiting.empty() && waiting.front().end <= durable->position) {
            const Vote& vote = waiting.front();
            count(after, vote.slot, vote.ballot, vote.value, chosen);
            waiting.pop_front();
        }
    }
    return chosen;
}

void VoteLedger::count(const Node& node, Slot slot, Ballot ballot, const Value& value,
                       std::vector<Choice>& out) {
    Tally& tally = tallies_[slot][ballot];
    tally.value = value;
    if (std::ranges::find(tally.voters, node.id()) != tally.voters.end()) return;
    tally.voters.push_back(node.id());
    const Voters& voters = voters_of(settings_, node, slot);
    VoterBits bits;
    for (const NodeId voter : tally.voters) bits = bits | bit_of(voters, voter);
    if (tally.told || !is_quorum(settings_.quorums, voters, Phase::Two, bits)) return;
    tally.told = true;
    out.push_back({slot, ballot, value, make_voters(tally.voters)});
    forget_old_slots();
}

void VoteLedger::forget_old_slots() {
    while (tallies_.size() > slots_kept) tallies_.erase(tallies_.begin());
}

}  // namespace decree::traces
