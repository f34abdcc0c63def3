#include <algorithm>
#include <utility>

#include "core/digest.hpp"
#include "core/overload.hpp"
#include "props/agreement.hpp"
#include "props/ballots_are_unique.hpp"
#include "props/learned_is_chosen.hpp"
#include "props/no_claim_beyond_disk.hpp"
#include "props/observer.hpp"
#include "props/one_value_per_ballot.hpp"
#include "props/promises_report_every_vote.hpp"
#include "props/returns_recognized.hpp"
#include "props/safe_at.hpp"
#include "props/seats_by_majority.hpp"
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
                show(node, m.shown);
            },
            [&](const HeartbeatAnswer& m) { send(node, m); },
            [&](const SnapshotPiece& m) {
                learned(node, m.through, "SnapshotPiece");
                report(bounds_.check(node.id, m));
            },
            [&](const Forward& m) { report(bounds_.check(node.id, m)); },
            [&](const ReadPoint& m) { learned(node, m.slot, "ReadPoint"); },
            [&](const Handover& m) { send(node, m); },
            [&](const FoundingWord& m) { send(node, m); },
            [&](const Welcome& m) { send(node, m); },
            // These claim nothing.
            [](const PreVote&) {},
            [](const Nack&) {},
            [](const CatchUp&) {},
            [](const ReadIndex&) {},
            [](const LeaseOver&) {},
            [](const Recognized&) {},
            [&](const Returned& m) { show(node, m.shown); },
            [](const AskSilent&) {},
            [&](const TellSilent& m) { send(node, m); },
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
    promise(node, message.ballot, "Prepare");
    report(no_claim_beyond_disk(node.id, message, node.disk.durable));
}

void Observer::send(GhostNode& node, const Promise& message) {
    report(no_claim_beyond_disk(node.id, message, node.disk.durable));
    report(promises_report_every_vote(node.id, node.index, message, votes_, chosen_));
    learned(node, message.trimmed_through, "Promise");
    promise(node, message.ballot, "Promise");
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

void Observer::send(GhostNode& node, const HeartbeatAnswer& message) {
    learned(node, message.chosen_through, "HeartbeatAnswer");
    show(node, message.shown);
    if (!message.granted) return;
    node.granted.to = message.ballot;
    node.granted.until = event_->now + settings_.lease_us;
    node.granted.ever = true;
    ++sometimes_.leases;
}

void Observer::send(GhostNode& node, const Handover& message) {
    open(node, message.ballot, "Handover");
    if (settings_.lease_us > 0) handed_over_.push_back(message.ballot);
}

void Observer::send(const GhostNode& node, const TellSilent& message) {
    if (!message.silent) return;
    ++sometimes_.called_silent;
    report(silence_is_true(node.id, message.node,
                           node.watching.silent_us(message.node, event_->now),
                           node.watching.options.dead_after));
}

void Observer::show(GhostNode& node, const Shown& shown) {
    if (shown.incarnation == Incarnation{}) return;
    node.standing.incarnation = shown.incarnation;
    node.standing.life = shown.life;
    report(shows_what_is_durable(node.id, shown, node.disk.durable.incarnation,
                                 node.disk.durable_through));
}

/// What a node is told of who it is.
void Observer::recognize(GhostNode& node, NodeId from, const Recognized& message) {
    Standing& standing = node.standing;
    const bool meant = standing.incarnation != Incarnation{} &&
                       message.shown.incarnation == standing.incarnation &&
                       message.shown.life == standing.life;
    if (!meant) return;
    // Late words of the requests that it made since it was recognized.
    if (message.less && message.before.life == 0 && !standing.unrecognized) return;
    if (message.less) {
        if (!standing.refused_by) standing.refused_by = from;
        ++sometimes_.returns_refused;
    } else {
        standing.recognized_by.push_back(from);
    }
}

/// Whether a quorum of the voters of `slot` has seen no more of it.
bool Observer::is_recognized(const GhostNode& node, Slot slot) {
    NodeSet nodes;
    nodes.add(node.index);
    for (const NodeId by : node.standing.recognized_by) nodes.add(ghost(by).index);
    const Electorate& electorate = electorates_.at(slot);
    return suffices(settings_.quorums, electorate, Phase::One, nodes) ||
           suffices(settings_.quorums, electorate, Phase::Two, nodes);
}

/// The node hears another one, and what that says of others.
void Observer::hear(GhostNode& node, const Received& event) {
    if (!is_plausible(event.message)) return;  // Of nobody, then.
    Watching& watching = node.watching;
    const auto at = std::ranges::find(watching.heard, event.from, &Watching::Heard::node);
    if (at == watching.heard.end()) {
        watching.heard.push_back({.node = event.from, .at = event_->now});
    } else {
        at->at = event_->now;
    }
    if (const auto* const answer = std::get_if<HeartbeatAnswer>(&event.message)) {
        if (answer->ballot != node.opened) return;
        Slot& knows = watching.answered[event.from];
        knows = std::max(knows, answer->chosen_through);
    }
    const auto* const told = std::get_if<TellSilent>(&event.message);
    if (told == nullptr || told->ballot != node.opened) return;
    if (std::exchange(watching.ballot, told->ballot) != told->ballot) watching.told.clear();
    std::erase_if(watching.told, [&](const Watching::Told& each) {
        return each.by == event.from && each.about == told->node;
    });
    if (told->silent) watching.told.push_back({.by = event.from, .about = told->node});
}

/// A leader proposes commands of its own for the first time (scratch_ holds what it proposes).
void Observer::decide_seats(Ballot ballot) {
    for (const CommandView& command : scratch_.commands) {
        if (command.id.origin != ballot.node || !seat_changes_.is_new(command.id)) continue;
        const GhostNode& leader = ghost(ballot.node);
        const Voters& voters = electorates_.at(leader.applied + settings_.alpha).voters;
        const auto change = seat_in(command.payload, voters);
        // A client that brings no name asks by its node's.
        if (!change || nameless_.contains(hash_bytes(command.payload))) continue;
        seat_changes_.add(command.id, Value(command.payload));
        ++sometimes_.seats_decided;
        const Watching& watching = leader.watching;
        SeatProposal proposal{.leader = leader.id,
                              .change = *change,
                              .options = watching.options,
                              .led_us = event_->now.value - watching.opened.value,
                              .silent_us = watching.silent_us(change->out, event_->now),
                              .told = {},
                              .quorums = settings_.quorums,
                              .heard = {},
                              .learned = {},
                              .knew = watching.knew};
        for (const Watching::Heard& heard : watching.heard) {
            if (event_->now.value - heard.at.value < watching.election) {
                proposal.heard.push_back(heard.node);
            }
        }
        // Before that, a leader takes for heard whom it has just begun to talk to.
        proposal.hears = watching.options.stable_after >= watching.election;
        const auto answered = watching.answered.find(change->in);
        if (answered != watching.answered.end()) proposal.learned = answered->second;
        for (const Watching::Told& told : watching.told) {
            if (watching.ballot == ballot && told.about == change->out) {
                proposal.told.push_back(told.by);
            }
        }
        report(seats_by_majority(proposal));
    }
}

/// The node counts, or lets another count, its own promise.
void Observer::promise(const GhostNode& node, Ballot ballot, std::string_view how) {
    if (!node.granted.ever) [[likely]]
        return;
    report(grants_are_kept(node.id, node.granted, ballot, event_->now, handed_over_, how));
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
    if (!known) {
        if (!value.empty() && read_contents(value, scratch_)) decide_seats(ballot);
        note_proposed(slot, value);
        report(validity(slot, ballot, value, operations_, seat_changes_, scratch_));
    }
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
