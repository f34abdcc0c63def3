/// Clients of the store: what they ask the cluster, and what single nodes answer of themselves.

#include <algorithm>
#include <utility>

#include "core/overload.hpp"
#include "props/store_words.hpp"
#include "sim/world.hpp"

namespace decree::sim {

namespace {

using Kind = Operation::Kind;

// Tags of what single nodes answer begin here: beyond all operations of a run.
constexpr std::uint64_t first_local_tag = std::uint64_t{1} << 40U;
constexpr std::size_t most_local = 3;  // Of one client.

/// All that clients are to be told now.
void tell_all(store::LocalService& service, const store::State& state,
              store::LocalAnswers& answers) {
    do {
        while (auto answer = service.next(state)) answers.push_back(*std::move(answer));
    } while (service.behind());
}

const store::Store* store_of(const Process& p) {
    return dynamic_cast<const store::Store*>(&p.node->machine());
}

}  // namespace

// --- Asking the cluster
// ---------------------------------------------------------------------------

void World::ask_store(std::uint32_t number, Dice& draw) {
    Client& client = clients_[number];
    use_locks(client, draw);
    const bool local = draw.chance(1, 3) && client.memory.local.size() < most_local;
    if (local) return ask_locally(number, draw);
    Operation operation;
    operation.target = client.home;
    if (draw.chance(1, 8)) client.home = draw.below(processes_.size());
    StoreAsker asker(draw, client.memory, *shape_.store, checker_.store());
    if (draw.chance(options_.profile.read_percent, 100)) {
        operation.kind = Kind::Read;
        operation.payload = store::encode_query(asker.question());
    } else {
        fill_store_command(number, operation, asker, draw);
    }
    ask(number, std::move(operation));
}

void World::fill_store_command(std::uint32_t number, Operation& operation, StoreAsker& asker,
                               Dice& draw) {
    Client& client = clients_[number];
    const std::string text = "c" + std::to_string(number + 1) + "." + std::to_string(operations_);
    operation.kind = Kind::Append;
    if (!seats_filled_ && (shape_.founds ? checker_.founded() : true)) {
        seats_filled_ = true;
        std::vector<NodeId> known;
        for (ProcessIndex i = 0; i < processes_.size(); ++i) known.push_back(id_of(i));
        operation.payload =
            store::encode_command(seat_all(checker_.voters(), draw.below(2), known));
    } else if (const auto* const known = checker_.store();
               known != nullptr && known->slots_filled && draw.chance(1, 48)) {
        const auto slots = static_cast<std::uint32_t>(processes_.size()) + 2;
        operation.payload =
            store::encode_command(seat_wrongly(draw, draw.one_of(known->voters), slots));
    } else if (draw.chance(weather_.voter_changes, 64)) {
        Dice members = dice(Site::Members, number);
        const auto voters = draw_voters(members);
        if (voters) {
            operation.kind = Kind::SetVoters;
            operation.payload = store::encode_command(seats_for(*voters));
        }
    } else if (client.dead_origin != NodeId{}) {
        operation.kind = Kind::DropOrigin;
        operation.payload =
            store::encode_command(store::ForgetOrigin{std::exchange(client.dead_origin, NodeId{})});
        counts_.count(FaultKind::OriginDropped);
    } else if (draw.chance(1, 64)) {
        operation.payload = Value(as_bytes(text));  // No command at all.
    }
    if (operation.payload.empty()) {
        const store::StoreCommand command = asker.command(text);
        operation.payload = store::encode_command(command);
        // Who is given no name is known by what it says: that must be said once.
        const bool unique = std::holds_alternative<store::Set>(command);
        operation.anonymous = unique && draw.chance(1, 6);
    }
    if (!operation.anonymous) name_command(client, operation);
}

/// The transaction that makes these the voters, whoever holds which slot now; all of them are made
/// known, so that it is refused only where voters must not change.
store::Transact World::seats_for(const Voters& voters) const {
    std::size_t slots = shape_.voters;
    if (const store::model::Model* const known = checker_.store()) {
        const auto there = std::ranges::count_if(known->files, [](const auto& file) {
            return file.first.starts_with(std::string(store::slots_path) + "/");
        });
        slots = std::max(slots, static_cast<std::size_t>(there));
    }
    const std::size_t free = slots - std::min(slots, voters.size());
    return seat_all(voters, static_cast<std::uint32_t>(free), voters);
}

void World::learn(Client& client, const Operation& operation, const Answer& answer) {
    const auto command = store::decode_command(operation.payload.bytes());
    const auto told = store::decode_command_answer(answer);
    if (command && told) client.memory.learn(*command, *told);
}

/// Whoever holds a lock does now and then what it guards.
void World::use_locks(const Client& client, Dice& draw) {
    for (const auto& [path, token] : client.memory.locks) {
        if (!draw.chance(1, 2)) continue;
        props::Guarded& guarded = guarded_[path];
        if (!guarded.lets_in(token)) ++counts_.fenced_off;
        if (guarded.intruder()) return fail(props::two_holders(path, *guarded.intruder()));
    }
}

// --- Asking single nodes
// --------------------------------------------------------------------------

void World::ask_locally(std::uint32_t number, Dice& draw) {
    Client& client = clients_[number];
    StoreAsker asker(draw, client.memory, *shape_.store, checker_.store());
    LocalAsk ask;
    ask.node = draw.chance(1, 2) ? client.home : draw_target(draw);
    if (draw.chance(1, 2)) {
        ask.question = asker.local_question();
    } else {
        ask.watch = asker.watch();
    }
    send_local(number, client.memory.local.emplace_back(std::move(ask)));
}

void World::send_local(std::uint32_t number, LocalAsk& ask) {
    ask.tag = first_local_tag + ++local_asks_;
    ask.more_at = LocalAsk::none;
    ask.repeat_at = now_ + 4 * shape_.patience_us;
    const std::string words = ask.question ? props::store_query_words(*ask.question)
                                           : props::store_watch_words(ask.watch);
    tell_of_client(number, words + " at N" + std::to_string(ask.node + 1) + " itself");
    mail_local(number, ask, ask.question ? LocalWord::Read : LocalWord::Watch);
}

void World::mail_local(std::uint32_t number, const LocalAsk& ask, LocalWord word) {
    if (mail_lost(number)) return;
    const std::uint32_t place = allocate_mail();
    Mail& mail = mail_[place];
    mail.to_node = true;
    mail.client = number;
    mail.node = ask.node;
    mail.local = LocalMail{
        .word = word,
        .asker = {.client = connection(number, clients_[number].generation), .tag = ask.tag},
        .question = ask.question,
        .watch = ask.watch,
        .answer = {}};
    agenda_.add(now_ + network_.delay(choices_, link_stream(number)), Due::ClientMail, place);
}

/// It is time for some of what the client waits for.
void World::go_on_locally(std::uint32_t number) {
    Client& client = clients_[number];
    Dice draw = dice(Site::Store, number);
    for (std::size_t i = client.memory.local.size(); i-- > 0;) {
        LocalAsk& ask = client.memory.local[i];
        if (ask.more_at <= now_) {
            take_more(number, ask, draw);
        } else if (ask.repeat_at <= now_) {
            const bool gives_up = ask.question && (alive_phase_ || draw.chance(1, 2));
            mail_local(number, ask, LocalWord::Cancel);
            if (gives_up) {
                client.memory.local.erase(client.memory.local.begin() +
                                          static_cast<std::ptrdiff_t>(i));
                continue;
            }
            if (alive_phase_ || draw.chance(1, 2)) ask.node = draw_target(draw);
            send_local(number, ask);
        }
    }
}

/// The watcher took what it was told: it goes on, there or elsewhere.
void World::take_more(std::uint32_t number, LocalAsk& ask, Dice& draw) {
    ask.more_at = LocalAsk::none;
    if (!alive_phase_ && draw.chance(1, 6)) {
        mail_local(number, ask, LocalWord::Cancel);
        ask.node = draw_target(draw);
        return send_local(number, ask);
    }
    ask.repeat_at = now_ + 4 * shape_.patience_us;
    mail_local(number, ask, LocalWord::More);
}

std::uint64_t World::local_due(const Client& client) {
    std::uint64_t due = Client::none;
    for (const LocalAsk& ask : client.memory.local) {
        due = std::min({due, ask.more_at, ask.repeat_at});
    }
    return due;
}

void World::tell_of_client(std::uint32_t number, const std::string& words) {
    if (options_.recorder == nullptr) return;
    note(traces::Remark{"client C" + std::to_string(number + 1) + ": " + words});
}

// --- Answering
// -------------------------------------------------------------------------------------

/// What comes for a node's own store.
void World::serve(ProcessIndex index, const LocalMail& mail) {
    Process& p = process(index);
    if (p.node->founding()) return;  // It is no member yet, and has nothing to tell.
    const store::State& state = store_of(p)->state();
    const NodeId node = id_of(index);
    store::LocalAnswers answers;
    std::optional<store::LocalAnswer> at_once;
    switch (mail.word) {
    case LocalWord::Read:
        checker_.asked_local(node, mail.asker, *mail.question);
        at_once = p.service.read(mail.asker, *mail.question, state);
        break;
    case LocalWord::Watch:
        if (p.service.watches(mail.asker)) return;  // It came twice.
        checker_.asked_watch(node, mail.asker, mail.watch);
        at_once = p.service.watch(mail.asker, mail.watch, state);
        break;
    case LocalWord::More:
        checker_.wants_more(node, mail.asker);
        p.service.more(mail.asker);
        break;
    case LocalWord::Cancel:
        checker_.cancelled(node, mail.asker);
        p.service.cancel(mail.asker);
        break;
    case LocalWord::Answer:
        break;
    }
    if (at_once) answers.push_back(*std::move(at_once));
    fill_connection(index, mail.asker.client);
    tell_all(p.service, state, answers);
    mail_answers(index, std::move(answers));
}

/// Now and then a connection takes nothing for a while; not once faults are over.
void World::fill_connection(ProcessIndex index, ClientId connection) {
    Process& p = process(index);
    const bool full = p.full.contains(connection);
    Dice draw = dice(Site::Store, client_of(connection));
    const bool turns = full ? alive_phase_ || draw.chance(1, 3) : draw.chance(1, 16);
    if (!turns || (!full && alive_phase_)) return;
    checker_.takes(id_of(index), connection, full);
    if (full) {
        p.full.erase(connection);
        p.service.more(connection);
    } else {
        ++counts_.connections_full;
        p.full.insert(connection);
        p.service.hold(connection);
    }
}

/// The node may have executed something.
void World::serve_executed(ProcessIndex index) {
    Process& p = process(index);
    if (p.node->applied() == p.served || p.node->founding()) return;
    p.served = p.node->applied();
    const store::State& state = store_of(p)->state();
    store::LocalAnswers answers;
    tell_all(p.service, state, answers);
    mail_answers(index, std::move(answers));
    if (over_) return;
    checker_.served_all(id_of(index), p.served);
    if (checker_.violation()) fail(*checker_.violation());
}

void World::mail_answers(ProcessIndex index, store::LocalAnswers answers) {
    for (store::LocalAnswer& answer : answers) {
        checker_.served(id_of(index), process(index).node->applied(), answer);
        if (checker_.violation()) return fail(*checker_.violation());
        const std::uint32_t number = client_of(answer.to.client);
        if (mail_lost(number)) continue;
        const std::uint32_t place = allocate_mail();
        Mail& mail = mail_[place];
        mail.to_node = false;
        mail.client = number;
        mail.node = index;
        const store::Asker asker = answer.to;
        mail.local = LocalMail{.word = LocalWord::Answer,
                               .asker = asker,
                               .question = {},
                               .watch = {},
                               .answer = std::move(answer)};
        agenda_.add(now_ + network_.delay(choices_, link_stream(number)), Due::ClientMail, place);
    }
}

/// A client is answered by a node's own store.
void World::local_answer_arrives(std::uint32_t number, const store::LocalAnswer& answer) {
    Client& client = clients_[number];
    const auto found = std::ranges::find(client.memory.local, answer.to.tag, &LocalAsk::tag);
    if (found == client.memory.local.end()) return;
    const std::string from = "is told by N" + std::to_string(found->node + 1) + ": ";
    bool over = true;
    std::visit(Overload{[&](const store::QueryAnswer& told) {
                            tell_of_client(number, from + props::store_answer_words(told));
                        },
                        [&](const store::Told& told) {
                            tell_of_client(number, from + props::store_told_words(told));
                            over = told.code != store::Code::Ok ||
                                   found->watch.kind == store::WatchKind::Once;
                            if (!over) found->watch.from = store::next(told.through);
                        },
                        [&](const store::Refusal& refusal) {
                            tell_of_client(number, from + store::reason(refusal));
                        }},
               answer.what);
    if (over) {
        client.memory.local.erase(found);
        return;
    }
    // Some lag, and find that history has gone on.
    Dice draw = dice(Site::Store, number);
    const std::uint64_t lag = draw.chance(1, 4) ? draw.doubling(1000, 2'000'000) : 0;
    found->more_at = now_ + (alive_phase_ ? 0 : lag);
    found->repeat_at = LocalAsk::none;
    arm_client(number);
}

// --- The end
// ---------------------------------------------------------------------------------------

/// Faults are over: who waits for the future waits no longer, and who watches does so where it is
/// served.
void World::calm_local() {
    for (std::uint32_t i = 0; i < clients_.size(); ++i) {
        Client& client = clients_[i];
        std::erase_if(client.memory.local, [](const LocalAsk& ask) { return ask.question; });
        for (LocalAsk& ask : client.memory.local) {
            if (std::ranges::find(core_, ask.node) == core_.end()) ask.repeat_at = now_ + 1;
        }
        arm_client(i);
    }
}

/// Whether every watcher has been told all that it wants to know.
bool World::watchers_are_served() const {
    const store::model::Model* const model = checker_.store();
    if (model == nullptr) return true;
    for (const Client& client : clients_) {
        for (const LocalAsk& ask : client.memory.local) {
            const std::int64_t first = std::max<std::int64_t>(ask.watch.from.value, 1);
            for (std::int64_t at = first; at <= model->last().value; ++at) {
                const store::Event& event = model->events[static_cast<std::size_t>(at - 1)];
                if (store::model::matches(ask.watch.glob, event.path)) return false;
            }
        }
    }
    return true;
}

}  // namespace decree::sim
