/// Who votes: learners that have caught up get free seats, and the dead lose theirs. The leader
/// decides, with what a majority says; the log makes it so, like any other change of voters.

#include <algorithm>
#include <utility>

#include "core/node/batch.hpp"
#include "core/node/node.hpp"

namespace decree {

namespace {

Suspect* find(std::vector<Suspect>& suspects, NodeId node) {
    const auto at = std::ranges::find(suspects, node, &Suspect::node);
    return at == suspects.end() ? nullptr : &*at;
}

/// Whom a change is about.
NodeId subject(const SeatChange& change) { return change.out != NodeId{} ? change.out : change.in; }

}  // namespace

bool Node::judges_members() const {
    return (options_.members.promotes || options_.members.dead_after > 0) && !options_.by_hand;
}

/// With each heartbeat: asks about who is silent. A change may be decided on from now on.
void Node::look_at_members(Effects& out) {
    if (!judges_members()) return;
    if (membership().change_pending(first_open())) members_.stable_since = now_;
    members_.stable_since = std::max(members_.stable_since, std::get<Leading>(role_).since);
    ask_about_the_silent(out);
    members_.decides = true;
}

/// Decides on one change at most, and only when its slot can be proposed in this step: what a
/// majority said while the window was full may be wrong when it opens.
void Node::decide_about_members(Effects& out) {
    const auto& leading = std::get<Leading>(role_);
    const bool settled = members_.stable_since + options_.members.stable_after <= now_;
    const bool pending = membership().change_pending(first_open());
    if (pending || !settled || members_.is_open() || leading.handing_over || !hears_quorum()) {
        members_.decides = false;
        return;
    }
    if (leading.phase2.next_slot() <= leading.inherited_through) return;
    const std::optional<SeatChange> change = wanted_change(out);
    if (change && !may_propose(leading.phase2.next_slot(), out)) return;
    members_.decides = false;
    if (change) propose_change(*change, out);
}

/// Whom this leader has not heard for half the time after which a node is dead: the other voters
/// are asked whether they hear it, and all look from now on. One that answers again is no suspect
/// any more.
void Node::ask_about_the_silent(Effects& out) {
    if (options_.members.dead_after == 0) return;
    const auto& leading = std::get<Leading>(role_);
    std::erase_if(members_.suspects, [&](const Suspect& suspect) {
        const Peer* const known = peer(suspect.node);
        return known == nullptr || !known->voter ||
               now_ < known->heard + options_.members.dead_after / 2;
    });
    for (const Peer& silent : leading.peers) {
        if (!silent.voter || now_ < silent.heard + options_.members.dead_after / 2) continue;
        if (find(members_.suspects, silent.node) == nullptr) {
            out.took(Rule::MemberSuspected, silent.node, leading.phase1.ballot());
            members_.suspects.push_back(
                {.node = silent.node, .heard = now_, .asked = now_, .agreed = {}});
        }
        for (const Peer& other : leading.peers) {
            if (!other.voter || other.node == silent.node) continue;
            send(other.node, AskSilent{.ballot = leading.phase1.ballot(), .node = silent.node},
                 out);
        }
    }
}

/// A leader misses a node. This one looks for itself: it asks that node something, which any node
/// answers, and says whether it has heard nothing of it for long, counted from when it began to
/// look.
void Node::receive(NodeId from, const AskSilent& message, Effects& out) {
    const auto* const following = std::get_if<Following>(&role_);
    const bool leads =
        following != nullptr && following->leader == from && following->ballot == message.ballot;
    if (!leads || message.node == options_.self || options_.members.dead_after == 0) return;
    // What was seen before nobody asked is of no account: looking begins anew.
    std::erase_if(members_.suspects, [&](const Suspect& suspect) {
        return suspect.asked + options_.members.dead_after <= now_;
    });
    Suspect* suspect = find(members_.suspects, message.node);
    if (suspect == nullptr) {
        if (members_.suspects.size() >= max_voters) return;
        suspect = &members_.suspects.emplace_back();
        suspect->node = message.node;
        suspect->heard = now_;
    }
    suspect->asked = now_;
    send(message.node,
         CatchUp{.from_slot = first_unknown(), .snapshot_through = {}, .next_piece = 0}, out);
    const bool silent = suspect->heard + options_.members.dead_after <= now_;
    out.took(silent ? Rule::MemberSilentHere : Rule::MemberNotSilentHere, message.node,
             message.ballot);
    send(from, TellSilent{.ballot = message.ballot, .node = message.node, .silent = silent}, out);
}

/// Any message shows that its sender lives.
void Node::note_alive(NodeId node) {
    if (Suspect* const suspect = find(members_.suspects, node)) suspect->heard = now_;
}

void Node::receive(NodeId from, const TellSilent& message, Effects& out) {
    if (role() != Role::Leading || message.ballot != ballot()) return;
    Suspect* const suspect = find(members_.suspects, message.node);
    if (suspect == nullptr || peer(from) == nullptr) return;
    std::erase_if(suspect->agreed, [&](const Agreed& agreed) { return agreed.node == from; });
    if (message.silent) suspect->agreed.push_back({.node = from, .at = now_});
    out.took(message.silent ? Rule::SilenceConfirmed : Rule::SilenceDenied, from, message.ballot);
}

/// More than half of the voters, this leader among them, have heard nothing of it for long. What
/// they said longer ago than an election timeout does not count.
bool Node::is_dead(const Suspect& suspect) const {
    const Voters& voters = membership().eras(first_open()).back().voters;
    if (now_ < suspect.heard + options_.members.dead_after) return false;
    if (!std::ranges::binary_search(voters, suspect.node)) return false;
    std::size_t agree = std::ranges::binary_search(voters, options_.self) ? 1 : 0;
    for (const Agreed& agreed : suspect.agreed) {
        const bool counts =
            std::ranges::binary_search(voters, agreed.node) && now_ < agreed.at + options_.election;
        agree += counts ? 1 : 0;
    }
    return 2 * agree > voters.size();
}

/// The learner that may vote: alive, caught up, and not one whose seat was taken away. The lowest
/// such, so that two leaders agree. Learners hear of slots with a heartbeat, and fetch them until
/// the next: who keeps up with a busy cluster lacks what it chose since, however much that is.
std::optional<NodeId> Node::ready_learner() const {
    for (const Peer& learner : std::get<Leading>(role_).peers) {
        const bool alive = now_ < learner.heard + options_.election;
        const bool knows = learner.caught_up && learner.doubt_through == Slot{};
        if (!learner.voter && alive && knows && machine().may_vote(learner.node)) {
            return learner.node;
        }
    }
    return std::nullopt;
}

std::optional<SeatChange> Node::wanted_change(Effects& out) {
    const std::optional<NodeId> ready = options_.members.promotes ? ready_learner() : std::nullopt;
    for (const Suspect& suspect : members_.suspects) {
        if (options_.members.dead_after == 0 || !is_dead(suspect)) continue;
        if (ready) return SeatChange{.in = *ready, .out = suspect.node};
        const std::size_t left = membership().eras(first_open()).back().voters.size() - 1;
        if (left >= options_.members.least_voters) return SeatChange{.in = {}, .out = suspect.node};
        out.took(Rule::RemovalWithheldFloor, suspect.node, ballot());
        members_.withhold({.in = {}, .out = suspect.node}, ChangeBar::Floor);
    }
    if (ready && machine().has_free_seat()) return SeatChange{.in = *ready, .out = {}};
    return std::nullopt;
}

/// Whether those of the new voters that are heard now suffice: else the change would be the last.
bool Node::would_keep_quorums(const SeatChange& change) const {
    Voters voters = membership().eras(first_open()).back().voters;
    std::erase(voters, change.out);
    if (change.in != NodeId{}) voters.push_back(change.in);
    voters = make_voters(std::move(voters));
    if (!check_quorums(settings_.quorums, voters)) return false;
    VoterBits heard = bit_of(voters, options_.self);
    for (const Peer& peer : std::get<Leading>(role_).peers) {
        if (now_ < peer.heard + options_.election) heard = heard | bit_of(voters, peer.node);
    }
    return is_quorum(settings_.quorums, voters, Phase::One, heard) &&
           is_quorum(settings_.quorums, voters, Phase::Two, heard);
}

/// An ordinary command, named by this node: it is executed once or never, and whoever executes it
/// refuses it if the voters are not those any more that this leader knew. REQUIRES: the next slot
/// may be proposed.
void Node::propose_change(const SeatChange& change, Effects& out) {
    const NodeId about = subject(change);
    if (!would_keep_quorums(change)) {
        members_.withhold(change, ChangeBar::NoQuorum);
        return out.took(Rule::ChangeWithheldNoQuorum, about, ballot());
    }
    const std::optional<Value> command = machine().seat(change);
    if (!command || !start_durable_ || !has_room()) return;
    const RequestId id = own_request_id();
    WaitingRequest* const waiting = waiting_.add(id, settings_.origin_window);
    if (waiting == nullptr) return;
    own_requests_ = id.number;
    waiting->payload = *command;
    out.took(change.out == NodeId{}  ? Rule::LearnerPromoted
             : change.in == NodeId{} ? Rule::DeadRemoved
                                     : Rule::DeadReplaced,
             about, ballot());
    members_.keep({.id = id, .what = change, .state = ChangeState::Pending, .bar = {}, .slot = {}});
    scratch_.batch.assign(1, {.id = id, .payload = *command});
    begin_riding_round(out);
    propose(encode_batch(stamp(), scratch_.batch, scratch_.bytes), out);
}

/// What came of a change that this node proposed, if `id` is one; and of those before it, since one
/// node's requests are executed up to the oldest that it waits for, or never.
void Node::note_change_executed(const RequestId& id, Slot slot, Effects& out) {
    MemberChange* const change = members_.find(id);
    if (change != nullptr && change->slot == Slot{}) end_change(*change, slot, out);
    look_up_changes(out);
}

/// Whether the newest voters are as it wants them.
bool Node::is_made(const SeatChange& change) const {
    const Voters& voters = membership().eras(first_open()).back().voters;
    const bool in = change.in == NodeId{} || std::ranges::binary_search(voters, change.in);
    return in && !std::ranges::binary_search(voters, change.out);
}

/// `slot`: where it was executed.
void Node::end_change(MemberChange& change, Slot slot, Effects& out) {
    const bool made = is_made(change.what);
    change.slot = slot;
    change.state = made ? ChangeState::Scheduled : ChangeState::Refused;
    if (made) return;
    change.bar = ChangeBar::Others;
    out.took(Rule::ChangeRefused, {}, {}, slot);
}

/// The table of requests tells of changes that others saw through, or that nobody will. A snapshot
/// may have brought one that is executed, and forgotten since.
void Node::look_up_changes(Effects& out) {
    for (MemberChange& change : members_.changes) {
        if (change.state != ChangeState::Unknown) continue;
        if (const Executed* const executed = executor_.requests().find(change.id)) {
            end_change(change, executed->slot, out);
        } else if (executor_.requests().stale(change.id)) {
            const bool made = is_made(change.what);
            change.state = made ? ChangeState::Done : ChangeState::Refused;
            if (!made) change.bar = ChangeBar::TooLate;
        }
    }
}

/// This node leads no more: what it proposed may be executed or not, and holds up nobody.
void Node::leave_changes() {
    for (MemberChange& change : members_.changes) {
        if (change.state == ChangeState::Pending) change.state = ChangeState::Unknown;
    }
    members_.suspects.clear();
    members_.decides = false;
}

/// Others vote from now on: changes that are in force, quiet that begins, and whether this node has
/// lost its vote with one.
void Node::note_members_changed(bool voted, Effects& out) {
    members_.stable_since = now_;
    for (MemberChange& change : members_.changes) {
        const bool in_force =
            change.state == ChangeState::Scheduled && change.slot + settings_.alpha <= first_open();
        if (in_force) change.state = ChangeState::Done;
    }
    if (voted && !votes()) out.took(Rule::OwnRemovalLearned, {}, {}, first_open());
}

bool Members::is_open() const {
    return std::ranges::any_of(changes, [](const MemberChange& change) {
        return change.state == ChangeState::Pending || change.state == ChangeState::Scheduled;
    });
}

MemberChange* Members::find(const RequestId& id) {
    const auto at = std::ranges::find_if(changes, [&](const MemberChange& change) {
        return change.id.number == id.number && change.id.incarnation == id.incarnation &&
               change.id.origin == id.origin;
    });
    return at == changes.end() ? nullptr : &*at;
}

void Members::withhold(const SeatChange& what, ChangeBar bar) {
    keep({.id = {}, .what = what, .state = ChangeState::Withheld, .bar = bar, .slot = {}});
}

/// What was withheld before about that node is of no account any more.
void Members::keep(const MemberChange& change) {
    constexpr std::size_t most = 16;
    std::erase_if(changes, [&](const MemberChange& old) {
        return old.state == ChangeState::Withheld && subject(old.what) == subject(change.what);
    });
    if (changes.size() >= most) changes.erase(changes.begin());
    changes.push_back(change);
}

}  // namespace decree
