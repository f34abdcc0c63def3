/// Heartbeats, confirmation, leaving and handing over.

#include <algorithm>
#include <utility>

#include "core/node/node.hpp"

namespace decree {

Peer* Node::peer(NodeId node) {
    auto* const leading = std::get_if<Leading>(&role_);
    if (leading == nullptr) return nullptr;
    const auto place = std::ranges::lower_bound(leading->peers, node, {}, &Peer::node);
    return place == leading->peers.end() || place->node != node ? nullptr : &*place;
}

Time Node::leading_deadline(const Leading& leading) const {
    Time due = std::min(leading.heartbeat, leading.repeat);
    if (leading.handing_over) due = std::min(due, leading.handing_over->until);
    const std::optional<ClusterTime>& wanted = executor_.stamp_wanted();
    // One that is due already waits for the window, which opens by an event.
    const bool awaits = wanted && *wanted > leading.stamp && measures_time();
    if (awaits && leading.stamp_slot < first_open()) {
        due = std::min(due, leading.measured + (wanted->value - leading.stamp.value));
    }
    return due;
}

/// What a leader does when time passes.
void Node::lead(Effects& out) {
    auto& leading = std::get<Leading>(role_);
    if (leading.heartbeat <= now_) {
        if (leading.since + options_.election <= now_ && !hears_quorum()) {
            return step_down(Rule::SteppedDownNoQuorum, {}, out);
        }
        // Soon its log would be full, and it would be heard but propose nothing.
        if (disk_hangs()) return step_down(Rule::SteppedDownDiskHangs, {}, out);
        leading.heartbeat = now_ + options_.heartbeat;
        send_heartbeats(out);
        look_at_members(out);
    }
    if (leading.repeat <= now_) {
        leading.repeat = now_ + options_.resend;
        repeat_accepts(out);
        prepare_missing(out);
        drop_silent_learners();
    }
    go_on_with_handover(out);
    leave_if_removed(out);
}

/// One message to everybody; the answers confirm this round.
void Node::send_heartbeats(Effects& out) {
    auto& leading = std::get<Leading>(role_);
    leading.round = Round{leading.round.value + 1};
    note_round();
    leading.told_in = leading.round;
    leading.told_before = std::exchange(leading.told, learner_.chosen_through);
    out.took(Rule::HeartbeatSent, options_.self, leading.phase1.ballot(), learner_.chosen_through);
    for (const Peer& peer : leading.peers) {
        send(peer.node,
             Heartbeat{.ballot = leading.phase1.ballot(),
                       .chosen_through = learner_.chosen_through,
                       .round = leading.round,
                       .shown = shown()},
             out);
    }
}

/// Followers' clients wait for the watermark. While Accepts are on their way it rides on the next
/// ones; when nothing more is in flight it is told at once, in the round that is known already.
void Node::tell_chosen(Effects& out) {
    const auto* const leading = std::get_if<Leading>(&role_);
    if (leading == nullptr || leading->phase2.size() > 0 || !queue_.empty()) return;
    if (options_.by_hand) return;  // Each slot was told when it was chosen.
    for (const Peer& peer : leading->peers) {
        send(peer.node,
             Heartbeat{.ballot = leading->phase1.ballot(),
                       .chosen_through = learner_.chosen_through,
                       .round = {},
                       .shown = {}},
             out);
    }
}

/// A heartbeat of a ballot not below the promise comes from the leader. The answer claims only what
/// was promised when it came, so it does not wait for the disk.
void Node::receive(NodeId from, const Heartbeat& message, Effects& out) {
    if (message.ballot.node != from) return refuse_message(from, out);
    const PrepareVerdict verdict = acceptor_.prepare(message.ballot);
    if (verdict == PrepareVerdict::Refused) {
        out.took(Rule::HeartbeatRefusedStaleBallot, from, message.ballot);
        return send(from,
                    Nack{.ballot = message.ballot,
                         .promised = acceptor_.promised(),
                         .refused = Refused::HeartbeatMessage,
                         .slot = {}},
                    out);
    }
    if (verdict == PrepareVerdict::Promised) journal_.add(PromiseRecord{.ballot = message.ballot});
    follow(from, message.ballot, out);
    take_watermark(from, message.ballot, message.chosen_through, out);
    if (message.round == Round{}) return;  // Only tells what is chosen.
    if (!take_shown(from, message.shown, out)) return;
    if (returning_) return out.took(Rule::WithheldUntilRecognized, from, message.ballot);
    send(from,
         HeartbeatAnswer{.ballot = message.ballot,
                         .round = message.round,
                         .chosen_through = learner_.chosen_through,
                         .doubt_through = doubt_.through,
                         .granted = grant_lease(message.ballot, out),
                         .shown = shown()},
         out);
}

void Node::heard(NodeId from, Round round) {
    Peer* const known = peer(from);
    if (known == nullptr) return;
    known->heard = now_;
    known->confirmed = std::max(known->confirmed, round);
}

void Node::receive(NodeId from, const HeartbeatAnswer& message, Effects& out) {
    Peer* const known = peer(from);
    if (known == nullptr || message.ballot != ballot()) return;
    if (!take_shown(from, message.shown, out)) return;
    heard(from, message.round);
    known->chosen_through = std::max(known->chosen_through, message.chosen_through);
    known->doubt_through = message.doubt_through;
    const auto& leading = std::get<Leading>(role_);
    if (message.round == leading.told_in) {
        known->caught_up = message.chosen_through >= leading.told_before;
    }
    if (message.granted) take_grant(*known, message.round);
    if (message.chosen_through > learner_.chosen_through) ask_to_catch_up(from, out);
    go_on_with_handover(out);
}

/// [RAFT-DISS] 6.2, for both kinds of quorums: whether a phase 2 quorum of the first open slot's
/// voters was heard within an election timeout, and a phase 1 quorum has promised, or was heard.
bool Node::hears_quorum() const {
    const auto& leading = std::get<Leading>(role_);
    const Voters& voters = membership().voters(first_open());
    VoterBits heard = bit_of(voters, options_.self);
    for (const Peer& peer : leading.peers) {
        if (now_ < peer.heard + options_.election) heard = heard | bit_of(voters, peer.node);
    }
    // New voters have not promised yet, and nothing is proposed before enough of them have.
    VoterBits promising = heard;
    for (const NodeId voter : voters) {
        if (leading.phase1.complete(voter)) promising = promising | bit_of(voters, voter);
    }
    return is_quorum(settings_.quorums, voters, Phase::Two, heard) &&
           is_quorum(settings_.quorums, voters, Phase::One, promising);
}

void Node::drop_silent_learners() {
    constexpr std::uint64_t patience = 20;  // Election timeouts.
    std::erase_if(std::get<Leading>(role_).peers, [&](const Peer& peer) {
        return !peer.voter && peer.heard + patience * options_.election <= now_;
    });
}

/// All slots in which this node votes are chosen: the new voters go on alone. The one of them that
/// knows most is asked to lead.
void Node::leave_if_removed(Effects& out) {
    if (role() != Role::Leading || votes()) return;
    send_heartbeats(out);
    const auto& leading = std::get<Leading>(role_);
    const Peer* best = nullptr;
    for (const Peer& peer : leading.peers) {
        if (!peer.voter) continue;
        if (best == nullptr || best->chosen_through < peer.chosen_through) best = &peer;
    }
    if (best != nullptr) {
        out.took(Rule::HandoverSent, best->node, leading.phase1.ballot());
        send(best->node, Handover{.ballot = leading.phase1.ballot()}, out);
    }
    step_down(Rule::SteppedDownRemoved, {}, out);
}

void Node::begin_handover(NodeId to, Effects& out) {
    Peer* const known = peer(to);
    if (known == nullptr || !known->voter) return;
    auto& leading = std::get<Leading>(role_);
    if (leading.handing_over) return;
    out.took(Rule::HandoverBegun, to, leading.phase1.ballot());
    leading.handing_over = HandingOver{.to = to, .until = now_ + options_.election, .sent = false};
    send_heartbeats(out);  // The answer says how far it is.
}

/// Hands over once nothing is in flight and the next leader knows all that is chosen.
void Node::go_on_with_handover(Effects& out) {
    auto* const leading = std::get_if<Leading>(&role_);
    if (leading == nullptr || !leading->handing_over) return;
    HandingOver& handing = *leading->handing_over;
    const Peer* const to = peer(handing.to);
    if (handing.until <= now_ || to == nullptr || !to->voter) {
        out.took(Rule::HandoverGivenUp, handing.to, leading->phase1.ballot());
        leading->handing_over.reset();
        return;
    }
    const bool ready = leading->phase2.size() == 0 && to->chosen_through >= learner_.chosen_through;
    if (handing.sent || !ready) return;
    handing.sent = true;
    give_up_lease(out);
    out.took(Rule::HandoverSent, handing.to, leading->phase1.ballot());
    send(handing.to, Handover{.ballot = leading->phase1.ballot()}, out);
}

}  // namespace decree
