/// What waits for revisions to come: WAIT, WATCH, and reads of the future. All of it is answered
/// from this node's own state, since at one revision every node has the same.

#include <algorithm>

#include "net/doozer_service.hpp"
#include "net/verbs.hpp"

namespace decree::net {

void DoozerService::read_at(Ask ask, const store::StoreQuery& question) {
    const store::QueryAnswer answer = store::query(store().state(), question);
    if (answer.code != store::Code::NotYet) {
        return respond(ask.client, ask.tag, to_response(ask.verb, answer));
    }
    if (ahead_.size() >= store().state().settings.limits.watches) {
        return refuse(ask.client, ask.tag, ErrorCode::Other, "too many waits");
    }
    ask.kind = Kind::Ahead;
    ask.question = question;
    ask.ahead = *std::visit(
        [](const auto& asked) -> store::At {
            if constexpr (requires { asked.at; }) return asked.at;
            return std::nullopt;
        },
        question);
    const store::Revision revision = ask.ahead;
    ahead_.add(revision, add(std::move(ask)));
}

void DoozerService::watch(ClientId client, Verb verb, const Request& request) {
    const store::State& state = store().state();
    const bool stream = verb == Verb::Watch;
    const std::int64_t mark_every = request.mark_every.value_or(0);
    const auto watch = watches_.add(
        {.glob = *request.path,
         .from = store::Revision{*request.rev},
         .kind = stream ? store::WatchKind::Stream : store::WatchKind::Once,
         .mark_every = static_cast<std::uint64_t>(std::max<std::int64_t>(mark_every, 0))},
        state.history, state.settings);
    if (!watch) return respond(client, request.tag, to_response(watch.error()));
    const Number number = add({.client = client,
                               .tag = request.tag,
                               .verb = verb,
                               .kind = Kind::Watch,
                               .words = {},
                               .question = {},
                               .local = {},
                               .ahead = {},
                               .watch = *watch});
    if (request.tag) clients_.at(client).watches.emplace(*request.tag, number);
    by_watch_.emplace(*watch, number);
    if (watches_.ready().contains(*watch) && take(*watch)) more_to_tell_ = true;
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

void DoozerService::stepped() {
    const Slot applied = replica_.node().applied();
    if (seen_ == applied && !more_to_tell_) return;
    seen_ = applied;
    const store::State& state = store().state();
    watches_.advance(state.history);
    tell_watchers();
    for (const Number number : ahead_.take(state.revision())) {
        const Ask ask = asks_.at(number);
        remove(number);
        read_at(ask, *ask.question);
    }
}

void DoozerService::tell_watchers() {
    more_to_tell_ = paused_ = false;
    const std::set<store::WatchId> ready = watches_.ready();
    for (const store::WatchId watch : ready) {
        if (take(watch)) more_to_tell_ = true;
    }
    // One that finds no room is left out: the next mark says more.
    while (const auto mark = watches_.take_mark()) {
        const Number number = by_watch_.at(mark->first);
        if (sink_.has_room(asks_.at(number).client)) tell(number, mark->second);
    }
}

/// Tells a watcher what it is to be told next. Says whether there may be more at once.
bool DoozerService::take(store::WatchId watch) {
    const Number number = by_watch_.at(watch);
    if (!sink_.has_room(asks_.at(number).client)) {
        paused_ = true;
        return false;
    }
    if (const auto told = watches_.take(watch, store().state().history)) tell(number, *told);
    return watches_.ready().contains(watch);
}

void DoozerService::tell(Number number, const store::Told& told) {
    const Ask& ask = asks_.at(number);
    if (told.code != store::Code::Ok) {
        respond(ask.client, ask.tag, to_response(store::plain(told.code)));
        return remove(number);
    }
    for (const store::Event& event : told.events) {
        respond(ask.client, ask.tag, to_response(ask.verb, event));
    }
    if (told.events.empty()) {
        Response mark;
        mark.through = told.through.value;
        respond(ask.client, ask.tag, std::move(mark));
    }
    if (ask.verb == Verb::Wait) remove(number);
}

}  // namespace decree::net
