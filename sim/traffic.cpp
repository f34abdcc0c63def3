/// Clients ask, repeat themselves, give up, go away and are answered.

#include <algorithm>
#include <utility>
#include <variant>

#include "core/store/command_log.hpp"
#include "props/stale_is_superseded.hpp"
#include "sim/world.hpp"

namespace decree::sim {

namespace {

using Kind = Operation::Kind;

constexpr Event event_of(auto what) { return Event{.now = Time{}, .what = std::move(what)}; }

}  // namespace

void World::add_clients() {
    for (std::uint32_t i = 0; i < shape_.clients; ++i) {
        Client& client = clients_.emplace_back();
        Dice draw = dice(Site::Client, i);
        client.origin = origin_of(i, sessions_);
        client.home = draw.below(processes_.size());
        client.to_ask = shape_.operations / shape_.clients + 1;
        client.ask_at = draw.below(100'000);
        arm_client(i);
    }
}

void World::arm_client(std::uint32_t number) {
    Client& client = clients_[number];
    std::uint64_t due = client.open.size() < shape_.in_flight ? client.ask_at : Client::none;
    for (const Operation& each : client.open) due = std::min(due, each.repeat_at);
    if (shape_.store) due = std::min(due, local_due(client));
    if (due >= client.timer_at || due == Client::none) return;
    client.timer_at = due;
    agenda_.add(std::max(due, now_), Due::ClientTimer, number);
}

void World::client_timer(std::uint32_t number, std::uint64_t at) {
    Client& client = clients_[number];
    if (at < client.timer_at) return;
    client.timer_at = Client::none;
    for (std::size_t i = client.open.size(); i-- > 0;) {
        if (client.open[i].repeat_at <= now_) repeat(number, i);
    }
    if (shape_.store) go_on_locally(number);
    if (client.ask_at <= now_ && client.open.size() < shape_.in_flight) ask_something(number);
    arm_client(number);
}

ProcessIndex World::draw_target(Dice& draw) const {
    return alive_phase_ ? draw.one_of(core_) : draw.below(processes_.size());
}

// --- Asking
// ----------------------------------------------------------------------------------------

void World::ask_something(std::uint32_t number) {
    Client& client = clients_[number];
    if (alive_phase_ || client.to_ask == 0) {
        client.ask_at = Client::none;
        return;
    }
    Dice draw = dice(Site::Client, number);
    --client.to_ask;
    // Spread over the time in which faults rage.
    const std::uint64_t left = shape_.safety_us > now_ ? shape_.safety_us - now_ : 0;
    client.ask_at = now_ + 1 + draw.below(left * 2 / (client.to_ask + 1) + 1);
    if (shape_.store) return ask_store(number, draw);
    Operation operation;
    operation.target = client.home;
    if (draw.chance(1, 8)) client.home = draw.below(processes_.size());
    if (draw.chance(options_.profile.read_percent, 100)) {
        operation.kind = Kind::Read;
    } else {
        fill_command(number, operation, draw);
    }
    ask(number, std::move(operation));
}

void World::fill_command(std::uint32_t number, Operation& operation, Dice& draw) {
    Client& client = clients_[number];
    operation.kind = Kind::Append;
    std::string text = "c" + std::to_string(number + 1) + "." + std::to_string(operations_);
    // Mostly short; some fill sectors and batches; sometimes more than a command may hold.
    if (draw.chance(1, 4)) text.resize(draw.doubling(text.size(), 900), '.');
    if (draw.chance(1, 128)) text.resize(shape_.settings.command_bytes + 1, '.');
    LogCommand command = AppendText{std::move(text)};
    operation.anonymous = draw.chance(1, 6);
    if (draw.chance(weather_.voter_changes, 64)) {
        Dice members = dice(Site::Members, number);
        if (auto voters = draw_voters(members)) {
            command = SetVoters{*std::move(voters)};
            operation.kind = Kind::SetVoters;
            operation.anonymous = false;
        }
    } else if (draw.chance(1, 32)) {
        command = WakeAt{ClusterTime{draw.below(4'000'000)}};
        operation.kind = Kind::Wake;
        operation.anonymous = false;
    } else if (client.dead_origin != NodeId{}) {
        command = DropOrigin{std::exchange(client.dead_origin, NodeId{})};
        operation.kind = Kind::DropOrigin;
        operation.anonymous = false;
        counts_.count(FaultKind::OriginDropped);
    }
    operation.payload = encode_command(command);
    if (!operation.anonymous) name_command(client, operation);
}

// Gives the request its name; sometimes a session ends here, and a new one begins.
void World::name_command(Client& client, Operation& operation) {
    const auto number = static_cast<std::uint32_t>(&client - clients_.data());
    const bool idle = client.lowest_unanswered(client.next_number) == client.next_number;
    if (weather_.has.has(FaultKind::OriginDropped) && idle && client.dead_origin == NodeId{} &&
        client.next_number > 1 && dice(Site::Client, number).chance(1, 16)) {
        client.dead_origin = client.origin;
        client.origin = origin_of(number, ++sessions_);
        client.next_number = 1;
    }
    operation.id = {.origin = client.origin,
                    .incarnation = Incarnation{1},
                    .number = client.next_number,
                    .lowest_unanswered = client.lowest_unanswered(client.next_number)};
    ++client.next_number;
}

// A set of voters that differs from the present one and whose quorums could answer.
std::optional<Voters> World::draw_voters(Dice& draw) const {
    std::vector<NodeId> next = checker_.voters();
    std::vector<NodeId> others;
    for (ProcessIndex i = 0; i < processes_.size(); ++i) {
        const bool votes = std::ranges::find(next, id_of(i)) != next.end();
        if (!votes && processes_[i].state != ProcessState::Lost) others.push_back(id_of(i));
    }
    const std::uint32_t how = draw.below(4);
    const bool adds = how != 1 && !others.empty();
    const bool removes = how >= 1 && next.size() > 1;
    for (std::uint32_t i = 0; i < (how == 3 ? 2U : 1U); ++i) {
        if (removes && next.size() > 1) {
            next.erase(next.begin() + static_cast<std::ptrdiff_t>(draw.below(next.size())));
        }
        if (adds) next.push_back(draw.one_of(others));
    }
    Voters voters = make_voters(std::move(next));
    if (!check_quorums(shape_.settings.quorums, voters)) {
        if (!draw.chance(1, 8)) return std::nullopt;
        return voters;  // To be refused.
    }
    VoterBits able{};
    for (ProcessIndex i = 0; i < processes_.size(); ++i) {
        if (processes_[i].state != ProcessState::Lost) able = able | bit_of(voters, id_of(i));
    }
    const QuorumSystem& quorums = shape_.settings.quorums;
    if (!is_quorum(quorums, voters, Phase::One, able)) return std::nullopt;
    if (!is_quorum(quorums, voters, Phase::Two, able)) return std::nullopt;
    return voters;
}

void World::ask(std::uint32_t number, Operation operation) {
    Client& client = clients_[number];
    const bool full =
        operation.id.number >= operation.id.lowest_unanswered + shape_.settings.origin_window;
    if (full) {  // What is long open must be answered first.
        --client.next_number;
        return;
    }
    operation.number = operations_++;
    if (operation.kind == Kind::Read) {
        checker_.asked_read(operation.number, Time{now_}, operation.payload);
    } else {
        checker_.asked(operation.number, Time{now_}, operation.id, operation.payload);
    }
    if (operation.kind == Kind::SetVoters) counts_.count(FaultKind::VotersChanged);
    send_operation(number, client.open.emplace_back(std::move(operation)));
}

// An operation that may be open already, or even answered: its name says which it is.
void World::ask_again(std::uint32_t number, ProcessIndex target, Operation operation) {
    Client& client = clients_[number];
    const auto found = std::ranges::find(client.open, operation.number, &Operation::number);
    Operation& asked =
        found != client.open.end() ? *found : client.open.emplace_back(std::move(operation));
    asked.target = target;
    send_operation(number, asked);
}

void World::send_operation(std::uint32_t number, Operation& operation) {
    Client& client = clients_[number];
    ++operation.tries;
    operation.repeat_at = now_ + shape_.patience_us;
    note(traces::ClientAsked{.client = number + 1,
                             .node = id_of(operation.target),
                             .tag = operation.number,
                             .reads = operation.kind == Kind::Read,
                             .payload = operation.payload});
    const ClientId from = connection(number, client.generation);
    if (operation.kind == Kind::Read) {
        mail_to_node(number, operation.target,
                     event_of(ReadRequested{.client = from,
                                            .tag = operation.number,
                                            .local = false,
                                            .query = operation.payload}));
        return;
    }
    std::optional<RequestId> id;
    if (!operation.anonymous) id = operation.id;
    mail_to_node(
        number, operation.target,
        event_of(Requested{
            .client = from, .id = id, .tag = operation.number, .payload = operation.payload}));
}

void World::repeat(std::uint32_t number, std::size_t open) {
    Client& client = clients_[number];
    Dice draw = dice(Site::Client, number);
    Operation& operation = client.open[open];
    const bool may_give_up = !client.stays && !alive_phase_;
    if (operation.anonymous || (may_give_up && draw.chance(weather_.gives_up, 16))) {
        if (!operation.anonymous) counts_.count(FaultKind::ClientGivesUp);
        return forget_operation(number, open, true);
    }
    if (weather_.has.has(FaultKind::ClientReconnects) && !client.stays && draw.chance(1, 4)) {
        reconnect(number, operation.target);
    }
    const bool elsewhere = alive_phase_ || draw.chance(1, 2);
    if (!client.stays && elsewhere) operation.target = draw_target(draw);
    send_operation(number, operation);
}

void World::forget_operation(std::uint32_t number, std::size_t open, bool given_up) {
    Client& client = clients_[number];
    if (given_up) {
        ++counts_.unknown;
        note(traces::ClientGaveUp{.client = number + 1, .tag = client.open[open].number});
    }
    client.open.erase(client.open.begin() + static_cast<std::ptrdiff_t>(open));
}

void World::reconnect(std::uint32_t number, ProcessIndex node) {
    Client& client = clients_[number];
    counts_.count(FaultKind::ClientReconnects);
    mail_to_node(number, node, event_of(ClientGone{connection(number, client.generation)}));
    ++client.generation;
}

// --- Mail
// ------------------------------------------------------------------------------------------

std::uint32_t World::allocate_mail() {
    if (free_mail_.empty()) {
        mail_.emplace_back();
        return static_cast<std::uint32_t>(mail_.size() - 1);
    }
    const std::uint32_t place = free_mail_.back();
    free_mail_.pop_back();
    return place;
}

bool World::mail_lost(std::uint32_t number) {
    if (alive_phase_ || options_.director != nullptr) return false;
    return choices_.chance(Site::Fate, link_stream(number), weather_.network.dropped, 65536);
}

void World::mail_to_node(std::uint32_t number, ProcessIndex node, Event event) {
    if (mail_lost(number)) return;
    const std::uint32_t place = allocate_mail();
    Mail& mail = mail_[place];
    mail.to_node = true;
    mail.client = number;
    mail.node = node;
    mail.event = std::move(event);
    agenda_.add(now_ + network_.delay(choices_, link_stream(number)), Due::ClientMail, place);
}

void World::mail_to_client(ProcessIndex node, Reply&& reply) {
    const std::uint32_t number = client_of(reply.client);
    if (mail_lost(number)) return;
    const std::uint32_t place = allocate_mail();
    Mail& mail = mail_[place];
    mail.to_node = false;
    mail.client = number;
    mail.node = node;
    mail.reply = std::move(reply);
    agenda_.add(now_ + network_.delay(choices_, link_stream(number)), Due::ClientMail, place);
}

void World::mail_arrives(std::uint32_t place) {
    if (mail_[place].local) return local_mail_arrives(place);
    if (!mail_[place].to_node) {
        const Reply reply = std::move(mail_[place].reply);
        free_mail_.push_back(place);
        return reply_arrives(mail_[place].client, reply);
    }
    Process& receiver = process(mail_[place].node);
    if (receiver.state == ProcessState::Paused) {
        receiver.waiting.push_back({.at = now_, .what = Due::ClientMail, .index = place});
        return;
    }
    free_mail_.push_back(place);
    if (receiver.state != ProcessState::Up) return;
    ++counts_.requests;
    const ProcessIndex node = mail_[place].node;
    Event event = std::move(mail_[place].event);
    if (const auto* const gone = std::get_if<ClientGone>(&event.what); gone && shape_.store) {
        receiver.service.gone(gone->client);
        receiver.full.erase(gone->client);
        checker_.gone(id_of(node), gone->client);
    }
    event.now = receiver.clock.at(now_);
    step(node, event);
}

void World::local_mail_arrives(std::uint32_t place) {
    const ProcessIndex node = mail_[place].node;
    Process& p = process(node);
    const bool waits = mail_[place].to_node && p.state == ProcessState::Paused;
    if (waits) {
        p.waiting.push_back({.at = now_, .what = Due::ClientMail, .index = place});
        return;
    }
    const bool to_node = mail_[place].to_node;
    const std::uint32_t client = mail_[place].client;
    const LocalMail mail = *std::exchange(mail_[place].local, std::nullopt);
    free_mail_.push_back(place);
    if (!to_node) {
        const bool closed = generation_of(mail.asker.client) != clients_[client].generation;
        return closed ? void() : local_answer_arrives(client, *mail.answer);
    }
    if (p.state == ProcessState::Up) serve(node, mail);
}

void World::reply_arrives(std::uint32_t number, const Reply& reply) {
    Client& client = clients_[number];
    if (generation_of(reply.client) != client.generation) return;  // That connection is closed.
    const auto found = std::ranges::find(client.open, reply.tag, &Operation::number);
    if (found == client.open.end()) return;
    Operation& operation = *found;
    if (options_.director != nullptr) options_.director->answered(reply);
    const bool final = reply.outcome == Outcome::Done || reply.outcome == Outcome::Stale ||
                       reply.outcome == Outcome::TooLarge || operation.anonymous;
    if (!final) {  // Not executed by this attempt; an earlier one may have been.
        operation.repeat_at = std::min(operation.repeat_at, now_ + shape_.patience_us / 4);
        return arm_client(number);
    }
    note(traces::ClientAnswered{.client = number + 1,
                                .node = id_of(operation.target),
                                .tag = operation.number,
                                .outcome = reply.outcome,
                                .answer = reply.answer});
    checker_.answered(operation.number, Time{now_}, reply.outcome, reply.answer);
    if (checker_.violation() && ends_with(*checker_.violation())) return;
    if (auto wrong = props::stale_is_superseded(operation.id, reply.outcome, operation.anonymous)) {
        if (ends_with(*wrong)) return;
    }
    if (reply.outcome == Outcome::Done) {
        ++counts_.acknowledged;
        if (operation.kind == Kind::Read) ++counts_.reads;
        if (operation.kind == Kind::SetVoters) ++counts_.voter_changes;
        if (shape_.store && operation.kind != Kind::Read) learn(client, operation, reply.answer);
    }
    forget_operation(number, static_cast<std::size_t>(found - client.open.begin()), false);
    arm_client(number);
}

}  // namespace decree::sim
