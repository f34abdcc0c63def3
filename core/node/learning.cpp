/// What is chosen: told, asked for, and executed.

#include <algorithm>

#include "core/contract.hpp"
#include "core/node/node.hpp"

namespace decree {

/// Followers learn by ballot: the watermark speaks of the leader's own proposals, so a vote in
/// another ballot proves nothing, and the value must be asked for.
void Node::take_watermark(NodeId from, Ballot ballot, Slot through, Effects& out) {
    if (through <= learner_.chosen_through) return;
    const Slot before = learner_.chosen_through;
    const std::optional<Slot> unknown = learner_.watermark(acceptor_, ballot, through);
    if (learner_.chosen_through > before) {
        out.took(Rule::LearnedByWatermark, from, ballot, learner_.chosen_through);
        const Slot last = std::min(learner_.chosen_through, doubt_.through);
        for (Slot slot = next(before); slot <= last; slot = next(slot)) record_decided(slot);
        follow_chosen(out);
    }
    if (!unknown) return;
    out.took(Rule::WatermarkNotOwnBallot, from, ballot, *unknown);
    if (catching_up_.gap != *unknown) {
        catching_up_.gap = *unknown;
        catching_up_.gap_since = now_;
    }
    // The Accept may just be late; whoever is far behind, or gets none, asks at once.
    const bool far = through.value - learner_.chosen_through.value > settings_.alpha;
    const bool patient = !far && votes() && now_ < catching_up_.gap_since + options_.resend / 2;
    if (!patient) ask_to_catch_up(from, out);
}

/// `from` knows more, most likely: it is not kept waiting for long by a question to somebody else.
void Node::ask_to_catch_up(NodeId from, Effects& out) {
    const bool again = catching_up_.asked.has_value();
    std::uint64_t& patience = catching_up_.patience;
    const bool flows = catching_up_.restorer && !snapshot_stalls();
    const std::uint64_t wait = flows || catching_up_.asked == from ? patience : options_.resend;
    if (awaits_answer(wait) || from == options_.self) return;
    if (again) {
        patience = std::max(patience, std::min(2 * patience, longest_patience()));
    } else {
        catching_up_.open.clear();
        patience = std::clamp(2 * catching_up_.pace, options_.resend, slowest_pace());
    }
    if (flows) {
        from = catching_up_.source;  // Another node has another snapshot.
    } else if (catching_up_.asked == from) {
        // Whoever did not answer may be heard without hearing: asks another one.
        from = next_peer().value_or(from);
    }
    catching_up_.asked = from;
    catching_up_.asked_at = now_;
    catching_up_.asked_from = first_unknown();
    if (std::ranges::find(catching_up_.open, from, &CatchingUp::Asked::node) ==
        catching_up_.open.end()) {
        catching_up_.open.push_back({.node = from, .at = now_});
    }
    CatchUp question{.from_slot = first_unknown(), .snapshot_through = {}, .next_piece = 0};
    if (catching_up_.restorer) {
        question.snapshot_through = catching_up_.restorer->through();
        question.next_piece = catching_up_.restorer->next_piece();
    }
    out.took(Rule::CatchUpAsked, from, {}, question.from_slot);
    send(from, question, out);
}

/// Where somebody was asked several times it is not known which question was answered.
void Node::note_answer(NodeId from) {
    if (!catching_up_.asked) return;
    const auto asked = std::ranges::find(catching_up_.open, from, &CatchingUp::Asked::node);
    if (asked != catching_up_.open.end()) {
        catching_up_.pace = std::min(now_.value - asked->at.value, catching_up_.patience);
    }
    catching_up_.asked.reset();
}

/// Nothing comes any more of the snapshot that is coming in.
bool Node::snapshot_stalls() const {
    return catching_up_.piece_at + longest_break(catching_up_.pace) <= now_;
}

/// Other nodes, in turn but for a leap now and then: who takes every second or third turn must not
/// always get the same ones.
std::optional<NodeId> Node::next_peer() {
    std::vector<NodeId> nodes = options_.contacts;
    const Voters& voters = membership().voters(first_open());
    nodes.insert(nodes.end(), voters.begin(), voters.end());
    std::erase(nodes, options_.self);
    const Voters others = make_voters(std::move(nodes));
    if (others.empty()) return std::nullopt;
    catching_up_.polled += 1 + jitter(2);
    return others[static_cast<std::size_t>(catching_up_.polled % others.size())];
}

/// Without a leader's word: perhaps others know more.
void Node::poll_someone(Effects& out) {
    timers_.poll = now_ + options_.resend;
    if (awaits_answer(catching_up_.patience)) return;
    if (const std::optional<NodeId> someone = next_peer()) ask_to_catch_up(*someone, out);
}

/// Whoever is cut off from the leader may know only of voters that were replaced since: by this
/// question it hears of one that knows more. No answer to it is waited for.
void Node::greet_someone(Effects& out) {
    timers_.greet = now_ + greeting_pause() + jitter(options_.election);
    const std::optional<NodeId> someone = next_peer();
    if (!someone) return;
    out.took(Rule::CatchUpAsked, *someone, {}, first_unknown());
    send(*someone, CatchUp{.from_slot = first_unknown(), .snapshot_through = {}, .next_piece = 0},
         out);
}

/// A leader tells all voters of itself, but of learners only those that have asked it. So a learner
/// that follows none asks one node after the other until it has asked the leader.
bool Node::looks_for_leader() const { return !votes() && !leader() && !options_.by_hand; }

/// `at` hears this node from now on. A question that is open may have been asked of somebody who
/// does not, or over a link that is gone: no answer to it is waited for.
void Node::look_for_leader(NodeId at, Effects& out) {
    if (at == options_.self || !looks_for_leader()) return;
    catching_up_.asked.reset();
    timers_.poll = now_ + options_.resend;
    ask_to_catch_up(at, out);
}

/// Answered by any node, with what it knows chosen.
void Node::receive(NodeId from, const CatchUp& message, Effects& out) {
    if (message.from_slot == Slot{}) return refuse_message(from, out);
    note_learner(from, out);
    if (options_.by_hand) return answer_by_hand(from, message, out);
    // Who asks from there on knows all before; and maybe nobody else that this node knows of does.
    if (message.from_slot > first_unknown()) ask_to_catch_up(from, out);
    if (message.from_slot <= acceptor_.log().trimmed_through()) {
        return send_snapshot_piece(from, message, out);
    }
    Decide answer{.entries = {}, .chosen_through = learner_.chosen_through};
    constexpr std::size_t overhead = 32;
    std::size_t bytes = 0;
    for (Slot slot = message.from_slot; slot <= learner_.chosen_through; slot = next(slot)) {
        const LogEntry& entry = *acceptor_.log().find(slot);
        bytes += entry.value.size() + overhead;
        if (!answer.entries.empty() && bytes > options_.part_bytes) break;
        answer.entries.push_back({.slot = slot, .ballot = entry.ballot, .value = entry.value});
    }
    out.took(answer.entries.empty() ? Rule::CatchUpHasNothing : Rule::CatchUpAnswered, from, {},
             message.from_slot);
    send(from, std::move(answer), out);
}

void Node::receive(NodeId from, const Decide& message, Effects& out) {
    Slot expected = message.entries.empty() ? Slot{1} : message.entries.front().slot;
    for (const Decided& decided : message.entries) {
        const bool possible =
            decided.slot == expected && decided.slot != Slot{} && decided.ballot != Ballot{};
        if (!possible) return refuse_message(from, out);
        expected = next(expected);
    }
    if (disk_behind()) return out.took(Rule::DiskBehind, from, {}, first_unknown());
    const Slot before = learner_.chosen_through;
    for (const Decided& decided : message.entries) learn(decided, Rule::LearnedByDecide, out);
    follow_chosen(out);
    const bool taught = learner_.chosen_through > before;
    // The answer to an earlier question, that comes a second time, is none to the open one.
    const bool earlier =
        !message.entries.empty() && message.entries.front().slot < catching_up_.asked_from;
    if (taught || (catching_up_.asked == from && !earlier)) note_answer(from);
    // More is there: asked for at once while that gets on, else with the next watermark or poll.
    const bool more = message.chosen_through > learner_.chosen_through;
    if (more && taught) ask_to_catch_up(from, out);
}

/// As a watermark, of one slot: a vote in that very ballot was for the chosen value. Any other vote
/// proves nothing, and the value must be asked for.
void Node::receive(NodeId from, const Chosen& message, Effects& out) {
    if (message.slot == Slot{} || message.ballot == Ballot{}) return refuse_message(from, out);
    const LogEntry* const entry = acceptor_.log().find(message.slot);
    const bool known =
        message.slot <= learner_.chosen_through || (entry != nullptr && entry->chosen);
    if (known) return out.took(Rule::DecideKnown, from, message.ballot, message.slot);
    if (entry == nullptr || entry->ballot != message.ballot) {
        out.took(Rule::WatermarkNotOwnBallot, from, message.ballot, message.slot);
        return ask_to_catch_up(from, out);
    }
    learn({.slot = message.slot, .ballot = message.ballot, .value = entry->value},
          Rule::LearnedByDecide, out);
    follow_chosen(out);
}

/// `decided` is a fact, whoever told it.
void Node::learn(const Decided& decided, Rule how, Effects& out) {
    if (decided.slot <= learner_.chosen_through || decided.slot > log_limit()) {
        return out.took(Rule::DecideKnown, {}, decided.ballot, decided.slot);
    }
    take_back(decided.slot);
    if (acceptor_.contradicts(decided.slot, decided.ballot, decided.value)) {
        return refuse_message(decided.ballot.node, out);
    }
    const LogEntry* const known = acceptor_.log().find(decided.slot);
    const bool news = known == nullptr || !known->chosen;
    const bool changed = acceptor_.learn(decided.slot, decided.ballot, decided.value);
    if (changed || (news && decided.slot <= doubt_.through)) record_decided(decided.slot);
    out.took(news ? how : Rule::DecideKnown, {}, decided.ballot, decided.slot);
    learner_.advance(acceptor_);
    if (ballot() != Ballot{} && acceptor_.promised() > ballot()) {
        step_down(Rule::SteppedDownHigherBallot, acceptor_.promised(), out);
    }
    if (news) tell_decided(decided.slot, out);
}

/// Whether what is known chosen is executed in this very step. A node that gathers does so a turn
/// later, slot by slot (pass_time): what it tells, votes for and proposes is on its way to disks
/// and peers meanwhile. For little that is not worth a turn.
bool Node::executes_at_once() const {
    if (!options_.gathers) return true;
    const std::size_t little = options_.batch_bytes / 64;
    return learner_.chosen_through == first_open() &&
           acceptor_.log().find(first_open())->value.size() <= little;
}

/// More is known chosen.
void Node::follow_chosen(Effects& out) {
    if (catching_up_.restorer && catching_up_.restorer->through() <= learner_.chosen_through) {
        catching_up_.restorer.reset();  // Overtaken by the log.
    }
    if (auto* const leading = std::get_if<Leading>(&role_)) {
        leading->phase2.forget_through(learner_.chosen_through);
    }
    if (executes_at_once()) execute(learner_.chosen_through, out);
}

/// Executes what is known chosen without a gap, through that slot, and tells everybody here who
/// waits for it.
void Node::execute(Slot through, Effects& out) {
    if (executor_.applied() >= through) return;
    const Slot first = first_open();
    const Slot era = membership().eras(first).front().from;
    bool scheduled = false;
    while (executor_.applied() < through) {
        const Slot slot = first_open();
        const LogEntry* const entry = acceptor_.log().find(slot);
        ENSURE(entry != nullptr && entry->chosen, "only what is known chosen is executed");
        out.took(entry->value.empty() ? Rule::NoopApplied : Rule::SlotApplied, {}, entry->ballot,
                 slot);
        const bool change =
            executor_.apply(slot, entry->value, settings_, scratch_.results, scratch_.dropped);
        if (change) out.took(Rule::MembersChangeScheduled, {}, {}, slot + settings_.alpha);
        scheduled = scheduled || change;
        answer_results(slot, out);
    }
    const bool changed = membership().eras(first_open()).front().from != era;
    if (changed) {
        out.took(Rule::MembersChanged, {}, {}, first_open());
        note_members_changed(membership().votes_from(first, options_.self), out);
    }
    executor_.forget_voters_before(first_open());
    move_proposer(out, scheduled || changed);
    serve_pointed();
}

/// The proposer's side of new knowledge.
void Node::move_proposer(Effects& out, bool members_changed) {
    if (auto* leading = std::get_if<Leading>(&role_)) {
        leading->phase1.forget_through(learner_.chosen_through);
        leading->phase2.forget_through(learner_.chosen_through);
        if (members_changed) note_members(out);
        go_on_with_handover(out);
    } else if (auto* preparing = std::get_if<Preparing>(&role_)) {
        preparing->phase1.forget_through(learner_.chosen_through);
        if (members_changed) note_members(out);
        // Leading may begin: at the latest when the next Prepare is repeated.
        preparing->repeat = std::min(preparing->repeat, now_);
    }
}

void Node::answer_results(Slot slot, Effects& out) {
    for (const CommandResult& result : scratch_.results) {
        out.took(result.standing == Standing::Fresh      ? Rule::CommandExecuted
                 : result.standing == Standing::Executed ? Rule::DuplicateSkipped
                                                         : Rule::StaleRequestSkipped,
                 result.id.origin, {}, slot);
        if (result.id.origin == options_.self) note_change_executed(result.id, slot, out);
        const WaitingRequest* const waiting = waiting_.find(result.id);
        if (waiting == nullptr) continue;
        const Executed* const executed = executor_.requests().find(result.id);
        if (waiting->client) unanswered_ = 0;
        if (executed != nullptr) {
            answer(*waiting, Outcome::Done, executed->slot, executed->answer, out);
        } else {
            answer(*waiting, outcome_of(result.standing), {}, {}, out);
        }
        waiting_.remove(result.id);
    }
    for (const NodeId origin : scratch_.dropped) out.took(Rule::OriginDropped, origin, {}, slot);
}

}  // namespace decree
