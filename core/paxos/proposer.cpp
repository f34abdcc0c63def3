#include "core/paxos/proposer.hpp"

#include <algorithm>
#include <iterator>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree {

PromiseVerdict PhaseOne::take(NodeId node, const Promise& promise) {
    ENSURE(promise.ballot == ballot_, "a promise counts in the ballot that it names only");
    Answer& answer = answers_.try_emplace(node, Answer{previous(from_), {}}).first->second;
    if (answer.covered_through == last_slot) return PromiseVerdict::Known;
    for (const Vote& vote : promise.votes) merge(vote);
    if (promise.trimmed_through > trimmed_through_) {
        trimmed_through_ = promise.trimmed_through;
        trimmed_at_ = node;
    }
    // What comes far too early is asked again.
    constexpr std::size_t most_ahead = 1024;
    if (answer.ahead.size() >= most_ahead) answer.ahead.erase(std::prev(answer.ahead.end()));
    Slot& ahead = answer.ahead[promise.covers_from];
    ahead = std::max(ahead, promise.covers_through);
    while (!answer.ahead.empty() && answer.covered_through < last_slot &&
           answer.ahead.begin()->first <= next(answer.covered_through)) {
        answer.covered_through = std::max(answer.covered_through, answer.ahead.begin()->second);
        answer.ahead.erase(answer.ahead.begin());
    }
    if (answer.covered_through < last_slot) return PromiseVerdict::Taken;
    answer.ahead.clear();
    return PromiseVerdict::Complete;
}

void PhaseOne::merge(const Vote& vote) {
    Vote& best = found_[vote.slot];
    const bool chosen = best.chosen || vote.chosen;  // Of one slot, and so of one value.
    if (best.ballot < vote.ballot) best = vote;
    best.chosen = chosen;
}

Slot PhaseOne::missing_from(NodeId node) const {
    const auto at = answers_.find(node);
    return at == answers_.end() ? from_ : next(at->second.covered_through);
}

bool PhaseOne::complete(NodeId node) const {
    const auto at = answers_.find(node);
    return at != answers_.end() && at->second.covered_through == last_slot;
}

bool PhaseOne::covers(const QuorumSystem& system, const Voters& voters) const {
    VoterBits promised;
    for (const NodeId voter : voters) {
        if (complete(voter)) promised = promised | bit_of(voters, voter);
    }
    return is_quorum(system, voters, Phase::One, promised);
}

bool PhaseOne::covers(const QuorumSystem& system, std::span<const Era> eras) const {
    return std::ranges::all_of(eras, [&](const Era& era) { return covers(system, era.voters); });
}

const Vote* PhaseOne::found(Slot slot) const {
    const auto at = found_.find(slot);
    return at == found_.end() ? nullptr : &at->second;
}

Slot PhaseOne::highest_found() const { return found_.empty() ? Slot{} : found_.rbegin()->first; }

void PhaseOne::forget_through(Slot through) {
    found_.erase(found_.begin(), found_.upper_bound(through));
}

std::uint64_t PhaseOne::digest() const {
    std::uint64_t digest = digest_of(ballot_, digest_of(from_));
    digest = digest_of(trimmed_at_, digest_of(trimmed_through_, digest));
    return digest_of(found_, digest_of(answers_, digest));
}

void PhaseTwo::propose(Value value, Time now) {
    proposals_.push_back({.value = std::move(value), .voted = {}, .sent = now, .chosen = false});
}

Proposal* PhaseTwo::find(Slot slot) {
    if (slot < first_ || slot >= next_slot()) return nullptr;
    return &proposals_[static_cast<std::size_t>(slot.value - first_.value)];
}

const Proposal* PhaseTwo::find(Slot slot) const {
    if (slot < first_ || slot >= next_slot()) return nullptr;
    return &proposals_[static_cast<std::size_t>(slot.value - first_.value)];
}

bool PhaseTwo::count(const QuorumSystem& system, const Voters& voters, Slot slot, NodeId node) {
    Proposal* const proposal = find(slot);
    ENSURE(proposal != nullptr, "a vote is counted for a value that was proposed");
    proposal->voted = proposal->voted | bit_of(voters, node);
    if (proposal->chosen || !is_quorum(system, voters, Phase::Two, proposal->voted)) return false;
    proposal->chosen = true;
    return true;
}

void PhaseTwo::forget_through(Slot through) {
    while (!proposals_.empty() && first_ <= through) {
        proposals_.pop_front();
        first_ = next(first_);
    }
    if (proposals_.empty() && first_ <= through) first_ = next(through);
}

std::uint64_t PhaseTwo::digest() const { return digest_of(proposals_, first_.value); }

}  // namespace decree
