#include <algorithm>

#include "core/overload.hpp"
#include "props/agreement.hpp"
#include "props/ballots_are_unique.hpp"
#include "props/learned_is_chosen.hpp"
#include "props/no_claim_beyond_disk.hpp"
#include "props/observer.hpp"
#include "props/one_value_per_ballot.hpp"
#include "props/promises_report_every_vote.hpp"
#include "props/safe_at.hpp"
#include "props/slot_quorums.hpp"
#include "props/stability_of_chosen.hpp"
#include "props/validity.hpp"

namespace decree::props {

void Observer::say(GhostNode& node, const Message& message) {
    if (!fine()) return;
    std::visit(
        Overload{
            [&](const Prepare& m) { send(node, m); },
            [&](const Promise& m) { send(node, m); },
            [&](const Accept& m) { send(node, m); },
            [&](const Accepted& m) { send(node, m); },
            [&](const Decide& m) { send(node, m); },
            [&](const Chosen& m) { send(node, m); },
            [&](const PreVoteAnswer& m) { learned(node, m.chosen_through, "PreVoteAnswer"); },
            [&](const Heartbeat& m) {
                open(node, m.ballot, "Heartbeat");
                learned(node, m.chosen_through, "Heartbeat");
            },
            [&](const HeartbeatAnswer& m) { learned(node, m.chosen_through, "HeartbeatAnswer"); },
            [&](const SnapshotPiece& m) {
                learned(node, m.through, "SnapshotPiece");
                report(bounds_.check(node.id, m));
            },
            [&](const Forward& m) { report(bounds_.check(node.id, m)); },
            [&](const ReadPoint& m) { learned(node, m.slot, "ReadPoint"); },
            [&](const Handover& m) { open(node, m.ballot, "Handover"); },
            [&](const FoundingWord& m) { send(node, m); },
            [&](const Welcome& m) { send(node, m); },
            // These claim nothing.
            [](const PreVote&) {},
            [](const Nack&) {},
            [](const CatchUp&) {},
            [](const ReadIndex&) {},
        },
        message);
}

/// The node acts as the owner of `ballot`.
void Observer::open(GhostNode& node, Ballot ballot, std::string_view how) {
    if (ballot == node.opened && ballot > node.opened_before) return;
    report(ballots_are_unique(node.id, ballot, node.opened_before, how));
    node.opened = std::max(node.opened, ballot);
}

void Observer::learned(const GhostNode& node, Slot through, std::string_view how) {
    if (through <= chosen_.through()) [[likely]]
        return;
    report(learned_is_chosen(node.id, through, chosen_.through(), how));
}

void Observer::send(GhostNode& node, const Prepare& message) {
    open(node, message.ballot, "Prepare");
    report(no_claim_beyond_disk(node.id, message, node.disk.durable));
}

void Observer::send(GhostNode& node, const Promise& message) {
    report(no_claim_beyond_disk(node.id, message, node.disk.durable));
    report(promises_report_every_vote(node.id, node.index, message, votes_, chosen_));
    learned(node, message.trimmed_through, "Promise");
    report(bounds_.check(node.id, message));
}

void Observer::send(GhostNode& node, const Accept& message) {
    open(node, message.ballot, "Accept");
    if (node.disk.durable.promised < message.ballot) [[unlikely]] {
        report(no_claim_beyond_disk(node.id, message, node.disk.durable));
    }
    learned(node, message.chosen_through, "Accept");
    SlotVotes* const votes = votes_.find(message.slot);
    BallotVotes* proposal = votes == nullptr ? nullptr : votes->find(message.ballot);
    if (proposal != nullptr) {
        report(one_value_per_ballot(message.slot, *proposal, message.value, "Accept"));
    } else {
        report(bounds_.check(node.id, message));
        proposal = propose(message.slot, message.ballot, message.value);
    }
    if (proposal != nullptr && fine()) judge_proposal(message.slot, *proposal);
}

void Observer::send(GhostNode& node, const Accepted& message) {
    if (message.slot <= votes_.forgotten_through()) return;
    const SlotVotes* const votes = votes_.find(message.slot);
    const BallotVotes* const vote = votes == nullptr ? nullptr : votes->find(message.ballot);
    if (vote != nullptr && vote->durable.has(node.index)) [[likely]]
        return;
    report(no_claim_beyond_disk(node.id, message, votes, node.index,
                                node.disk.durable.find(message.slot), chosen_.find(message.slot)));
}

void Observer::send(GhostNode& node, const Decide& message) {
    learned(node, message.chosen_through, "Decide");
    report(bounds_.check(node.id, message));
    for (const Decided& decided : message.entries) {
        const Choice* const choice = chosen_.find(decided.slot);
        if (choice == nullptr) {
            report(learned_is_chosen(node.id, decided.slot, nullptr, nullptr, "Decide"));
            return;
        }
        report(agreement(decided.slot, *choice, node.id, decided.value));
    }
}

void Observer::send(GhostNode& node, const Chosen& message) {
    const SlotVotes* const votes = votes_.find(message.slot);
    const BallotVotes* const voted = votes == nullptr ? nullptr : votes->find(message.ballot);
    const DiskEntry held{.ballot = message.ballot,
                         .digest = voted == nullptr ? 0 : voted->value.digest(),
                         .decided = false};
    report(learned_is_chosen(node.id, message.slot, voted == nullptr ? nullptr : &held,
                             chosen_.find(message.slot), "Chosen"));
}

/// A ballot turns up in a slot with `value`. Returns its place; nullptr when the slot is forgotten,
/// or something is wrong.
BallotVotes* Observer::propose(Slot slot, Ballot ballot, const Value& value) {
    if (const Choice* const choice = chosen_.find(slot)) {
        report(stability_of_chosen(slot, *choice, ballot, value));
    }
    // Also keeps the history short when a slot is nonsense.
    report(within_horizon(slot, ballot, chosen_.through() + settings_.alpha));
    if (slot <= votes_.forgotten_through() || !fine()) return nullptr;
    SlotVotes& votes = votes_.place(slot);
    bool known = false;
    for (std::size_t i = 0; i < votes.size(); ++i) known = known || votes[i].value == value;
    if (!known) report(validity(slot, ballot, value, operations_, scratch_));
    if (votes.size() == 1) ++sometimes_.competing;
    if (known) ++sometimes_.adopted;
    return &votes.add(ballot, value);
}

/// The first time that a leader proposes: could it?
void Observer::judge_proposal(Slot slot, BallotVotes& proposal) {
    if (proposal.proposed) return;
    proposal.proposed = true;
    const Electorate& electorate = electorates_.at(slot);
    report(leader_has_quorum(slot, proposal.ballot, settings_.quorums, electorate, promised_));
    report(safe_at(slot, *votes_.find(slot), proposal, settings_.quorums, electorate, promised_));
    if (proposal.ballot != newest_) ++sometimes_.ballots;
    newest_ = proposal.ballot;
}

}  // namespace decree::props
