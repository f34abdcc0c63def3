#include "net/doozer_service.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/contract.hpp"
#include "core/founding.hpp"
#include "core/node_name.hpp"
#include "net/cluster_settings.hpp"
#include "net/verbs.hpp"

namespace decree::net {
namespace {

// A command that the node had no room for is offered again after this.
constexpr std::uint64_t busy_pause = 5'000;
// Who asks the node on the service's own behalf: no connection has this number.
constexpr ClientId the_service{std::numeric_limits<std::uint64_t>::max()};

constexpr const char* no_room = "no room: too much waits at this node";
constexpr const char* ending = "no quorum: this node ends; ask another one";

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

// Why a request that reached the node came to nothing.
std::string why_not(Outcome outcome) {
    switch (outcome) {
    case Outcome::Done:
        break;
    case Outcome::Busy:
        return "too many reads wait at this node";
    case Outcome::TooLarge:
        return "the request exceeds what the cluster takes in one command";
    case Outcome::NoRoom:
    case Outcome::TooFarAhead:
        return "the cluster has no room for this request";
    case Outcome::Stale:
        return "outcome unknown: it is not known whether this was executed";
    }
    return {};
}

std::string what_it_awaits(const Node& node) {
    std::vector<std::string> sentences;
    for (const Awaited& awaited : node.awaited()) sentences.push_back(sentence(awaited));
    return fmt::format("{}", fmt::join(sentences, "; "));
}

std::string in_words(std::uint64_t microseconds) {
    if (microseconds % 1'000'000 == 0) return fmt::format("{} s", microseconds / 1'000'000);
    return fmt::format("{} ms", microseconds / 1'000);
}

}  // namespace

/// Of what a server starts, the machine is always a store; asked for several times a request.
const store::Store& DoozerService::store() const {
    return static_cast<const store::Store&>(replica_.node().machine());
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
    local_.gone(client);
    held_clients_.erase(client);
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

/// Whether its slot was taken away: it follows, but it is not for it to serve clients that write.
bool DoozerService::removed() const {
    return store().state().electorate.is_retired(replica_.node().id());
}

void DoozerService::respond(ClientId client, std::optional<std::int32_t> tag, Response response) {
    response.tag = tag;
    sink_.respond(client, response);
}

void DoozerService::refuse(ClientId client, std::optional<std::int32_t> tag, ErrorCode code,
                           std::string detail) {
    Response response;
    response.err_code = static_cast<std::int32_t>(code);
    if (code == ErrorCode::Other) response.err_detail = std::move(detail);
    respond(client, tag, std::move(response));
}

DoozerService::Number DoozerService::add(Ask ask) {
    const Number number = ++last_ask_;
    Client& client = clients_.at(ask.client);
    client.asks.insert(number);
    ask.bytes = ask.words.size();
    waiting_bytes(ask.verb) += ask.bytes;
    if (waits_in_vain(ask.kind)) {
        ++client.outstanding;
        ++outstanding_;
    }
    if (ask.gives_up_at != never) deadlines_.emplace(ask.gives_up_at, number);
    asks_.emplace(number, std::move(ask));
    return number;
}

void DoozerService::remove(Number number) {
    const auto found = asks_.find(number);
    if (found == asks_.end()) return;
    const Ask& ask = found->second;
    Client& client = clients_.at(ask.client);
    if (ask.kind == Kind::Local) {
        local_.cancel({.client = ask.client, .tag = number});
        if (ask.tag) client.watches.erase({*ask.tag, number});
    }
    client.asks.erase(number);
    deadlines_.erase({ask.gives_up_at, number});
    waiting_bytes(ask.verb) -= ask.bytes;
    if (waits_in_vain(ask.kind)) {
        --client.outstanding;
        --outstanding_;
    }
    asks_.erase(found);
}

std::size_t& DoozerService::waiting_bytes(Verb verb) {
    return is_command(verb) ? command_bytes_ : read_bytes_;
}

const char* DoozerService::why_not_asked(Verb verb, const Value& words) {
    if (!takes_more_) return ending;
    return waiting_bytes(verb) + words.size() <= options_.waiting_bytes ? nullptr : no_room;
}

void DoozerService::request(ClientId client, Request request, Time now) {
    const auto verb = known_verb(request.verb);
    if (!verb) return refuse(client, request.tag, ErrorCode::UnknownVerb);
    const Client& rights = clients_.at(client);
    if (*verb == Verb::Access) return access(client, request);
    if (*verb == Verb::Self) return self(client, request);
    const Right needed = needed_right(*verb, request);
    const bool allowed =
        needed == Right::None || (needed == Right::Write ? rights.writes : rights.reads);
    if (!allowed) return refuse(client, request.tag, ErrorCode::Other, "permission denied");
    if (*verb == Verb::Status) return status(client, request);
    if (needed == Right::Write && removed()) {
        return refuse(client, request.tag, ErrorCode::ReadOnly);
    }
    if (lacks_argument(*verb, request)) return refuse(client, request.tag, ErrorCode::MissingArg);
    if (*verb == Verb::Configure && !changes_settings(client, request)) return;
    if (is_command(*verb)) return command(client, *verb, std::move(request), now);
    if (*verb == Verb::Wait || *verb == Verb::Watch) return watch(client, *verb, request);
    if (*verb == Verb::Cancel) return cancel(client, request);
    read(client, *verb, std::move(request), now);
}

/// Needs nobody else: it is asked for when nothing else is answered.
void DoozerService::status(ClientId client, const Request& request) {
    Response response;
    response.value = options_.status ? options_.status() : std::string();
    respond(client, request.tag, std::move(response));
}

void DoozerService::self(ClientId client, const Request& request) {
    Response response;
    response.value = node_name(replica_.node().id());
    respond(client, request.tag, std::move(response));
}

void DoozerService::access(ClientId client, const Request& request) {
    Client& rights = clients_.at(client);
    const std::string secret = request.value.value_or(std::string{});
    const bool matches = opens_writes(secret) || same_secret(secret, options_.read_only_secret);
    if (!matches) return refuse(client, request.tag, ErrorCode::Other, "permission denied");
    grant(rights, secret);
    respond(client, request.tag, {});
}

/// Otherwise it is answered: with the present settings where none is named, or why not.
bool DoozerService::changes_settings(ClientId client, const Request& request) {
    store::StoreSettings settings = store().state().settings;
    for (const SettingField& field : request.settings) {
        if (change_setting(settings, field)) continue;
        refuse(client, request.tag, ErrorCode::Other, "no such setting: " + *field.name);
        return false;
    }
    if (!request.settings.empty()) {
        const auto small = too_small(settings);
        if (small) refuse(client, request.tag, ErrorCode::Other, *small);
        return !small;
    }
    Response response;
    response.value.emplace();
    for (const auto& [name, number] : named_settings(settings)) {
        *response.value += std::string(name) + "=" + std::to_string(number) + "\n";
    }
    respond(client, request.tag, std::move(response));
    return false;
}

/// A client that waits less long than this server would is told before it goes.
Time DoozerService::gives_up_at(const Request& request, bool waits_in_vain, Time now) const {
    const Time most = waits_in_vain ? now + options_.request_timeout : never;
    if (!request.patience_us) return most;
    const std::int64_t asked = std::max<std::int64_t>(*request.patience_us, 0);
    return std::min(most, now + static_cast<std::uint64_t>(asked));
}

void DoozerService::command(ClientId client, Verb verb, Request request, Time now) {
    const std::optional<std::int32_t> tag = request.tag;
    const Time end = gives_up_at(request, true, now);
    const store::StoreCommand words =
        to_command(verb, std::move(request), store().state().settings);
    if (const auto wrong = store().check(words)) return respond(client, tag, to_response(*wrong));
    Value encoded = encode_command(words);
    if (const char* const why = why_not_asked(verb, encoded)) {
        return refuse(client, tag, ErrorCode::Other, why);
    }
    Ask ask{.client = client,
            .tag = tag,
            .verb = verb,
            .kind = Kind::Held,
            .words = std::move(encoded),
            .bytes = {},
            .local = {},
            .asked = now,
            .gives_up_at = end};
    const Number number = add(std::move(ask));
    if (replica_.node().leader()) {
        offer(number, asks_.at(number));
    } else {
        hold(number, asks_.at(number));
    }
}

/// Without a leader a command waits here, not at the node, which would pass it on as well as it
/// can: so it is sure what has become of it if nobody leads in time.
void DoozerService::hold(Number number, Ask& ask) {
    ask.kind = Kind::Held;
    held_.push_back(number);
}

bool DoozerService::may_offer() const { return found_leader_ || replica_.node().leader(); }

void DoozerService::offer(Number number, Ask& ask) {
    if (!is_command(ask.verb)) {
        ask.kind = Kind::Read;
        return replica_.happened(ReadRequested{
            .client = ask.client, .tag = number, .local = ask.local, .query = ask.words});
    }
    ask.kind = Kind::Command;
    replica_.happened(
        Requested{.client = ask.client, .id = {}, .tag = number, .payload = ask.words});
}

void DoozerService::offer_held(Time now) {
    // An answer that came late says nothing of a leader for commands to come.
    if (held_.empty()) found_leader_ = false;
    if (held_.empty() || offer_again_ > now) return;
    offer_again_ = Time{};
    if (!may_offer()) return look_for_leader(now);
    found_leader_ = false;
    for (const Number number : std::exchange(held_, {})) {
        const auto found = asks_.find(number);
        if (found != asks_.end()) offer(number, found->second);
    }
}

/// A node may hear no leader while others do. A read goes through those, again and again until it
/// is answered: then a command will be, too.
void DoozerService::look_for_leader(Time now) {
    if (look_again_ > now) return;
    look_again_ = now + options_.request_timeout;
    replica_.happened(ClientGone{the_service});  // An earlier one, if it waits yet.
    replica_.happened(ReadRequested{
        .client = the_service, .tag = 0, .local = false, .query = encode_query(store::Rev{})});
}

void DoozerService::read(ClientId client, Verb verb, Request request, Time now) {
    const bool exact = request.rev.has_value() && verb != Verb::Rev;
    Ask ask{.client = client,
            .tag = request.tag,
            .verb = verb,
            .kind = Kind::Read,
            .words = {},
            .bytes = {},
            .local = request.local || options_.local_reads,
            .asked = now,
            .gives_up_at = gives_up_at(request, !exact, now)};
    const store::StoreQuery question = to_query(verb, std::move(request));
    if (const auto* const walk = std::get_if<store::Walk>(&question)) {
        auto wrong = store::check_glob(walk->glob, store().state().settings);
        if (!wrong && walk->offset < 0) wrong = store::plain(store::Code::Range);
        if (wrong) return respond(client, ask.tag, to_response(*wrong));
    }
    if (exact) return read_at(std::move(ask), question);
    ask.words = encode_query(question);
    if (const char* const why = why_not_asked(verb, ask.words)) {
        return refuse(client, ask.tag, ErrorCode::Other, why);
    }
    const Number number = add(std::move(ask));
    offer(number, asks_.at(number));
}

void DoozerService::answered(const Reply& reply) {
    if (reply.client == the_service) {
        look_again_ = Time{};
        found_leader_ = reply.outcome == Outcome::Done;
        busy_ = busy_ || !found_leader_;
        return;
    }
    const auto found = asks_.find(reply.tag);
    if (found == asks_.end()) return;  // Given up, or its client is gone.
    Ask& ask = found->second;
    const bool command = ask.kind == Kind::Command;
    // A node that is no member yet has nothing to read, and may be one soon.
    if (reply.outcome == Outcome::Busy && (command || replica_.node().founding())) {
        busy_ = true;
        return hold(reply.tag, ask);
    }
    const Ask asked = std::move(ask);
    remove(reply.tag);
    if (reply.outcome != Outcome::Done) {
        return refuse(asked.client, asked.tag, ErrorCode::Other, why_not(reply.outcome));
    }
    if (command) {
        const auto answer = store::decode_command_answer(reply.answer);
        ENSURE(answer.has_value(), "the store answers commands in its own words");
        respond(asked.client, asked.tag, to_response(asked.verb, *answer));
    } else {
        const auto answer = store::decode_query_answer(reply.answer);
        ENSURE(answer.has_value(), "the store answers questions in its own words");
        respond(asked.client, asked.tag, to_response(asked.verb, *answer));
    }
}

Time DoozerService::deadline() const {
    if (more_to_tell_) return Time{};
    const bool offers = !held_.empty() && may_offer();
    const Time again = offers ? offer_again_ : never;
    return deadlines_.empty() ? again : std::min(again, deadlines_.begin()->first);
}

void DoozerService::pass_time(Time now) {
    go_on_telling();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        give_up(deadlines_.begin()->second, now);
    }
    if (std::exchange(busy_, false)) offer_again_ = now + busy_pause;
    offer_held(now);
}

void DoozerService::give_up_all(Time now) {
    std::vector<Number> in_vain;
    for (const auto& [number, ask] : asks_) {
        if (waits_in_vain(ask.kind)) in_vain.push_back(number);
    }
    for (const Number number : in_vain) give_up(number, now);
}

void DoozerService::give_up(Number number, Time now) {
    const Ask ask = std::move(asks_.at(number));
    remove(number);
    refuse(ask.client, ask.tag, ErrorCode::Other, why_in_vain(ask, now));
}

/// A command that the node took in may be executed yet; of others that is out of the question.
std::string DoozerService::why_in_vain(const Ask& ask, Time now) const {
    const Time until = std::max(ask.asked, std::min(now, ask.gives_up_at));
    const std::string time = in_words(until.value - ask.asked.value);
    const std::size_t voters = store().voters().size();
    switch (ask.kind) {
    case Kind::Local:
        return fmt::format("not reached: for {} this node had no later revision than {}", time,
                           store().state().revision().value);
    case Kind::Read:
        return fmt::format("no quorum: not enough of {} voters answered for {}", voters, time);
    case Kind::Command:
        return fmt::format("outcome unknown: not known to be executed after {}", time);
    case Kind::Held:
        break;
    }
    const Node& node = replica_.node();
    if (node.founding()) {
        return "no quorum: this node is in no cluster yet: " + what_it_awaits(node);
    }
    if (node.leader()) return fmt::format("no quorum: this node had no room for {}", time);
    return fmt::format("no quorum: this node heard of no leader of {} voters for {}", voters, time);
}

}  // namespace decree::net
