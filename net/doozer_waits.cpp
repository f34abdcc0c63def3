/// What waits for revisions to come: WAIT, WATCH, and reads of the future. `store::LocalService`
/// decides what is told, and when; here it becomes responses, and connections that take none are
/// held.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "net/doozer_service.hpp"
#include "net/verbs.hpp"

namespace decree::net {

void DoozerService::read_at(Ask ask, const store::StoreQuery& question) {
    if (clients_.at(ask.client).asks.size() >= options_.waits) {
        return refuse(ask.client, ask.tag, ErrorCode::Other,
                      fmt::format("connection exceeds {} reads of the future", options_.waits));
    }
    const store::Asker asker{.client = ask.client, .tag = last_ask_ + 1};
    const auto answer = local_.read(asker, question, store().state());
    if (!answer) {
        ask.kind = Kind::Local;
        add(std::move(ask));
    } else if (const auto* const told = std::get_if<store::QueryAnswer>(&answer->what)) {
        respond(ask.client, ask.tag, to_response(ask.verb, *told));
    } else {
        respond(ask.client, ask.tag, to_response(std::get<store::Refusal>(answer->what)));
    }
}

void DoozerService::watch(ClientId client, Verb verb, const Request& request) {
    if (clients_.at(client).asks.size() >= options_.waits) {
        return refuse(client, request.tag, ErrorCode::Other,
                      fmt::format("connection exceeds {} watches", options_.waits));
    }
    const bool stream = verb == Verb::Watch;
    const std::int64_t mark_every = request.mark_every.value_or(0);
    const store::WatchRequest watch{
        .glob = *request.path,
        .from = store::Revision{*request.rev},
        .kind = stream ? store::WatchKind::Stream : store::WatchKind::Once,
        .mark_every = static_cast<std::uint64_t>(std::max<std::int64_t>(mark_every, 0))};
    const store::Asker asker{.client = client, .tag = last_ask_ + 1};
    if (const auto refused = local_.watch(asker, watch, store().state())) {
        return respond(client, request.tag, to_response(std::get<store::Refusal>(refused->what)));
    }
    const Number number = add({.client = client,
                               .tag = request.tag,
                               .verb = verb,
                               .kind = Kind::Local,
                               .words = {},
                               .local = {},
                               .asked = {},
                               .gives_up_at = never});
    if (request.tag) clients_.at(client).watches.emplace(*request.tag, number);
    more_to_tell_ = more_to_tell_ || local_.behind();
}

void DoozerService::cancel(ClientId client, const Request& request) {
    auto& watches = clients_.at(client).watches;
    const std::int32_t tag = *request.other_tag;
    const auto next = [&] { return watches.lower_bound({tag, 0}); };
    if (next() == watches.end() || next()->first != tag) {
        return refuse(client, request.tag, ErrorCode::Other, "no WAIT or WATCH has that tag");
    }
    while (next() != watches.end() && next()->first == tag) remove(next()->second);
    respond(client, request.tag, {});
}

/// At once, since history may lose again what a slot did; what is too much at once, by turns.
void DoozerService::stepped() {
    const Slot applied = replica_.node().applied();
    if (std::exchange(seen_, applied) != applied) tell_some();
}

void DoozerService::tell_some() {
    const store::State& state = store().state();
    while (const auto answer = local_.next(state)) {
        tell(*answer);
        const ClientId client = answer->to.client;
        if (sink_.has_room(client)) {
            local_.more(answer->to);
        } else {
            local_.hold(client);
            held_clients_.insert(client);
        }
    }
    more_to_tell_ = local_.behind();
}

/// Whoever takes again what it is sent is told more.
void DoozerService::go_on_telling() {
    std::erase_if(held_clients_, [this](ClientId client) {
        if (!sink_.has_room(client)) return false;
        local_.more(client);
        return more_to_tell_ = true;
    });
    if (more_to_tell_) tell_some();
}

void DoozerService::tell(const store::LocalAnswer& answer) {
    const Number number = answer.to.tag;
    const Ask& ask = asks_.at(number);
    bool over = true;
    std::visit(Overload{[&](const store::QueryAnswer& told) {
                            respond(ask.client, ask.tag, to_response(ask.verb, told));
                        },
                        [&](const store::Refusal& refusal) {
                            respond(ask.client, ask.tag, to_response(refusal));
                        },
                        [&](const store::Told& told) {
                            tell(ask, told);
                            over = told.code != store::Code::Ok || ask.verb == Verb::Wait;
                        }},
               answer.what);
    if (over) remove(number);
}

void DoozerService::tell(const Ask& ask, const store::Told& told) {
    if (told.code != store::Code::Ok) {
        return respond(ask.client, ask.tag, to_response(store::plain(told.code)));
    }
    for (const store::Event& event : told.events) {
        respond(ask.client, ask.tag, to_response(ask.verb, event));
    }
    if (told.events.empty()) {
        Response mark;
        mark.through = told.through.value;
        respond(ask.client, ask.tag, std::move(mark));
    }
}

}  // namespace decree::net
