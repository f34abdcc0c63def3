/// Proposing, voting, choosing.

#include <algorithm>

#include "core/contract.hpp"
#include "core/node/batch.hpp"
#include "core/node/node.hpp"

namespace decree {

/// Cluster time: what a leader measures while it leads, at most two heartbeats a step, so that a
/// jump of the clock or a pause slows leases and never hurries them. It goes on from what was
/// executed when all that phase 1 found is: see Stamp.
void Node::measure_time() {
    auto& leading = std::get<Leading>(role_);
    const std::uint64_t passed =
        std::min(now_.value - leading.measured.value, 2 * options_.heartbeat);
    leading.measured = now_;
    if (!measures_time()) return;
    const Slot since = next(leading.inherited_through);
    if (leading.stamp_since != since) {
        leading.stamp_since = since;
        leading.stamp = executor_.stamp().time;
    } else {
        leading.stamp.value += passed;
    }
}

bool Node::measures_time() const {
    return executor_.applied() >= std::get<Leading>(role_).inherited_through;
}

/// What a batch of this leader's, made now, tells of cluster time.
Stamp Node::stamp() const {
    const auto& leading = std::get<Leading>(role_);
    return {.time = leading.stamp, .by = leading.phase1.ballot(), .since = leading.stamp_since};
}

/// Proposes all that may be proposed now: what phase 1 found, no-ops in the holes, then commands.
void Node::propose_all(Effects& out) {
    measure_time();
    serve_by_lease(out);
    if (members_.decides) decide_about_members(out);
    while (role() == Role::Leading) {
        const auto& leading = std::get<Leading>(role_);
        const Slot slot = leading.phase2.next_slot();
        const std::optional<Purpose> purpose = purpose_of(slot);
        if (!purpose || !may_propose(slot, out)) break;
        begin_riding_round(out);
        propose(value_for(*purpose, slot, out), out);
    }
    if (role() != Role::Leading) return;
    begin_read_round(out);
    confirm_reads(out);
    begin_read_round(out);
}

/// Why `slot` should get a value now; nothing when there is no reason.
std::optional<Node::Purpose> Node::purpose_of(Slot slot) const {
    const auto& leading = std::get<Leading>(role_);
    if (slot <= leading.inherited_through) return Purpose::Inherited;
    if (!queue_.empty() && !leading.handing_over) return Purpose::Commands;
    const Membership& members = membership();
    if (!options_.by_hand && members.change_pending(first_open()) &&
        slot < members.eras(first_open()).back().from) {
        return Purpose::FillWindow;
    }
    if (slot <= doubted_by_voters()) return Purpose::FillDoubt;
    const std::optional<ClusterTime>& wanted = executor_.stamp_wanted();
    const bool due = wanted && *wanted <= leading.stamp && measures_time();
    if (due && leading.stamp_slot < first_open()) return Purpose::Stamp;
    return std::nullopt;
}

/// A slot waits until its voters are known (slot - alpha is applied), until a phase 1 quorum of
/// them has promised and what those have trimmed is known here, and for ever when this node votes
/// neither there nor later: a removed leader stops.
bool Node::may_propose(Slot slot, Effects& out) {
    auto& leading = std::get<Leading>(role_);
    const bool beyond = slot > membership().horizon() || slot > log_limit();
    if (beyond || disk_behind()) {
        out.took(beyond ? Rule::ProposalWaitsForWindow : Rule::DiskBehind, options_.self,
                 leading.phase1.ballot(), slot);
        return false;
    }
    if (!membership().votes_from(slot, options_.self)) return false;
    // Voters that came into view may be far ahead, and have trimmed what they chose.
    if (slot <= leading.phase1.trimmed_through()) {
        out.took(Rule::PhaseOneMustCatchUp, leading.phase1.trimmed_at(), leading.phase1.ballot(),
                 leading.phase1.trimmed_through());
        ask_to_catch_up(leading.phase1.trimmed_at(), out);
        return false;
    }
    return covers(membership().eras(slot).front());
}

/// Whether a phase 1 quorum of the era's voters has promised, completely.
bool Node::covers(const Era& era) {
    auto& leading = std::get<Leading>(role_);
    if (leading.covered_era == era.from) return true;
    if (!leading.phase1.covers(settings_.quorums, era.voters)) return false;
    leading.covered_era = era.from;
    return true;
}

Value Node::value_for(Purpose purpose, Slot slot, Effects& out) {
    auto& leading = std::get<Leading>(role_);
    const Ballot ballot = leading.phase1.ballot();
    switch (purpose) {
    case Purpose::Inherited:
        // [PMS] 2.2 Phase 2(a): the value of the highest-numbered proposal among the responses.
        if (const Vote* vote = leading.phase1.found(slot)) {
            out.took(Rule::ValueAdoptedFromHighestBallot, vote->ballot.node, vote->ballot, slot);
            return vote->value;
        }
        out.took(Rule::GapFilledWithNoop, options_.self, ballot, slot);
        return {};
    case Purpose::Commands:
        out.took(Rule::ValueFree, options_.self, ballot, slot);
        return next_batch();
    case Purpose::FillWindow:
        out.took(Rule::WindowFilledWithNoop, options_.self, ballot, slot);
        return own_noop();
    case Purpose::FillDoubt:
        out.took(Rule::DoubtFilledWithNoop, options_.self, ballot, slot);
        return own_noop();
    case Purpose::Stamp:
        out.took(Rule::StampProposed, options_.self, ballot, slot);
        leading.stamp_slot = slot;
        return encode_batch(stamp(), {}, scratch_.bytes);
    }
    ENSURE(false, "every purpose has a value");
}

/// Does nothing, but shows that the slot is this leader's: the first of a reign must, or none of
/// its stamps would count.
Value Node::own_noop() {
    return options_.by_hand ? Value{} : encode_batch(stamp(), {}, scratch_.bytes);
}

Value Node::next_batch() {
    std::vector<Command>& batch = scratch_.batch;
    batch.clear();
    std::size_t bytes = 0;
    while (!queue_.empty() && batch.size() < options_.batch_commands) {
        bytes += queue_.front().payload.size();
        if (!batch.empty() && bytes > options_.batch_bytes) break;
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return encode_batch(stamp(), batch, scratch_.bytes);
}

/// Phase 2(a). The leader's own vote is cast here, and counts when its disk has it; its Accepts do
/// not wait for that.
void Node::propose(Value value, Effects& out) {
    auto& leading = std::get<Leading>(role_);
    const Ballot ballot = leading.phase1.ballot();
    const Slot slot = leading.phase2.next_slot();
    const AcceptVerdict verdict = acceptor_.accept(ballot, slot, value, log_limit());
    ENSURE(verdict == AcceptVerdict::Voted || verdict == AcceptVerdict::VotedAgain,
           "a leader may vote for what it proposes");
    leading.phase2.propose(std::move(value), now_);
    out.took(Rule::AcceptSent, options_.self, ballot, slot);
    record_vote(slot);
    outbox_.hold(OwnVote{.ballot = ballot, .slot = slot});
    for (const NodeId voter : membership().voters(slot)) {
        if (voter != options_.self) send_accept(slot, voter, out);
    }
}

void Node::send_accept(Slot slot, NodeId to, Effects& out) const {
    const auto& leading = std::get<Leading>(role_);
    const bool alone = options_.by_hand;  // It speaks of its slot only.
    send(to,
         Accept{.ballot = leading.phase1.ballot(),
                .slot = slot,
                .value = leading.phase2.find(slot)->value,
                .chosen_through = alone ? Slot{} : learner_.chosen_through,
                .round = alone ? Round{} : leading.round},
         out);
}

/// A retransmission carries what was proposed, never anything else.
void Node::repeat_accepts(Effects& out) {
    auto& leading = std::get<Leading>(role_);
    constexpr std::size_t most = 64;  // Slots a look; the rest waits for the next.
    std::size_t repeated = 0;
    for (Slot slot = leading.phase2.first(); slot < leading.phase2.next_slot() && repeated < most;
         slot = next(slot)) {
        Proposal& proposal = *leading.phase2.find(slot);
        if (proposal.chosen || now_ < proposal.sent + options_.resend) continue;
        proposal.sent = now_;
        ++repeated;
        const Voters& voters = membership().voters(slot);
        for (const NodeId voter : voters) {
            const bool voted = (bit_of(voters, voter).value & proposal.voted.value) != 0;
            if (voter == options_.self || voted) continue;
            out.took(Rule::AcceptRepeated, voter, leading.phase1.ballot(), slot);
            send_accept(slot, voter, out);
        }
    }
}

void Node::record_vote(Slot slot) {
    const LogEntry& entry = *acceptor_.log().find(slot);
    journal_.add(VoteRecord{.slot = slot, .ballot = entry.ballot, .value = entry.value});
}

/// Phase 2(b), [PMS] 2.2. The answer waits for the disk.
void Node::receive(NodeId from, const Accept& message, Effects& out) {
    if (message.ballot.node != from || message.slot == Slot{}) return refuse_message(from, out);
    if (returning_) {
        return out.took(Rule::WithheldUntilRecognized, from, message.ballot, message.slot);
    }
    const bool stale = message.ballot < acceptor_.promised();
    if (!stale && acceptor_.contradicts(message.slot, message.ballot, message.value)) {
        return refuse_message(from, out);
    }
    if (disk_behind()) return out.took(Rule::DiskBehind, from, message.ballot, message.slot);
    const Ballot before = acceptor_.promised();
    const AcceptVerdict verdict =
        acceptor_.accept(message.ballot, message.slot, message.value, log_limit());
    if (verdict == AcceptVerdict::Refused) {
        out.took(Rule::VoteRefusedStaleBallot, from, message.ballot, message.slot);
        return send(from,
                    Nack{.ballot = message.ballot,
                         .promised = before,
                         .refused = Refused::AcceptMessage,
                         .slot = message.slot},
                    out);
    }
    follow(from, message.ballot, out);
    const bool voted = verdict == AcceptVerdict::Voted;
    if (voted || verdict == AcceptVerdict::VotedAgain) {
        out.took(voted ? Rule::VoteCast : Rule::VoteRepeated, from, message.ballot, message.slot);
        if (voted) record_vote(message.slot);
        hold(from, Accepted{.ballot = message.ballot, .slot = message.slot, .round = message.round},
             out);
    } else {
        out.took(
            verdict == AcceptVerdict::Trimmed ? Rule::VoteIgnoredTrimmed : Rule::VoteIgnoredTooFar,
            from, message.ballot, message.slot);
        if (before < message.ballot) journal_.add(PromiseRecord{.ballot = message.ballot});
    }
    take_watermark(from, message.ballot, message.chosen_through, out);
}

void Node::receive(NodeId from, const Accepted& message, Effects& out) {
    if (role() != Role::Leading || message.ballot != ballot()) {
        return out.took(Rule::VoteIgnoredOtherBallot, from, message.ballot, message.slot);
    }
    heard(from, message.round);
    count_vote(message.slot, from, out);
}

/// Chosen: a phase 2 quorum of the slot's own voters has accepted in one ballot. [PMS] 2.2.
void Node::count_vote(Slot slot, NodeId node, Effects& out) {
    auto& leading = std::get<Leading>(role_);
    const Ballot ballot = leading.phase1.ballot();
    const Proposal* const proposal = leading.phase2.find(slot);
    if (proposal == nullptr || proposal->chosen) return;  // Chosen and known; one vote more.
    const Voters& voters = membership().voters(slot);
    if (bit_of(voters, node) == VoterBits{}) {
        return out.took(Rule::VoteIgnoredNotAVoter, node, ballot, slot);
    }
    out.took(Rule::VoteCounted, node, ballot, slot);
    if (!leading.phase2.count(settings_.quorums, voters, slot, node)) return;
    out.took(Rule::ValueChosen, options_.self, ballot, slot);
    acceptor_.mark_chosen(slot);
    tell_decided(slot, out);
    if (!learner_.advance(acceptor_)) return;
    follow_chosen(out);
    tell_chosen(out);
}

}  // namespace decree
