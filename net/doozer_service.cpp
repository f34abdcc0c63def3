#include "net/doozer_service.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/contract.hpp"
#include "core/node_name.hpp"

namespace decree::net {
namespace {

// A command that the node had no room for is offered again after this.
constexpr std::uint64_t busy_pause = 5'000;

std::optional<Verb> known_verb(std::int32_t number) {
    switch (const Verb verb{number}) {
    case Verb::Get:
    case Verb::Set:
    case Verb::Del:
    case Verb::Rev:
    case Verb::Wait:
    case Verb::Nop:
    case Verb::Walk:
    case Verb::GetDir:
    case Verb::Stat:
    case Verb::Self:
    case Verb::Status:
    case Verb::Access:
        return verb;
    }
    return std::nullopt;
}

// How long it takes tells nothing but the length.
bool same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned differs = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        differs |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                         static_cast<unsigned char>(b[i]));
    }
    return differs == 0;
}

bool writes(Verb verb) { return verb == Verb::Set || verb == Verb::Del || verb == Verb::Nop; }

// What a verb cannot do without.
bool lacks_argument(Verb verb, const Request& request) {
    switch (verb) {
    case Verb::Get:
        return !request.path;
    case Verb::Set:
    case Verb::Del:
    case Verb::Wait:
        return !request.path || !request.rev;
    case Verb::Walk:
    case Verb::GetDir:
        return !request.path || !request.offset;
    default:
        return false;
    }
}

store::StoreCommand to_command(Verb verb, Request request) {
    if (verb == Verb::Nop) return store::Nop{};
    const store::Revision revision{*request.rev};
    if (verb == Verb::Del)
        return store::Del{.path = *std::move(request.path), .revision = revision};
    return store::Set{.path = *std::move(request.path),
                      .revision = revision,
                      .value = Value(as_bytes(request.value.value_or(std::string{}))),
                      .session = store::no_session};
}

store::StoreQuery to_query(Verb verb, Request request) {
    store::At at;
    if (request.rev) at = store::Revision{*request.rev};
    std::string path = std::move(request.path).value_or(std::string{});
    const std::int64_t offset = request.offset.value_or(0);
    switch (verb) {
    case Verb::Get:
        return store::Get{.path = std::move(path), .at = at};
    case Verb::Stat:
        return store::Stat{.path = std::move(path), .at = at};
    case Verb::GetDir:
        return store::GetDir{.path = std::move(path), .offset = offset, .at = at};
    case Verb::Walk:
        return store::Walk{.glob = std::move(path), .offset = offset, .at = at};
    default:
        return store::Rev{};
    }
}

// What a read of the present says, beside the tag.
Response to_response(Verb verb, const store::QueryAnswer& answer) {
    Response response;
    if (verb == Verb::Rev) {
        response.rev = answer.revision.value;
        return response;
    }
    ENSURE(!answer.entries.empty(), "an answer that is no refusal has an entry");
    const store::Entry& entry = answer.entries.front();
    if (verb == Verb::GetDir) {
        response.path = entry.path;
        return response;
    }
    response.rev = entry.revision.value;
    if (verb == Verb::Stat) {
        response.len = static_cast<std::int32_t>(entry.length);
        return response;
    }
    response.value = std::string(as_text(entry.value.bytes()));
    if (verb == Verb::Walk) {
        response.flags = static_cast<std::int32_t>(store::event_flags(store::EventKind::Set));
        response.path = entry.path;
    }
    return response;
}

}  // namespace

const store::Store& DoozerService::store() const {
    return dynamic_cast<const store::Store&>(replica_.node().machine());
}

ClientId DoozerService::opened() {
    const ClientId client{++last_client_};
    grant(clients_[client], {});
    return client;
}

void DoozerService::closed(ClientId client) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) return;
    if (found->second.outstanding > 0) replica_.happened(ClientGone{client});
    const std::set<Number> asks = std::move(found->second.asks);
    for (const Number number : asks) remove(number);
    clients_.erase(found);
}

std::size_t DoozerService::outstanding(ClientId client) const {
    const auto found = clients_.find(client);
    return found == clients_.end() ? 0 : found->second.outstanding;
}

/// Rights only grow. A secret that is not set is the empty one; but where only the read-only secret
/// is set, nobody may write rather than everybody.
void DoozerService::grant(Client& client, const std::string& secret) const {
    if (opens_writes(secret)) client.reads = client.writes = true;
    if (same_secret(secret, options_.read_only_secret)) client.reads = true;
}

bool DoozerService::opens_writes(const std::string& secret) const {
    const bool usable = !options_.read_write_secret.empty() || options_.read_only_secret.empty();
    return usable && same_secret(secret, options_.read_write_secret);
}

void DoozerService::refuse(ClientId client, std::optional<std::int32_t> tag,
                           const store::Refusal& why) {
    Response response;
    response.tag = tag;
    response.err_code = static_cast<std::int32_t>(store::code_number(why.code));
    if (why.code == store::Code::Other) response.err_detail = why.detail;
    sink_.respond(client, response);
}

void DoozerService::refuse(ClientId client, std::optional<std::int32_t> tag, ErrorCode code,
                           std::string detail) {
    Response response;
    response.tag = tag;
    response.err_code = static_cast<std::int32_t>(code);
    if (code == ErrorCode::Other) response.err_detail = std::move(detail);
    sink_.respond(client, response);
}

DoozerService::Number DoozerService::add(Ask ask) {
    const Number number = ++last_ask_;
    Client& client = clients_.at(ask.client);
    client.asks.insert(number);
    if (waits_in_vain(ask.kind)) {
        ++client.outstanding;
        ++outstanding_;
    }
    asks_.emplace(number, std::move(ask));
    return number;
}

void DoozerService::remove(Number number) {
    const auto found = asks_.find(number);
    if (found == asks_.end()) return;
    const Ask& ask = found->second;
    if (ask.kind == Kind::Watch) {
        watches_.remove(ask.watch);
        by_watch_.erase(ask.watch);
    }
    if (ask.kind == Kind::Ahead) ahead_.remove(ask.ahead, number);
    Client& client = clients_.at(ask.client);
    client.asks.erase(number);
    if (waits_in_vain(ask.kind)) {
        --client.outstanding;
        --outstanding_;
    }
    asks_.erase(found);
}

/// Needs nobody else: it is asked for when nothing else is answered.
void DoozerService::status(ClientId client, const Request& request) {
    if (!clients_.at(client).reads) {
        return refuse(client, request.tag, ErrorCode::Other, "permission denied");
    }
    Response response;
    response.tag = request.tag;
    response.value = options_.status ? options_.status() : std::string();
    sink_.respond(client, response);
}

void DoozerService::request(ClientId client, Request request, Time now) {
    if (request.verb == static_cast<std::int32_t>(Verb::Status)) return status(client, request);
    const auto verb = known_verb(request.verb);
    if (!verb) return refuse(client, request.tag, ErrorCode::UnknownVerb);
    const Client& rights = clients_.at(client);
    if (*verb == Verb::Access) return access(client, request);
    if (*verb == Verb::Self) {
        Response response;
        response.tag = request.tag;
        response.value = node_name(replica_.node().id());
        return sink_.respond(client, response);
    }
    const bool allowed = *verb == Verb::Rev || (writes(*verb) ? rights.writes : rights.reads);
    if (!allowed) return refuse(client, request.tag, ErrorCode::Other, "permission denied");
    if (lacks_argument(*verb, request)) return refuse(client, request.tag, ErrorCode::MissingArg);
    if (writes(*verb)) return command(client, *verb, std::move(request), now);
    if (*verb == Verb::Wait) return wait(client, request);
    read(client, *verb, std::move(request), now);
}

void DoozerService::access(ClientId client, const Request& request) {
    Client& rights = clients_.at(client);
    const std::string secret = request.value.value_or(std::string{});
    const bool matches = opens_writes(secret) || same_secret(secret, options_.read_only_secret);
    if (!matches) return refuse(client, request.tag, ErrorCode::Other, "permission denied");
    grant(rights, secret);
    Response response;
    response.tag = request.tag;
    sink_.respond(client, response);
}

void DoozerService::command(ClientId client, Verb verb, Request request, Time now) {
    const std::optional<std::int32_t> tag = request.tag;
    const store::StoreCommand words = to_command(verb, std::move(request));
    if (const auto wrong = store().check(words)) return refuse(client, tag, *wrong);
    Ask ask{.client = client,
            .tag = tag,
            .verb = verb,
            .kind = Kind::Command,
            .words = encode_command(words),
            .question = {},
            .ahead = {},
            .watch = {}};
    const Number number = add(std::move(ask));
    deadlines_.emplace_back(now + options_.request_timeout, number);
    offer(number, asks_.at(number));
}

void DoozerService::offer(Number number, Ask& ask) {
    if (ask.question) {
        ask.kind = Kind::Read;
        return replica_.happened(ReadRequested{.client = ask.client,
                                               .tag = number,
                                               .local = options_.local_reads,
                                               .query = encode_query(*ask.question)});
    }
    ask.kind = Kind::Command;
    replica_.happened(
        Requested{.client = ask.client, .id = {}, .tag = number, .payload = ask.words});
}

void DoozerService::read(ClientId client, Verb verb, Request request, Time now) {
    const bool exact = request.rev.has_value() && verb != Verb::Rev;
    Ask ask{.client = client,
            .tag = request.tag,
            .verb = verb,
            .kind = Kind::Read,
            .words = {},
            .question = {},
            .ahead = {},
            .watch = {}};
    store::StoreQuery question = to_query(verb, std::move(request));
    if (const auto* const walk = std::get_if<store::Walk>(&question)) {
        const auto wrong = store::check_glob(walk->glob, store().state().settings);
        if (wrong) return refuse(client, ask.tag, *wrong);
        if (walk->offset < 0) return refuse(client, ask.tag, store::plain(store::Code::Range));
    }
    if (exact) return read_at(std::move(ask), question);
    ask.question = std::move(question);
    const Number number = add(std::move(ask));
    deadlines_.emplace_back(now + options_.request_timeout, number);
    offer(number, asks_.at(number));
}

/// Every node has the same at a revision, so this one's own state will do.
void DoozerService::read_at(Ask ask, const store::StoreQuery& question) {
    const store::QueryAnswer answer = store::query(store().state(), question);
    if (answer.code != store::Code::NotYet) return respond(ask, answer);
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

void DoozerService::wait(ClientId client, const Request& request) {
    const store::State& state = store().state();
    const auto watch = watches_.add({.glob = *request.path,
                                     .from = store::Revision{*request.rev},
                                     .kind = store::WatchKind::Once,
                                     .mark_every = 0},
                                    state.history, state.settings);
    if (!watch) return refuse(client, request.tag, watch.error());
    const Number number = add({.client = client,
                               .tag = request.tag,
                               .verb = Verb::Wait,
                               .kind = Kind::Watch,
                               .words = {},
                               .question = {},
                               .ahead = {},
                               .watch = *watch});
    by_watch_.emplace(*watch, number);
    if (!watches_.ready().contains(*watch)) return;
    if (const auto told = watches_.take(*watch, state.history)) tell(number, *told);
}

void DoozerService::answered(const Reply& reply) {
    const auto found = asks_.find(reply.tag);
    if (found == asks_.end()) return;  // Given up, or its client is gone.
    Ask& ask = found->second;
    switch (reply.outcome) {
    case Outcome::Done:
        break;
    case Outcome::Busy:
        // A node that is no member yet has nothing to read, and may be one soon.
        if (ask.kind == Kind::Command || replica_.node().founding()) {
            ask.kind = Kind::Refused;
            refused_.push_back(reply.tag);
            return;
        }
        refuse(ask.client, ask.tag, ErrorCode::Other, "too many reads wait at this node");
        return remove(reply.tag);
    case Outcome::TooLarge:
    case Outcome::NoRoom:
    case Outcome::TooFarAhead:
        refuse(ask.client, ask.tag, ErrorCode::Other, "the cluster has no room for this request");
        return remove(reply.tag);
    case Outcome::Stale:
        refuse(ask.client, ask.tag, ErrorCode::Other,
               "outcome unknown: it is not known whether this was executed");
        return remove(reply.tag);
    }
    if (ask.kind == Kind::Command) {
        const auto answer = store::decode_command_answer(reply.answer);
        ENSURE(answer.has_value(), "the store answers commands in its own words");
        respond(ask, *answer);
    } else {
        const auto answer = store::decode_query_answer(reply.answer);
        ENSURE(answer.has_value(), "the store answers questions in its own words");
        respond(ask, *answer);
    }
    remove(reply.tag);
}

void DoozerService::respond(const Ask& ask, const store::CommandAnswer& answer) {
    if (answer.code != store::Code::Ok) {
        return refuse(ask.client, ask.tag, {.code = answer.code, .detail = answer.detail});
    }
    Response response;
    response.tag = ask.tag;
    if (ask.verb == Verb::Set) response.rev = answer.revision.value;
    sink_.respond(ask.client, response);
}

void DoozerService::respond(const Ask& ask, const store::QueryAnswer& answer) {
    if (answer.code != store::Code::Ok) {
        return refuse(ask.client, ask.tag, {.code = answer.code, .detail = answer.detail});
    }
    Response response = to_response(ask.verb, answer);
    response.tag = ask.tag;
    sink_.respond(ask.client, response);
}

void DoozerService::tell(Number number, const store::Told& told) {
    const Ask& ask = asks_.at(number);
    if (told.code != store::Code::Ok) {
        refuse(ask.client, ask.tag, store::plain(told.code));
    } else {
        const store::Event& event = told.events.front();
        Response response;
        response.tag = ask.tag;
        response.flags = static_cast<std::int32_t>(store::event_flags(event.kind));
        response.rev = event.revision.value;
        response.path = event.path;
        response.value = std::string(as_text(event.value.bytes()));
        sink_.respond(ask.client, response);
    }
    remove(number);
}

void DoozerService::stepped() {
    const Slot applied = replica_.node().applied();
    if (seen_ == applied && watches_.ready().empty()) return;
    seen_ = applied;
    const store::State& state = store().state();
    watches_.advance(state.history);
    const std::set<store::WatchId> ready = watches_.ready();
    for (const store::WatchId watch : ready) {
        if (const auto told = watches_.take(watch, state.history)) tell(by_watch_.at(watch), *told);
    }
    for (const Number number : ahead_.take(state.revision())) {
        const Ask ask = asks_.at(number);
        remove(number);
        read_at(ask, *ask.question);
    }
}

Time DoozerService::deadline() const {
    if (!watches_.ready().empty()) return Time{};
    const Time again = refused_.empty() ? never : offer_again_;
    return deadlines_.empty() ? again : std::min(again, deadlines_.front().first);
}

void DoozerService::pass_time(Time now) {
    stepped();
    while (!deadlines_.empty() && deadlines_.front().first <= now) {
        give_up(deadlines_.front().second);
        deadlines_.pop_front();
    }
    // Answered ones need not wait for their turn to be forgotten.
    while (!deadlines_.empty() && !asks_.contains(deadlines_.front().second))
        deadlines_.pop_front();
    if (refused_.empty()) {
        offer_again_ = never;
        return;
    }
    if (offer_again_ == never) offer_again_ = now + busy_pause;
    if (offer_again_ > now) return;
    for (const Number number : std::exchange(refused_, {})) {
        const auto found = asks_.find(number);
        if (found == asks_.end()) continue;
        offer(number, found->second);
    }
    offer_again_ = never;
}

/// Nothing can be said but that it took too long: a command that the node took in may be executed
/// yet.
void DoozerService::give_up(Number number) {
    const auto found = asks_.find(number);
    if (found == asks_.end()) return;
    const Ask& ask = found->second;
    const std::string seconds = fmt::format("{} s", options_.request_timeout / 1'000'000);
    const bool unknown = ask.kind == Kind::Command;
    refuse(ask.client, ask.tag, ErrorCode::Other,
           unknown ? "outcome unknown: not known to be executed after " + seconds
                   : "no quorum: nobody could be asked for " + seconds);
    remove(number);
}

}  // namespace decree::net
