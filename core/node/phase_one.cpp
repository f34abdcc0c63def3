/// Promises, given and taken: from Prepare to leadership.

#include <algorithm>

#include "core/contract.hpp"
#include "core/node/node.hpp"

namespace decree {

/// Phase 1(b), [PMS] 2.2. The answer waits for the disk, and is given whether or not this node
/// believes itself a voter: it may be behind, and the candidate knows whom it may count.
void Node::receive(NodeId from, const Prepare& message, Effects& out) {
    if (message.ballot.node != from || message.from_slot == Slot{})
        return refuse_message(from, out);
    highest_round_ = std::max(highest_round_, message.ballot.round);
    if (returning_) return out.took(Rule::WithheldUntilRecognized, from, message.ballot);
    // The answer would say that slots are trimmed here whose snapshot the disk does not have yet.
    if (snapshots_.installed > snapshots_.stored) {
        return out.took(Rule::PromiseWaitsForSnapshot, from, message.ballot, snapshots_.installed);
    }
    if (message.ballot >= acceptor_.promised()) {
        if (const std::optional<Slot> doubted = doubted_from(message.from_slot)) {
            out.took(Rule::PromiseWithheldInDoubt, from, message.ballot, *doubted);
            // Perhaps the candidate knows what was chosen; then it is answered when it asks again.
            return ask_to_catch_up(from, out);
        }
    }
    if (message.ballot >= acceptor_.promised() && lease_forbids(message.ballot)) {
        return out.took(Rule::PromiseWithheldByLease, from, message.ballot);
    }
    const PrepareVerdict verdict = acceptor_.prepare(message.ballot);
    if (verdict == PrepareVerdict::Refused) {
        out.took(Rule::PromiseRefusedStaleBallot, from, message.ballot);
        send(from,
             Nack{.ballot = message.ballot,
                  .promised = acceptor_.promised(),
                  .refused = Refused::PrepareMessage,
                  .slot = {}},
             out);
        return;
    }
    if (verdict == PrepareVerdict::Promised) {
        journal_.add(PromiseRecord{.ballot = message.ballot});
        out.took(Rule::PromiseGiven, from, message.ballot, message.from_slot);
        const Rule why =
            role() == Role::Following ? Rule::LeaderForsaken : Rule::SteppedDownHigherBallot;
        if (role() != Role::Following || leader()) step_down(why, message.ballot, out);
        wait_for_leader();
    } else {
        out.took(Rule::PromiseRepeated, from, message.ballot, message.from_slot);
    }
    scratch_.parts.clear();
    acceptor_.report(message.ballot, message.from_slot, options_.part_bytes, scratch_.parts);
    if (scratch_.parts.size() > 1) out.took(Rule::PromiseSentInParts, from, message.ballot);
    if (acceptor_.log().trimmed_through() >= message.from_slot) {
        out.took(Rule::PromiseReportsTrimmed, from, message.ballot,
                 acceptor_.log().trimmed_through());
    }
    for (Promise& part : scratch_.parts) hold(from, std::move(part), out);
}

void Node::receive(NodeId from, const Promise& message, Effects& out) {
    if (message.ballot != ballot() || message.ballot == Ballot{}) {
        return out.took(Rule::PromiseIgnoredOtherBallot, from, message.ballot);
    }
    // A stranger, or a former voter that fell silent and was dropped: as if it were lost.
    if (!was_asked(from)) return;
    if (message.covers_from == Slot{} || message.covers_from > message.covers_through) {
        return refuse_message(from, out);
    }
    Slot after = previous(message.covers_from);
    const Slot highest = std::max(learner_.chosen_through, message.trimmed_through) + max_log_slots;
    for (const Vote& vote : message.votes) {
        const bool possible = vote.slot > after && vote.slot <= message.covers_through &&
                              vote.slot <= highest && vote.ballot <= message.ballot &&
                              vote.ballot != Ballot{};
        if (!possible) return refuse_message(from, out);
        after = vote.slot;
    }
    take_promise(from, message, out);
}

/// Promises answer a Prepare; so nobody but its receivers is heard.
bool Node::was_asked(NodeId node) const {
    const auto* const preparing = std::get_if<Preparing>(&role_);
    const auto* const leading = std::get_if<Leading>(&role_);
    if (preparing == nullptr && leading == nullptr) return false;
    const std::vector<Peer>& peers = preparing != nullptr ? preparing->peers : leading->peers;
    const auto at = std::ranges::lower_bound(peers, node, {}, &Peer::node);
    return at != peers.end() && at->node == node && at->asked != Time{};
}

void Node::take_promise(NodeId from, const Promise& message, Effects& out) {
    auto* const preparing = std::get_if<Preparing>(&role_);
    auto* const leading = std::get_if<Leading>(&role_);
    PhaseOne& phase1 = preparing != nullptr ? preparing->phase1 : leading->phase1;
    const PromiseVerdict verdict = phase1.take(from, message);
    if (verdict == PromiseVerdict::Known) return;
    out.took(verdict == PromiseVerdict::Complete ? Rule::PromiseComplete : Rule::PromisePartTaken,
             from, message.ballot, message.covers_from);
    if (leading != nullptr) {
        // What voters that came into view have voted for, or chosen and trimmed, comes first.
        leading->inherited_through = std::max(
            {leading->inherited_through, phase1.highest_found(), phase1.trimmed_through()});
    }
    learn_reported(message, out);
    if (role() == Role::Preparing) try_to_lead(out);
}

/// Reported votes that are known chosen need not be proposed again. By hand a promise tells of
/// votes only.
void Node::learn_reported(const Promise& message, Effects& out) {
    if (options_.by_hand) return;
    for (const Vote& vote : message.votes) {
        if (!vote.chosen || vote.slot <= learner_.chosen_through) continue;
        learn({.slot = vote.slot, .ballot = vote.ballot, .value = vote.value},
              Rule::ValueAdoptedChosen, out);
    }
    follow_chosen(out);
}

/// The answer is wanted from the first slot of which this acceptor's votes are not known.
void Node::send_prepare(Peer& peer, const PhaseOne& phase1, Effects& out) {
    const bool repeated = peer.asked != Time{};
    peer.asked = now_;
    out.took(repeated ? Rule::PrepareRepeated : Rule::PrepareSent, peer.node, phase1.ballot());
    const auto* const preparing = std::get_if<Preparing>(&role_);
    if (preparing != nullptr && preparing->lease_over != Ballot{} && settings_.lease_us > 0) {
        send(peer.node, LeaseOver{.ballot = preparing->lease_over}, out);
    }
    // It claims that the ballot's round is durable: that is this node's own promise.
    hold(peer.node, Prepare{.ballot = phase1.ballot(), .from_slot = phase1.missing_from(peer.node)},
         out);
}

void Node::prepare_missing(Effects& out) {
    auto* const preparing = std::get_if<Preparing>(&role_);
    auto* const leading = std::get_if<Leading>(&role_);
    if (preparing == nullptr && leading == nullptr) return;
    PhaseOne& phase1 = preparing != nullptr ? preparing->phase1 : leading->phase1;
    if (!phase1.complete(options_.self)) return;  // Its own promise is not durable yet.
    if (leading != nullptr && phase1.covers(settings_.quorums, membership().eras(first_open()))) {
        return;  // Nobody else is needed.
    }
    for (Peer& peer : preparing != nullptr ? preparing->peers : leading->peers) {
        const bool due = peer.asked == Time{} || peer.asked + options_.resend <= now_;
        if (!peer.voter || !due || phase1.complete(peer.node)) continue;
        if (leading != nullptr && peer.asked == Time{}) {
            out.took(Rule::PhaseOneAsksNewVoters, peer.node, phase1.ballot());
        }
        send_prepare(peer, phase1, out);
    }
}

/// Whom a proposer talks to: the voters of every slot still open, and learners that asked.
void Node::note_members(Effects& out) {
    auto* const preparing = std::get_if<Preparing>(&role_);
    auto* const leading = std::get_if<Leading>(&role_);
    if (preparing == nullptr && leading == nullptr) return;
    std::vector<Peer>& peers = preparing != nullptr ? preparing->peers : leading->peers;
    for (Peer& peer : peers) peer.voter = false;
    for (const Era& era : membership().eras(first_open())) {
        for (const NodeId voter : era.voters) {
            if (voter == options_.self) continue;
            auto place = std::ranges::lower_bound(peers, voter, {}, &Peer::node);
            if (place == peers.end() || place->node != voter) {
                place = peers.insert(place, Peer{.node = voter,
                                                 .confirmed = {},
                                                 .heard = now_,
                                                 .chosen_through = {},
                                                 .doubt_through = {},
                                                 .asked = {},
                                                 .lease_until = {},
                                                 .voter = true});
            }
            place->voter = true;
        }
    }
    prepare_missing(out);
}

/// A node without a vote that asks the leader wants to be told: it is a learner.
void Node::note_learner(NodeId node, Effects& out) {
    auto* const leading = std::get_if<Leading>(&role_);
    if (leading == nullptr) return;
    constexpr std::size_t max_peers = 4 * max_voters;
    const auto place = std::ranges::lower_bound(leading->peers, node, {}, &Peer::node);
    if (place != leading->peers.end() && place->node == node) {
        if (!place->voter) place->heard = now_;
        return;
    }
    if (leading->peers.size() >= max_peers) return;
    out.took(Rule::LearnerNoticed, node);
    leading->peers.insert(place, Peer{.node = node,
                                      .confirmed = {},
                                      .heard = now_,
                                      .chosen_through = {},
                                      .doubt_through = {},
                                      .asked = {},
                                      .lease_until = {},
                                      .voter = false});
}

/// Leads when a quorum of each era has promised completely, and nothing is missing here that an
/// acceptor of these has trimmed.
void Node::try_to_lead(Effects& out) {
    execute(learner_.chosen_through, out);
    const auto& phase1 = std::get<Preparing>(role_).phase1;
    if (!votes()) return step_down(Rule::SteppedDownRemoved, {}, out);
    if (!phase1.covers(settings_.quorums, membership().eras(first_open()))) return;
    out.took(Rule::PhaseOneQuorum, options_.self, phase1.ballot(), first_open());
    if (phase1.trimmed_through() > learner_.chosen_through) {
        out.took(Rule::PhaseOneMustCatchUp, phase1.trimmed_at(), phase1.ballot(),
                 phase1.trimmed_through());
        return ask_to_catch_up(phase1.trimmed_at(), out);
    }
    begin_leading(out);
}

void Node::begin_leading(Effects& out) {
    auto preparing = std::get<Preparing>(std::move(role_));
    PhaseOne& phase1 = preparing.phase1;
    phase1.forget_through(learner_.chosen_through);
    const Slot inherited = std::max(phase1.highest_found(), learner_.chosen_through);
    out.took(Rule::LeadershipBegun, options_.self, phase1.ballot(), first_open());
    for (Peer& peer : preparing.peers) peer.heard = now_;
    role_ = Leading{.phase1 = std::move(preparing.phase1),
                    .phase2 = PhaseTwo(first_open()),
                    .peers = std::move(preparing.peers),
                    .inherited_through = inherited,
                    .round = {},
                    .heartbeat = now_ + options_.heartbeat,
                    .told_in = {},
                    .told = learner_.chosen_through,
                    .told_before = {},
                    .repeat = now_ + options_.resend,
                    .since = now_,
                    .stamp = executor_.stamp().time,
                    .measured = now_,
                    .stamp_since = {},
                    .stamp_slot = {},
                    .covered_era = {},
                    .handing_over = {},
                    .rounds = {},
                    .lease_over = false};
    queue_waiting();
    adopt_questions();
    if (!options_.by_hand) send_heartbeats(out);
}

/// [PMS] 2.5: whoever learns that more was promised gives up its ballot.
void Node::receive(NodeId from, const Nack& message, Effects& out) {
    highest_round_ = std::max(highest_round_, message.promised.round);
    if (message.ballot == Ballot{} || message.ballot != ballot()) return;
    if (message.promised <= message.ballot) return refuse_message(from, out);
    step_down(Rule::SteppedDownHigherBallot, message.promised, out);
}

}  // namespace decree
