#include "sim/world.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/node/node.hpp"
#include "props/contract.hpp"
#include "props/properties.hpp"
#include "props/sound_messages.hpp"
#include "sim/hands.hpp"

namespace decree::sim {

namespace {

// A node may want several steps in a row, for a snapshot in pieces; but not for ever.
constexpr std::uint32_t most_spins = 20'000;
// Of the driver of a node that gathers.
constexpr std::uint64_t turn_us = 50;

// The shortest time from one step of a node that is due to the next. A driver takes in what comes
// within a turn before it looks at the time.
std::uint64_t turn_of(const Process& p) { return p.options.gathers ? turn_us : 1; }

props::Violation storm() {
    return {.property = "Storm",
            .details = "there is no end of messages: the run has more events than any may have",
            .signature = "Storm: no end of messages"};
}

}  // namespace

World::World(Choices& choices, const RunOptions& options)
    : choices_(choices),
      options_(options),
      shape_(options.director != nullptr ? options.director->plan().shape
                                         : draw_shape(choices, options.profile)),
      weather_(options.director != nullptr ? options.director->plan().weather
                                           : draw_weather(choices, options.profile, shape_)),
      checker_(shape_.settings),
      counts_(result_.statistics),
      network_(weather_.network) {
    processes_.reserve(max_processes);
    if (options.director == nullptr) bound_clocks(shape_, weather_);
    effects_.listening = options.count_rules;  // A trace does not hold rules.
}

void World::begin() {
    if (options_.director != nullptr) return begin_directed();
    if (shape_.founds) add_founders();
    for (ProcessIndex i = 0; i < processes_.size(); ++i) found(i);
    add_clients();
    plan_episodes();
    agenda_.add(shape_.safety_us, Due::Look, 0);
}

void World::begin_directed() {
    const Plan& plan = options_.director->plan();
    if (shape_.founds) add_founders();
    for (const ProcessIndex index : plan.absent) process(index).state = ProcessState::Absent;
    for (ProcessIndex i = 0; i < processes_.size(); ++i) found(i);
    clients_.resize(shape_.clients);
    for (std::uint32_t i = 0; i < plan.cues.size(); ++i) agenda_.add(plan.cues[i], Due::Cue, i);
    agenda_.add(plan.ends_at, Due::Look, 0);
}

RunResult World::run() {
    counts_.runs = 1;
    processes_.resize(shape_.voters + shape_.spares);
    begin();
    while (!over_ && !agenda_.empty()) {
        const Appointment due = agenda_.take_first();
        now_ = due.at;
        handle(due);
        if (counts_.events + agenda_.size() > options_.profile.most_events) fail(storm());
    }
    if (!result_.violation) {
        checker_.finish_history();
        if (checker_.violation()) fail(*checker_.violation());
    }
    for (const Client& client : clients_) counts_.unknown += client.open.size();
    counts_.simulated_us = now_;
    count_store();
    if (options_.director != nullptr) {
        Hands hands(*this);
        options_.director->over(hands);
    }
    return std::move(result_);
}

void World::count_store() {
    if (!shape_.store) return;
    const props::Sometimes& seen = checker_.sometimes();
    ++counts_.stores;
    counts_.store_refusals = seen.store_refusals;
    counts_.voterless_refused = seen.voterless_refused;
    counts_.doubled_refused = seen.doubled_refused;
    counts_.unknown_refused = seen.unknown_refused;
    counts_.hasty_refused = seen.hasty_refused;
    counts_.sessions_expired = seen.sessions_expired;
    counts_.locks_acquired = seen.locks_acquired;
    counts_.local_reads = seen.local_reads;
    counts_.watches_told = seen.watches_told;
    counts_.watches_too_late = seen.watches_too_late;
}

void World::handle(const Appointment& due) {
    switch (due.what) {
    case Due::Delivery:
        return deliver(due.index);
    case Due::DiskDone:
        return disk_done(due);
    case Due::SnapshotDone:
        return snapshot_done(due);
    case Due::Timer:
        return timer(due.index, due.at);
    case Due::ClientMail:
        return mail_arrives(due.index);
    case Due::ClientTimer:
        return client_timer(due.index, due.at);
    case Due::EpisodeBegins:
        return begin_episode(due.index);
    case Due::EpisodeEnds:
        return end_episode(due.index);
    case Due::Start:
        return start(due.index);
    case Due::Look:
        return look();
    case Due::Reach:
        return reach(due.index);
    case Due::Succeed:
        return succeed(due.index);
    case Due::Scrub:
        return scrub_due(due);
    case Due::Cue: {
        Hands hands(*this);
        return options_.director->cue(due.index, hands);
    }
    }
}

void World::fail(props::Violation violation) {
    ENSURE(props::is_property(violation.property),
           "what is judged is named in props/properties.hpp");
    if (options_.director != nullptr) options_.director->broken(now_, violation);
    if (!result_.violation) result_.violation = std::move(violation);
    over_ = true;
}

// Whether that ends the run. Not where a director wants to see what comes of it.
bool World::ends_with(const props::Violation& broken) {
    const bool was_over = over_;
    fail(broken);
    if (options_.director != nullptr && options_.director->plan().goes_on) over_ = was_over;
    return over_;
}

void World::deliver(std::uint32_t place) {
    const ProcessIndex to = network_.at(place).to;
    Process& receiver = process(to);
    if (receiver.state == ProcessState::Paused) {
        receiver.waiting.push_back({.at = now_, .what = Due::Delivery, .index = place});
        return;
    }
    InFlight& arrived = network_.at(place);
    if (arrived.emptied != network_.link(arrived.from, to).emptied) {
        ++counts_.drops;
        note(traces::MessageLost{.message = arrived.message, .why = traces::Loss::Cut});
    } else if (receiver.state != ProcessState::Up) {
        ++counts_.drops;
        note(traces::MessageLost{.message = arrived.message, .why = traces::Loss::ReceiverDown});
    } else {
        ++counts_.deliveries;
        arrived.event.now = receiver.clock.at(now_);
        step(to, arrived.event, arrived.message);
    }
    network_.release(place);
}

void World::timer(ProcessIndex index, std::uint64_t at) {
    Process& p = process(index);
    if (p.timer_at != at) return;  // An earlier one was made since.
    p.timer_at = Process::none;
    p.armed_for = never;
    if (p.state != ProcessState::Up) return;
    if (p.node->deadline() <= p.clock.at(now_)) {
        ++counts_.timers;
        p.spins = p.timed_at + turn_of(p) == now_ ? p.spins + 1 : 0;
        p.timed_at = now_;
        if (p.spins > most_spins) {
            return fail({.property = "Spinning",
                         .details = "N" + std::to_string(index + 1) +
                                    " wants to be stepped again " +
                                    "and again at once, and nothing comes of it",
                         .signature = "Spinning: a deadline that is always now"});
        }
        return step(index, {.now = p.clock.at(now_), .what = TimePassed{}});
    }
    arm(index);
}

// Makes sure that the node is stepped at its deadline. Deadlines mostly move away: the appointment
// that is there is then kept, and renewed when it comes.
void World::arm(ProcessIndex index) {
    Process& p = process(index);
    if (p.state != ProcessState::Up) return;
    const Time deadline = p.node->deadline();
    if (deadline >= p.armed_for) return;
    p.armed_for = deadline;
    const std::uint64_t due = std::max(p.clock.when(deadline, now_), now_ + turn_of(p));
    if (due >= p.timer_at) return;
    p.timer_at = due;
    agenda_.add(due, Due::Timer, index);
}

void World::disk_done(const Appointment& due) {
    const ProcessIndex index = due.index % max_processes;
    Process& p = process(index);
    if (due.index / max_processes != p.disk.life()) return;  // Of a process that is gone.
    if (p.stalled > 0 || p.state == ProcessState::Paused) {
        p.waiting.push_back(due);
        return;
    }
    if (p.sync_fails) return fail_sync(index);
    ++counts_.disk_completions;
    p.told_durable = p.disk.end_sync();
    begin_syncs(index);
    step(index, {.now = p.clock.at(now_), .what = Durable{p.told_durable}});
}

void World::fail_sync(ProcessIndex index) {
    counts_.count(FaultKind::SyncError);
    note(traces::DiskFault{.node = id_of(index), .kind = traces::DiskFaultKind::SyncError});
    process(index).power_fails = true;  // What it left of the writes, nobody knows.
    crash(index);
}

void World::snapshot_done(const Appointment& due) {
    const ProcessIndex index = due.index % max_processes;
    Process& p = process(index);
    if (due.index / max_processes != p.disk.life()) return;
    if (p.stalled > 0 || p.state == ProcessState::Paused) {
        p.waiting.push_back(due);
        return;
    }
    if (p.sync_fails) return fail_sync(index);
    ++counts_.disk_completions;
    const Slot through = p.disk.store_snapshot(weather_.disk);
    step(index, {.now = p.clock.at(now_), .what = SnapshotStored{through}});
}

void World::step(ProcessIndex index, const Event& event,
                 const std::optional<traces::MessageId>& message) {
    if (!take_step(index, event, message)) return;
    Process& p = process(index);
    const bool forgotten = p.node->founding() && p.node->founding()->forgotten;
    if (p.node->outcast() || forgotten) return end_outcast(index);
    if (p.steps_until_crash == 0) return perform_until_crash(index);
    if (p.steps_until_crash != Process::unlimited) --p.steps_until_crash;
    perform(index);
    if (shape_.store) serve_executed(index);
    arm(index);
}

// The step itself, seen by all who watch. False: the run is over.
bool World::take_step(ProcessIndex index, const Event& event,
                      const std::optional<traces::MessageId>& message) {
    Process& p = process(index);
    ++counts_.events;
    try {
        p.node->step(event, effects_);
    } catch (const ContractViolation& broken) {
        if (options_.recorder != nullptr) {
            options_.recorder->broke(Time{now_}, id_of(index), event, message);
        }
        if (!ends_with(props::contract_violation(broken, id_of(index), event))) {
            p.down_us = Process::none;
            crash(index, Leftover::None);
        }
        return false;
    }
    result_.digest = traces::extend_digest(result_.digest, id_of(index), event, effects_);
    if (options_.recorder != nullptr) {
        options_.recorder->stepped(Time{now_}, *p.node, event, effects_, message, result_.digest);
    }
    for (const RuleTaken& taken : effects_.rules) {
        ++counts_.rules[static_cast<std::size_t>(taken.rule)];
    }
    if (options_.director != nullptr) options_.director->stepped(*p.node, event, effects_);
    if (shape_.store) tell_time();
    checker_.stepped(*p.node, event, effects_);
    if (checker_.violation() && ends_with(*checker_.violation())) return false;
    if (auto unsound =
            props::sound_messages(id_of(index), p.node->bad_messages(), p.nonsense, event)) {
        if (ends_with(*unsound)) return false;
    }
    if (p.node->role() != p.role) observe(index);
    if (shape_.founds && !founded_ && checker_.founded()) {
        founded_ = true;
        ++counts_.clusters_founded;
        shape_.settings = checker_.settings();
    }
    return true;
}

// How sessions are judged. A clock that jumps makes cluster time go on by two heartbeats at most.
void World::tell_time() {
    const std::uint64_t jumps = counts_.faults[static_cast<std::size_t>(FaultKind::ClockJump)];
    checker_.time_is(Time{now_}, {.drift_ppm = weather_.drift_ppm,
                                  .jumped_us = jumps * 2 * shape_.options.front().heartbeat});
}

// The node's role changed.
void World::observe(ProcessIndex index) {
    Process& p = process(index);
    const auto competes = [](Role role) {
        return role == Role::Preparing || role == Role::Leading;
    };
    if (competes(p.role)) --candidates_;
    p.role = p.node->role();
    if (competes(p.role)) ++candidates_;
    counts_.competing_ballots = std::max<std::uint64_t>(counts_.competing_ballots, candidates_);
    if (p.role == Role::Preparing) {
        ++counts_.ballots;
        p.image_lacks_ballot = true;
    }
    if (p.role != Role::Leading) return;
    ++counts_.elections;
    if (last_leader_ && *last_leader_ != id_of(index)) ++counts_.leader_changes;
    last_leader_ = id_of(index);
}

// --- Effects
// ---------------------------------------------------------------------------------------

void World::perform(ProcessIndex index) {
    const std::uint64_t first = messages_;
    messages_ += effects_.envelopes.size();
    write_journal(index);
    for (const SnapshotWrite& write : effects_.snapshot) write_snapshot(index, write);
    process(index).disk.release(effects_.release, weather_.disk);
    for (std::size_t i = 0; i < effects_.envelopes.size(); ++i) send(index, i, first + i);
    for (Reply& reply : effects_.replies) mail_to_client(index, std::move(reply));
}

// The process dies while it does what the step wanted: some of it is done, in some order.
void World::perform_until_crash(ProcessIndex index) {
    counts_.count(process(index).crash_kind);
    enum Part : std::uint32_t { Journal, Envelopes, Replies, Snapshot, Release };
    const std::uint64_t first = messages_;
    messages_ += effects_.envelopes.size();
    Dice draw = dice(Site::Crash, index);
    std::vector<Part> order = {Journal, Envelopes, Replies, Snapshot, Release};
    draw.shuffle(order);
    std::vector<std::pair<Part, std::size_t>> doing;
    for (const Part part : order) {
        const std::size_t parts[] = {effects_.journal.bytes.empty() ? 0U : 1U,
                                     effects_.envelopes.size(), effects_.replies.size(),
                                     effects_.snapshot.size(), 1};
        for (std::size_t i = 0; i < parts[part]; ++i) doing.emplace_back(part, i);
    }
    const std::size_t done = draw.below(doing.size() + 1);
    if (done > 0 && done < doing.size()) ++counts_.crashes_inside_step;
    for (std::size_t i = 0; i < doing.size(); ++i) {
        const auto [part, at] = doing[i];
        if (part == Envelopes && i >= done) {
            ++counts_.drops;
            note(traces::MessageLost{.message = first + at, .why = traces::Loss::SenderCrashed});
        }
        if (i >= done) continue;
        switch (part) {
        case Journal:
            write_journal(index);
            break;
        case Envelopes:
            send(index, at, first + at);
            break;
        case Replies:
            mail_to_client(index, std::move(effects_.replies[at]));
            break;
        case Snapshot:
            write_snapshot(index, effects_.snapshot[at]);
            break;
        case Release:
            process(index).disk.release(effects_.release, weather_.disk);
            break;
        }
    }
    crash(index);
}

void World::write_journal(ProcessIndex index) {
    if (effects_.journal.bytes.empty()) return;
    Process& p = process(index);
    p.disk.append(effects_.journal, p.told_durable);
    begin_syncs(index);
}

void World::begin_syncs(ProcessIndex index) {
    Process& p = process(index);
    if (!p.disk.wants_sync(weather_.disk)) return;
    const std::uint64_t ends_at = p.disk.begin_sync(now_ + disk_delay(index));
    agenda_.add(ends_at, Due::DiskDone, p.disk.life() * max_processes + index);
}

void World::write_snapshot(ProcessIndex index, const SnapshotWrite& write) {
    Process& p = process(index);
    p.disk.write(write);
    if (!std::holds_alternative<SnapshotCommit>(write)) return;
    agenda_.add(now_ + disk_delay(index), Due::SnapshotDone, p.disk.life() * max_processes + index);
}

std::uint64_t World::disk_delay(ProcessIndex index) {
    const Process& p = process(index);
    const DiskHabits& habits = weather_.disk;
    if (p.calm) return habits.sync_us;
    const std::uint64_t drawn =
        choices_.draw(Site::DiskTime, index, static_cast<std::uint32_t>(habits.spread_us) + 1);
    return (habits.sync_us + drawn) * p.slow_disk;
}

void World::send(ProcessIndex from, std::size_t envelope, std::uint64_t message) {
    Envelope& sent = effects_.envelopes[envelope];
    const ProcessIndex to = index_of(sent.to);
    if (to >= processes_.size()) {
        return fail(
            {.property = "Contract",
             .details = "a message to N" + std::to_string(sent.to.value) + ", which does not exist",
             .signature = "Contract: message to nobody"});
    }
    const Fate fate = network_.fate(choices_, from, to);
    if (fate.cut || fate.dropped) {
        ++counts_.drops;
        if (fate.dropped) counts_.count(FaultKind::MessageDropped);
        note(traces::MessageLost{.message = message,
                                 .why = fate.cut ? traces::Loss::Cut : traces::Loss::Dropped});
        return;
    }
    if (fate.late) counts_.count(FaultKind::MessageLate);
    if (fate.duplicated) {
        ++counts_.duplicates;
        counts_.count(FaultKind::MessageDuplicated);
        note(traces::MessageDuplicated{.message = message});
        post(from, to, Message(sent.message), message, fate.second_delay_us);
    }
    post(from, to, std::move(sent.message), message, fate.delay_us);
}

void World::post(ProcessIndex from, ProcessIndex to, Message&& content, std::uint64_t message,
                 std::uint64_t delay_us) {
    const std::uint32_t place = network_.allocate();
    InFlight& flight = network_.at(place);
    auto& received = std::get<Received>(flight.event.what);  // As in every place of the network.
    received.from = id_of(from);
    received.message = std::move(content);
    flight.message = message;
    flight.emptied = network_.link(from, to).emptied;
    flight.from = from;
    flight.to = to;
    agenda_.add(now_ + delay_us, Due::Delivery, place);
}

RunResult run(Choices& choices, const RunOptions& options) { return World(choices, options).run(); }

}  // namespace decree::sim
