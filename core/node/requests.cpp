/// Clients' commands: taken, forwarded, queued, answered.

#include <algorithm>

#include "core/node/node.hpp"

namespace decree {

void Node::answer(const WaitingRequest& request, Outcome outcome, Slot slot, const Answer& answer,
                  Effects& out) {
    if (!request.client) return;
    out.took(Rule::RequestAnswered, request.id.origin, {}, slot);
    out.replies.push_back({.client = *request.client,
                           .tag = request.tag,
                           .outcome = outcome,
                           .slot = slot,
                           .answer = answer});
}

/// A client asks a node that takes no part in anything now.
void Node::turn_away(ClientId client, std::uint64_t tag, Effects& out) {
    out.replies.push_back(
        {.client = client, .tag = tag, .outcome = Outcome::Busy, .slot = {}, .answer = {}});
}

/// A name for a request of a client that has none: this node is the origin.
RequestId Node::own_request_id() const {
    const std::uint64_t number = own_requests_ + 1;
    const std::optional<std::uint64_t> lowest = waiting_.lowest(options_.self, heads_.incarnation);
    return {.origin = options_.self,
            .incarnation = heads_.incarnation,
            .number = number,
            .lowest_unanswered = lowest.value_or(number)};
}

void Node::request(const Requested& event, Effects& out) {
    const auto refuse = [&](Outcome outcome, Rule why) {
        out.took(why);
        out.replies.push_back({.client = event.client,
                               .tag = event.tag,
                               .outcome = outcome,
                               .slot = {},
                               .answer = {}});
    };
    if (event.payload.size() > settings_.command_bytes) {
        return refuse(Outcome::TooLarge, Rule::RequestRefusedTooLarge);
    }
    if (event.id && executor_.requests().stale(*event.id)) {
        return refuse(Outcome::Stale, Rule::RequestAnsweredFromTable);
    }
    if (const Executed* executed = event.id ? executor_.requests().find(*event.id) : nullptr) {
        out.took(Rule::RequestAnsweredFromTable, event.id->origin, {}, executed->slot);
        out.replies.push_back({.client = event.client,
                               .tag = event.tag,
                               .outcome = Outcome::Done,
                               .slot = executed->slot,
                               .answer = executed->answer});
        return;
    }
    const bool known = event.id && waiting_.find(*event.id) != nullptr;
    const bool room = has_room();
    // An own name counts from this start, so that must be durable, and the only one of its number.
    const bool may_name = start_durable_ && !returning_;
    if (!known && (!room || (!event.id && !may_name))) {
        return refuse(Outcome::Busy, Rule::RequestRefusedBusy);
    }
    const RequestId id = event.id ? *event.id : own_request_id();
    answer_superseded(id, out);
    WaitingRequest* const waiting = waiting_.add(id, settings_.origin_window);
    if (waiting == nullptr) return refuse(Outcome::Busy, Rule::RequestRefusedBusy);
    if (!event.id) own_requests_ = id.number;
    waiting->client = event.client;
    waiting->tag = event.tag;
    if (known) return;  // On its way already; who asked last is answered.
    waiting->payload = event.payload;
    take_request(*waiting, out);
}

/// The origin has started anew: whoever waits for what it asked before is told.
void Node::answer_superseded(const RequestId& id, Effects& out) {
    for (const WaitingRequest& request : waiting_.take_older(id.origin, id.incarnation)) {
        answer(request, Outcome::Stale, {}, {}, out);
    }
}

/// A command whose client went away may still be queued, so both are looked at.
bool Node::has_room() const {
    return waiting_.size() < options_.max_waiting && queue_.size() < options_.max_waiting;
}

/// Queues a new request here, or sends it to the leader, or keeps it until there is one.
void Node::take_request(WaitingRequest& waiting, Effects& out) {
    waiting.sent = now_;
    timers_.retry = std::min(timers_.retry, now_ + options_.resend);
    if (role() == Role::Leading) {
        out.took(Rule::RequestQueued, waiting.id.origin);
        queue_.push_back({.id = waiting.id, .payload = waiting.payload});
    } else if (turn_open_) {
        waiting.sent = Time{};  // All of the turn leave together: end_turn().
    } else if (const std::optional<NodeId> to = towards_leader()) {
        out.took(Rule::RequestForwarded, *to);
        send(
            *to,
            Forward{.commands = {{.id = waiting.id, .payload = waiting.payload}}, .relayed = false},
            out);
    }
}

/// Another node's clients ask. No answer: that node applies the slot, too.
void Node::receive(NodeId from, const Forward& message, Effects& out) {
    if (role() != Role::Leading) {
        const std::optional<NodeId> to = leader();
        if (message.relayed || !to || *to == from) {
            return out.took(Rule::ForwardIgnoredNotLeading, from);
        }
        out.took(Rule::ForwardPassedOn, from);
        return send(*to, Forward{.commands = message.commands, .relayed = true}, out);
    }
    for (const Command& command : message.commands) {
        const bool done = executor_.requests().find(command.id) != nullptr ||
                          executor_.requests().stale(command.id);
        const bool known = waiting_.find(command.id) != nullptr;
        const bool fits = command.payload.size() <= settings_.command_bytes && has_room();
        if (done || known || !fits) continue;
        answer_superseded(command.id, out);
        WaitingRequest* const waiting = waiting_.add(command.id, settings_.origin_window);
        if (waiting == nullptr) continue;
        waiting->payload = command.payload;
        out.took(Rule::ForwardTaken, from);
        take_request(*waiting, out);
    }
}

/// Sends to the leader what waits here and was not sent for a while.
void Node::forward_waiting(Rule why, Time older_than, Effects& out) {
    const std::optional<NodeId> to = towards_leader();
    if (!to || *to == options_.self || waiting_.size() == 0) return;
    Forward message;
    std::size_t bytes = 0;
    const auto flush = [&] {
        if (message.commands.empty()) return;
        out.took(why, *to);
        send(*to, std::move(message), out);
        message = Forward{};
        bytes = 0;
    };
    waiting_.for_each([&](WaitingRequest& request) {
        if (request.sent >= older_than) return;
        constexpr std::size_t overhead = 40;
        const std::size_t size = request.payload.size() + overhead;
        if (bytes + size > options_.part_bytes) flush();
        bytes += size;
        request.sent = now_;
        message.commands.push_back({.id = request.id, .payload = request.payload});
    });
    flush();
}

/// A new leader proposes what its own clients wait for.
void Node::queue_waiting() {
    queue_.clear();
    waiting_.for_each([&](WaitingRequest& request) {
        request.sent = now_;
        queue_.push_back({.id = request.id, .payload = request.payload});
    });
}

/// Answers what a snapshot has shown to be executed, or not to be any more.
void Node::answer_from_table(Effects& out) {
    std::vector<RequestId> gone;
    waiting_.for_each([&](WaitingRequest& request) {
        const Executed* const executed = executor_.requests().find(request.id);
        if (executed != nullptr) {
            answer(request, Outcome::Done, executed->slot, executed->answer, out);
        } else if (executor_.requests().stale(request.id)) {
            answer(request, Outcome::Stale, {}, {}, out);
        } else {
            return;
        }
        gone.push_back(request.id);
    });
    for (const RequestId& id : gone) waiting_.remove(id);
}

/// What went unanswered is asked again: of whoever leads now, or, when no leader is heard or the
/// one that is does not answer, through other nodes in turn.
void Node::retry(Effects& out) {
    const bool waits = waiting_.size() > 0 || reads_.size() > 0;
    timers_.retry = waits ? now_ + options_.resend : never;
    if (!waits || role() == Role::Leading) return;
    answer_from_table(out);  // Who superseded a request may have asked elsewhere.
    ++unanswered_;
    if (!leader() || unanswered_ >= patience_with_leader) {
        relay_ = next_peer();
        if (relay_ == leader()) relay_ = next_peer();  // It has its own turns.
        out.took(Rule::RelayUsed, relay_.value_or(options_.self));
        // Whoever passes things on does not tell what came of them.
        if (relay_) ask_to_catch_up(*relay_, out);
    }
    const bool urgent = unanswered_ >= patience_with_leader;  // Then each turn takes everything.
    const std::uint64_t patience = urgent ? 0 : 2 * options_.resend;
    if (now_.value > patience) {
        forward_waiting(Rule::RequestForwardedAgain, Time{now_.value - patience}, out);
    }
    ask_for_read_point(out);
}

void Node::forget_client(ClientId client, Effects& out) {
    out.took(Rule::ClientForgotten);
    waiting_.remove_client(client);
    reads_.remove_client(client);
}

}  // namespace decree
