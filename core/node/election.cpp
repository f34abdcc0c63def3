/// Missing the leader, asking others, opening a ballot, stepping down.

#include <algorithm>

#include "core/contract.hpp"
#include "core/node/node.hpp"

namespace decree {

void Node::wait_for_leader() {
    timers_.leader_missed = now_ + options_.election + jitter(options_.election);
    timers_.poll = now_ + options_.resend;
}

void Node::miss_leader(Effects& out) {
    out.took(Rule::LeaderMissed, {}, acceptor_.promised(), first_open());
    role_ = Following{};
    wait_for_leader();
    poll_someone(out);
    if (!votes()) return out.took(Rule::CampaignWithheldNotAVoter);
    if (disk_hangs()) return out.took(Rule::CampaignWithheldDiskHangs);
    if (returning_) return out.took(Rule::WithheldUntilRecognized);
    if (in_doubt()) return out.took(Rule::CampaignWithheldInDoubt, {}, {}, doubt_.through);
    // Its own promise would break the lease as anybody's would.
    if (lease_in_force()) return out.took(Rule::CampaignWithheldByLease, grant_.to.node, grant_.to);
    // The question is named after this start; no name is used before it is durable.
    if (start_durable_) canvass(out);
}

void Node::canvass(Effects& out) {
    ++attempts_;
    Canvassing canvassing{.attempt = (heads_.incarnation.value << 32U) + attempts_,
                          .granted = {options_.self},
                          .until = now_ + options_.election + jitter(options_.election)};
    std::vector<NodeId> voters;
    for (const Era& era : membership().eras(first_open())) {
        voters.insert(voters.end(), era.voters.begin(), era.voters.end());
    }
    out.took(Rule::PreVoteAsked);
    for (const NodeId voter : make_voters(std::move(voters))) {
        if (voter != options_.self) send(voter, PreVote{.attempt = canvassing.attempt}, out);
    }
    role_ = std::move(canvassing);
    open_ballot_if_granted(out);
}

/// Answers no when this node has had a word of a leader within an election timeout: whoever misses
/// it alone must not depose it. The asker's log does not matter; a laggard catches up when it
/// leads.
void Node::receive(NodeId from, const PreVote& message, Effects& out) {
    const bool leader_alive =
        role() == Role::Leading || now_ < timers_.leader_heard + options_.election;
    const bool voter = membership().votes_from(first_open(), from);
    const bool granted = voter && !leader_alive && !lease_in_force();
    out.took(granted        ? Rule::PreVoteGranted
             : !voter       ? Rule::PreVoteRefusedNotAVoter
             : leader_alive ? Rule::PreVoteRefusedLeaderAlive
                            : Rule::PreVoteRefusedByLease,
             from, acceptor_.promised());
    send(from,
         PreVoteAnswer{.attempt = message.attempt,
                       .granted = granted,
                       .leader_heard = leader().has_value(),
                       .promised = acceptor_.promised(),
                       .chosen_through = learner_.chosen_through},
         out);
}

void Node::receive(NodeId from, const PreVoteAnswer& message, Effects& out) {
    highest_round_ = std::max(highest_round_, message.promised.round);
    if (message.chosen_through > learner_.chosen_through) ask_to_catch_up(from, out);
    if (message.leader_heard && !leader()) use_relay(from, out);
    auto* const canvassing = std::get_if<Canvassing>(&role_);
    if (canvassing == nullptr || canvassing->attempt != message.attempt || !message.granted) return;
    std::vector<NodeId>& granted = canvassing->granted;
    const auto place = std::ranges::lower_bound(granted, from);
    if (place != granted.end() && *place == from) return;
    granted.insert(place, from);
    open_ballot_if_granted(out);
}

void Node::open_ballot_if_granted(Effects& out) {
    const auto& granted = std::get<Canvassing>(role_).granted;
    for (const Era& era : membership().eras(first_open())) {
        VoterBits bits;
        for (const NodeId node : granted) bits = bits | bit_of(era.voters, node);
        if (!is_quorum(settings_.quorums, era.voters, Phase::One, bits)) return;
    }
    out.took(Rule::PreVoteQuorum);
    open_ballot(std::max(highest_round_, acceptor_.promised().round) + 1, out);
}

/// Phase 1(a), [PMS] 2.2: a ballot above one's own promise, so above all that this node ever opened
/// (it promised those, durably, before it used them). Of itself it opens one above every round
/// heard of, too.
void Node::open_ballot(std::uint64_t round, Effects& out, Ballot lease_over) {
    highest_round_ = std::max(highest_round_, round);
    const Ballot ballot{.round = round, .node = options_.self};
    const PrepareVerdict verdict = acceptor_.prepare(ballot);
    ENSURE(verdict == PrepareVerdict::Promised, "a ballot is opened above one's own promise");
    journal_.add(PromiseRecord{.ballot = ballot});
    out.took(Rule::BallotOpened, options_.self, ballot, first_open());
    outbox_.hold(OwnPromise{.ballot = ballot, .from_slot = first_open()});
    role_ = Preparing{.phase1 = PhaseOne(ballot, first_open()),
                      .peers = {},
                      .until = now_ + options_.election + jitter(options_.election),
                      .repeat = now_ + options_.resend,
                      .lease_over = lease_over};
    note_members(out);
}

/// A leader's word in a ballot that is not refused: from now on this node follows it.
void Node::follow(NodeId leader, Ballot ballot, Effects& out) {
    highest_round_ = std::max(highest_round_, ballot.round);
    timers_.leader_heard = now_;
    if (unanswered_ < patience_with_leader) relay_.reset();
    wait_for_leader();
    if (role() == Role::Preparing || role() == Role::Leading) {
        step_down(Rule::SteppedDownHigherBallot, ballot, out);
    }
    auto* following = std::get_if<Following>(&role_);
    if (following == nullptr) following = &role_.emplace<Following>();
    if (following->leader == leader && following->ballot == ballot) return;
    following->leader = leader;
    following->ballot = ballot;
    unanswered_ = 0;
    relay_.reset();
    out.took(Rule::LeaderFollowed, leader, ballot);
    forward_waiting(Rule::RequestForwarded, never, out);
    ask_for_read_point(out);
}

/// This node does not hear a leader, and `through` does: what its clients wait for goes that way. A
/// partition that cuts only some links then starves nobody.
void Node::use_relay(NodeId through, Effects& out) {
    if (relay_ != through) out.took(Rule::RelayUsed, through);
    relay_ = through;
    forward_waiting(Rule::RequestForwarded, now_, out);
    ask_for_read_point(out);
}

/// Ends canvassing, phase 1 or leadership. What clients of this node wait for goes to the next
/// leader; what other nodes forwarded they forward again.
void Node::step_down(Rule why, Ballot higher, Effects& out) {
    out.took(why, higher.node, higher, first_open());
    highest_round_ = std::max(highest_round_, higher.round);
    take_back_reads();
    queue_.clear();
    waiting_.remove_forwarded();
    leave_changes();
    role_ = Following{};
    wait_for_leader();
    if (waiting_.size() > 0 || reads_.size() > 0) {
        timers_.retry = std::min(timers_.retry, now_ + options_.resend);
    }
}

/// [RAFT-DISS] 3.10. Only the leader whom this node follows may ask for it.
void Node::receive(NodeId from, const Handover& message, Effects& out) {
    const auto* const following = std::get_if<Following>(&role_);
    const bool expected = following != nullptr && following->leader == from &&
                          following->ballot == message.ballot &&
                          message.ballot == acceptor_.promised();
    if (!expected || !votes() || disk_hangs() || in_doubt() || returning_) return;
    // Who hands over uses its lease no more.
    release_lease(message.ballot, out);
    if (lease_in_force()) return out.took(Rule::CampaignWithheldByLease, from, message.ballot);
    out.took(Rule::HandoverTaken, from, message.ballot);
    open_ballot(std::max(highest_round_, acceptor_.promised().round) + 1, out, message.ballot);
}

}  // namespace decree
