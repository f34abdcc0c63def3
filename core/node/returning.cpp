/// Starting again: a node asks those to whom it may have shown more than its disk has now.
///
/// A disk can be made older than it was, by an image that is put back or by rot that looks like a
/// torn tail, and no journal can tell that of itself. Peers remember what a node showed last. So
/// until a quorum has recognized it, a node that was there before casts no vote, promises nothing,
/// confirms no leader and gives its own name to no request. The same goes for one whose disk says
/// that it has only begun to found or to join: it may have voted since. While there is no cluster
/// nobody is asked, and nobody has anything to tell: who is a member answers, recognized or not, so
/// a cluster of which all start again recognizes itself.
///
/// This finds what somebody who answers still remembers. Whoever started since remembers only what
/// is durable: under which of its names that node has asked. And whoever hears a node for the first
/// time after it was recognized, and remembers more, refuses it then.

#include <algorithm>
#include <utility>

#include "core/node/batch.hpp"
#include "core/node/node.hpp"

namespace decree {

namespace {

bool same_life(const Shown& a, const Shown& b) {
    return a.incarnation == b.incarnation && a.life == b.life;
}

/// Whether whoever shows `now` has less than `before`, which was seen of that name: it is not the
/// same start, and either no later one, or one that found a shorter journal.
bool has_less(const Shown& now, const Shown& before) {
    if (same_life(now, before)) return false;
    return now.incarnation <= before.incarnation || now.found < before.position;
}

}  // namespace

/// Nothing before the start is durable: a crash would let another life begin under the same number.
Shown Node::shown() const {
    if (!start_durable_) return {};
    return {.incarnation = heads_.incarnation,
            .life = life_,
            .found = found_,
            .position = journal_.durable_records()};
}

/// REQUIRES: this start is durable, and this node is a member.
void Node::announce_return(Effects& out) {
    returning_->ask_at = now_ + options_.resend;
    end_return_if_recognized(out);  // By those who vote now, as far as it has learned meanwhile.
    if (!returning_) return;
    std::vector<NodeId> to = options_.contacts;
    for (const Era& era : membership().eras(first_open())) {
        to.insert(to.end(), era.voters.begin(), era.voters.end());
    }
    std::erase(to, options_.self);
    out.took(Rule::ReturnAnnounced);
    const Returned message{.shown = shown()};
    for (const NodeId node : make_voters(std::move(to))) send(node, message, out);
}

void Node::receive(NodeId from, const Returned& message, Effects& out) {
    const Shown& now = message.shown;
    if (now.incarnation == Incarnation{}) return refuse_message(from, out);
    const Shown* const before = remembered(from);
    const bool showed_more = before != nullptr && has_less(now, *before);
    // Else a request of this life would be taken for one of the earlier life, and not be executed.
    const Shown named{.incarnation = named_here(from), .life = 0, .found = {}, .position = {}};
    const bool asked_as_this = !showed_more && now.incarnation <= named.incarnation;
    const bool less = showed_more || asked_as_this;
    out.took(less ? Rule::ReturnRefused : Rule::ReturnRecognized, from);
    const Shown known = asked_as_this || before == nullptr ? named : *before;
    send(from,
         Recognized{.shown = now, .before = known, .less = less, .promised = acceptor_.promised()},
         out);
    if (!less) remember(from, now);
}

void Node::receive(NodeId from, const Recognized& message, Effects& out) {
    const bool meant =
        message.shown.incarnation == heads_.incarnation && message.shown.life == life_;
    if (!meant) return;  // An earlier life, or somebody else of this name.
    highest_round_ = std::max(highest_round_, message.promised.round);
    // It has been recognized since, and what that peer tells of are its own requests.
    if (message.less && message.before.life == 0 && !returning_) return;
    if (message.less) return leave_for_good(from, message.before, out);
    if (!returning_) return;
    std::vector<NodeId>& by = returning_->recognized_by;
    const auto place = std::ranges::lower_bound(by, from);
    if (place != by.end() && *place == from) return;
    by.insert(place, from);
    out.took(Rule::RecognizedByPeer, from);
    end_return_if_recognized(out);
}

void Node::end_return_if_recognized(Effects& out) {
    const Voters& voters = membership().voters(first_open());
    VoterBits bits = bit_of(voters, options_.self);
    for (const NodeId node : returning_->recognized_by) bits = bits | bit_of(voters, node);
    if (!is_quorum(settings_.quorums, voters, Phase::One, bits) &&
        !is_quorum(settings_.quorums, voters, Phase::Two, bits)) {
        return;
    }
    out.took(Rule::ReturnEnded);
    returning_.reset();
}

/// Somebody has seen more of this name than this node has. What it does not know of, it may have
/// promised: nothing that is held here is said any more.
void Node::leave_for_good(NodeId by, const Shown& before, Effects& out) {
    if (role() != Role::Following) step_down(Rule::SteppedDownOutcast, {}, out);
    out.took(Rule::CameBackWithLess, by);
    outcast_ = Outcast{.by = by, .before = before};
    returning_.reset();
    outbox_ = Outbox{};
    out.envelopes.clear();
}

/// Whoever drives it ends it.
void Node::stay_out(const Event& event, Effects& out) {
    if (const auto* const durable = std::get_if<Durable>(&event.what)) {
        journal_.durable(durable->position);
    } else if (const auto* const asked = std::get_if<Requested>(&event.what)) {
        turn_away(asked->client, asked->tag, out);
    } else if (const auto* const read = std::get_if<ReadRequested>(&event.what)) {
        turn_away(read->client, read->tag, out);
    }
}

/// The newest incarnation under whose name `node` asked for something that is executed here, or
/// voted for. Any phase 1 quorum has a node that knows this of what was chosen.
Incarnation Node::named_here(NodeId node) const {
    Incarnation newest = executor_.requests().incarnation(node);
    BatchView batch;
    for (Slot slot = next(executor_.applied()); slot <= acceptor_.log().end(); slot = next(slot)) {
        const LogEntry* const entry = acceptor_.log().find(slot);
        if (entry == nullptr || entry->value.empty() || !read_batch(entry->value, batch)) continue;
        for (const CommandView& command : batch.commands) {
            if (command.id.origin == node) newest = std::max(newest, command.id.incarnation);
        }
    }
    return newest;
}

const Shown* Node::remembered(NodeId node) const {
    const auto at = std::ranges::lower_bound(remembered_, node, {}, &Remembered::node);
    return at == remembered_.end() || at->node != node ? nullptr : &at->shown;
}

/// What `node` shows beside other words. False: more was seen of that name, and what it says does
/// not count. Of two who live under one name, the one that began earlier, or is heard later, is
/// told: one of a name is enough.
bool Node::take_shown(NodeId node, const Shown& shown, Effects& out) {
    if (shown.incarnation == Incarnation{}) return true;
    const Shown* const before = remembered(node);
    if (before == nullptr || !has_less(shown, *before)) {
        remember(node, shown);
        return true;
    }
    const bool later = shown.incarnation > before->incarnation;
    out.took(later ? Rule::ReturnRefused : Rule::NamesakeRefused, node);
    send(node,
         Recognized{
             .shown = shown, .before = *before, .less = true, .promised = acceptor_.promised()},
         out);
    return false;
}

/// REQUIRES: that is no less than what it showed before.
void Node::remember(NodeId node, const Shown& shown) {
    const auto at = std::ranges::lower_bound(remembered_, node, {}, &Remembered::node);
    if (at == remembered_.end() || at->node != node) {
        constexpr std::size_t most = std::size_t{4} * max_voters;
        if (remembered_.size() < most) remembered_.insert(at, {.node = node, .shown = shown});
        return;
    }
    const Position position = std::max(at->shown.position, shown.position);
    const bool goes_on = same_life(at->shown, shown);
    at->shown = shown;
    if (goes_on) at->shown.position = position;
}

}  // namespace decree
