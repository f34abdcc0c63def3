#include "core/node/node.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"
#include "core/digest.hpp"
#include "core/overload.hpp"

namespace decree {

namespace {

// Through here what was recovered goes into the log. Only where a snapshot is missing can there be
// more: then the log begins far below the votes, and they are put off.
Slot log_reaches(const Recovered& disk, std::uint64_t log_slots) {
    const Slot trimmed = disk.snapshot ? disk.snapshot->through : Slot{};
    return disk.doubt_through == Slot{} ? last_slot : trimmed + log_slots;
}

// What was recovered, as the acceptor's log.
Log recovered_log(const Recovered& disk, Slot through) {
    Log log(disk.snapshot ? disk.snapshot->through : Slot{});
    for (const RecoveredSlot& slot : disk.slots) {
        if (slot.slot <= log.trimmed_through() || slot.slot > through) continue;
        LogEntry& entry = log.place(slot.slot);
        log.hold(entry, slot.ballot, slot.value);
        entry.chosen = slot.chosen;
    }
    return log;
}

Doubt recovered_doubt(const Recovered& disk, Slot through) {
    Doubt doubt{.through = disk.doubt_through, .put_off = {}, .recovered_through = {}};
    for (const RecoveredSlot& slot : disk.slots) {
        if (slot.slot > through) doubt.put_off.push_back(slot);
    }
    const bool damaged = !disk.damage.empty() && !disk.slots.empty();
    if (damaged) doubt.recovered_through = disk.slots.back().slot;
    return doubt;
}

std::expected<Executor, BadBytes> recovered_executor(const Settings& settings,
                                                     std::unique_ptr<StateMachine> machine,
                                                     const Recovered& disk) {
    if (!disk.snapshot) return Executor(settings, std::move(machine));
    Restorer restorer(disk.snapshot->through, std::move(machine));
    for (const Value& piece : disk.snapshot->pieces) {
        const auto taken = restorer.take(piece.bytes());
        if (!taken) return std::unexpected(taken.error());
    }
    return restorer.finish(settings);
}

std::unexpected<BadBytes> refuse(std::string why) {
    return std::unexpected(BadBytes{.what = std::move(why), .offset = 0});
}

}  // namespace

std::expected<Node, BadBytes> Node::start(const Settings& settings, const Options& options,
                                          std::unique_ptr<StateMachine> machine,
                                          const Recovered& disk, Time now) {
    return start(Beginning{.settings = settings, .founders = {}, .joins = false}, options,
                 std::move(machine), disk, now);
}

std::expected<Node, BadBytes> Node::start(const Beginning& beginning, const Options& options,
                                          std::unique_ptr<StateMachine> machine,
                                          const Recovered& disk, Time now) {
    if (disk.heads.incarnation != Incarnation{} && disk.heads.node != options.self) {
        return refuse("the disk belongs to another node");
    }
    const auto settings = first_settings(beginning, options.self, disk);
    if (!settings) return refuse(settings.error());
    bool same_machine = true;
    if (disk.charter) {
        const Bytes own = disk.charter->machine.bytes();
        same_machine = machine->founding_settings() == disk.charter->machine;
        machine = machine->founded(*settings, own);
        if (machine == nullptr) return refuse("the cluster was founded for another machine");
    } else if (!beginning.founders.empty()) {
        const Value own = machine->founding_settings();
        machine = machine->founded(*settings, own.bytes());
        if (machine == nullptr) {
            return refuse("no cluster of these settings can be founded for this machine");
        }
    }
    if (auto why = unusable(*settings, options)) return refuse(*std::move(why));
    auto executor = recovered_executor(*settings, std::move(machine), disk);
    if (!executor) return std::unexpected(executor.error());
    Node node(*settings, options, std::move(*executor), disk, now);
    node.begin_with(beginning, same_machine, disk);
    return node;
}

Node::Node(const Settings& settings, const Options& options, Executor executor,
           const Recovered& disk, Time now)
    : settings_(settings),
      options_(options),
      now_(now),
      generator_(mix(options.seed, disk.heads.incarnation.value + 1)),
      heads_(disk.heads),
      journal_(disk.place, options.segment_bytes),
      watermark_written_(disk.watermark),
      acceptor_(disk.heads.promised,
                recovered_log(disk, log_reaches(disk, most_log_slots(settings, options)))),
      learner_{.chosen_through = executor.applied()},
      doubt_(recovered_doubt(disk, log_reaches(disk, most_log_slots(settings, options)))),
      executor_(std::move(executor)),
      highest_round_(disk.heads.promised.round) {
    heads_.node = options.self;
    heads_.incarnation = Incarnation{heads_.incarnation.value + 1};
    if (disk.snapshot) {
        snapshots_.latest.emplace(executor_, options_.part_bytes);
        snapshots_.committed = snapshots_.stored = snapshots_.recorded = executor_.applied();
        heads_.snapshot_through = executor_.applied();
    }
    life_ = mix(generator_, options.self.value) >> 32U | 1U;  // Never 0.
    found_ = disk.damage.empty() ? disk.place.end : known_damage;
    timers_.leader_heard = now;
    timers_.retry = timers_.seal = never;
    wait_for_leader();
    timers_.greet = now + greeting_pause();
}

void Node::step(const Event& event, Effects& out) {
    out.clear();
    ENSURE(event.now >= now_, "time does not go back");
    now_ = event.now;
    if (!started_) begin(out);
    turn_open_ = options_.gathers && !std::holds_alternative<TimePassed>(event.what);
    if (outcast_) {
        stay_out(event, out);
    } else if (founding_) {
        found(event, out);
    } else {
        act(event, out);
    }
    finish(out);
}

void Node::act(const Event& event, Effects& out) {
    std::visit(
        Overload{
            [&](const Received& e) { receive(e, out); },
            [&](const TimePassed&) { pass_time(out); },
            [&](const Durable& e) {
                journal_.durable(e.position);
                release(out);
            },
            [&](const SnapshotStored& e) { stored(e.through, out); },
            [&](const Requested& e) { request(e, out); },
            [&](const ReadRequested& e) { read(e, out); },
            [&](const ClientGone& e) { forget_client(e.client, out); },
            [&](const HandoverRequested& e) { begin_handover(e.to, out); },
            [&](const Directed& e) { direct(e, out); },
            [&](const Reached& e) { reached(e, out); },
        },
        event.what);  // No default: a new kind of event has a line here, or does not compile.
}

void Node::begin(Effects& out) {
    started_ = true;
    const bool empty = heads_.incarnation == Incarnation{1};
    out.took(empty               ? Rule::StartedEmpty
             : snapshots_.latest ? Rule::StartedFromSnapshot
                                 : Rule::StartedFromJournal,
             {}, acceptor_.promised(), learner_.chosen_through);
    journal_.add(StartedRecord{.node = options_.self, .incarnation = heads_.incarnation});
    outbox_.hold(OwnStart{.vouched = false});
    begin_founding(out);
    begin_in_doubt(out);
    begin_leases(out);
    learner_.advance(acceptor_);
    execute(learner_.chosen_through, out);
}

void Node::finish(Effects& out) {
    if (in_doubt()) end_doubt(out);
    if (!turn_open_) end_turn(out);
    make_snapshot(out);
    // So much for a turn, however many events it has: they may all ask for much.
    if (!outcast_ && !turn_open_) serve_due(out);
    const bool writes = journal_.open();
    if (writes && watermark_written_ < learner_.chosen_through) write_watermark();
    const bool all_durable = journal_.durable() == journal_.end();
    const bool quiet = timers_.seal <= now_ && all_durable;
    const bool seals = !writes && (quiet || std::exchange(vouch_, false));
    vouch_ = false;
    if (writes || seals) {
        // Segments before this one may be released: what is for life stands in each.
        if (journal_.segment_due() && (charter_ || (founding_ && founding_->charter))) {
            record_charter();
        }
        heads_.promised = acceptor_.promised();
        journal_.close_group(heads_, out.journal);
        out.took(seals ? Rule::GroupSealed : Rule::HeldUntilDurable);
        if (out.journal.starts_segment) out.took(Rule::SegmentStarted);
    }
    if (seals && all_durable) {
        timers_.seal = never;
    } else if (writes || seals || timers_.seal <= now_) {
        timers_.seal = now_ + options_.seal_after;
    }
    outbox_.settle(journal_.end(), now_);
    release(out);
    ENSURE(!journal_.open(), "what is released at once needs no record");
    if (!turn_open_) late_ = owes_execution();
    out.release = released_;
}

void Node::end_turn(Effects& out) {
    if (role() == Role::Leading) return propose_all(out);
    if (!options_.gathers || founding_) return;
    forward_waiting(Rule::RequestForwarded, Time{1}, out);
    ask_for_read_point(out);
}

void Node::release(Effects& out) {
    if (!outbox_.ready(journal_.durable())) return;
    out.took(Rule::ReleasedByDurable);
    while (outbox_.ready(journal_.durable())) {
        if (Envelope* const message = outbox_.message()) {
            out.envelopes.push_back(std::move(*message));
            outbox_.drop();
        } else {
            release(outbox_.take(), out);
        }
    }
}

void Node::release(Held&& held, Effects& out) {
    std::visit(Overload{
                   [&](Envelope& message) { out.envelopes.push_back(std::move(message)); },
                   [&](const OwnPromise& own) {
                       if (ballot() != own.ballot) return;
                       scratch_.parts.clear();
                       acceptor_.report(own.ballot, own.from_slot, options_.part_bytes,
                                        scratch_.parts);
                       for (const Promise& part : scratch_.parts) {
                           if (ballot() != own.ballot) return;  // A part has shown that it is over.
                           take_promise(options_.self, part, out);
                       }
                       // Prepare waits for one group more, whose mark vouches for the ballot: so
                       // that no bit that rots can make this node use it again.
                       vouch_ = true;
                       prepare_missing(out);
                   },
                   [&](const OwnVote& own) {
                       if (role() != Role::Leading || ballot() != own.ballot) return;
                       out.took(Rule::OwnVoteDurable, options_.self, own.ballot, own.slot);
                       count_vote(own.slot, options_.self, out);
                   },
                   [&](const OwnStart& own) {
                       start_durable_ = own.vouched;
                       vouch_ = vouch_ || !own.vouched;
                       if (!own.vouched) outbox_.hold(OwnStart{.vouched = true});
                       if (own.vouched) begin_telling(out);
                   },
                   [&](const OwnCharter& own) {
                       vouch_ = vouch_ || !own.vouched;
                       if (own.vouched) return charter_vouched(out);
                       outbox_.hold(OwnCharter{.vouched = true});
                   },
                   [&](const OwnSnapshot& own) {
                       snapshots_.recorded = std::max(snapshots_.recorded, own.through);
                       const Position releasable = journal_.releasable(snapshots_.recorded);
                       if (releasable <= released_) return;
                       released_ = releasable;
                       journal_.released(released_);
                       out.took(Rule::JournalReleased, {}, {}, own.through);
                   },
               },
               held);
}

void Node::receive(const Received& event, Effects& out) {
    if (event.from == options_.self || !is_plausible(event.message)) {
        return refuse_message(event.from, out);
    }
    if (!members_.suspects.empty()) note_alive(event.from);
    std::visit([&](const auto& message) { receive(event.from, message, out); }, event.message);
}

void Node::pass_time(Effects& out) {
    // One slot, so that who watches can be told after each.
    if (late_) execute(std::min(first_open(), learner_.chosen_through), out);
    if (std::holds_alternative<Following>(role_)) {
        if (timers_.leader_missed <= now_) {
            miss_leader(out);
        } else if (timers_.poll <= now_ && looks_for_leader()) {
            poll_someone(out);
        } else if (timers_.greet <= now_ && greets()) {
            greet_someone(out);
        }
    } else if (const auto* canvassing = std::get_if<Canvassing>(&role_)) {
        if (canvassing->until <= now_) miss_leader(out);
    } else if (auto* preparing = std::get_if<Preparing>(&role_)) {
        if (preparing->until <= now_) {
            step_down(Rule::CandidateBackedOff, {}, out);
        } else if (preparing->repeat <= now_) {
            preparing->repeat = now_ + options_.resend;
            try_to_lead(out);
            if (std::holds_alternative<Preparing>(role_)) prepare_missing(out);
        }
    } else {
        lead(out);
    }
    if (timers_.retry <= now_) retry(out);
    if (returning_ && returning_->ask_at <= now_) announce_return(out);
}

Time Node::deadline() const {
    if (outcast_) return never;
    if (!started_ || snapshots_.making || turn_open_ || late_ || !reads_.due.empty()) return now_;
    if (founding_) return std::min(founding_->ask_at, timers_.seal);
    const Time role_time = std::visit(
        Overload{
            [&](const Following&) {
                const Time poll = looks_for_leader() ? timers_.poll : never;
                const Time greet = greets() ? timers_.greet : never;
                return std::min({timers_.leader_missed, poll, greet});
            },
            [](const Canvassing& canvassing) { return canvassing.until; },
            [](const Preparing& preparing) { return std::min(preparing.until, preparing.repeat); },
            [&](const Leading& leading) { return leading_deadline(leading); },
        },
        role_);
    const Time announce = returning_ ? returning_->ask_at : never;
    return std::min({role_time, timers_.retry, timers_.seal, announce});
}

void Node::refuse_message(NodeId from, Effects& out) {
    ++bad_messages_;
    out.took(Rule::BadMessageRefused, from);
}

std::uint64_t Node::jitter(std::uint64_t below) {
    // SplitMix64: a fixed algorithm, so that equal nodes stay equal on every machine.
    generator_ += 0x9E3779B97F4A7C15U;
    std::uint64_t x = generator_;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    x ^= x >> 31U;
    return below == 0 ? 0 : x % below;
}

bool Node::votes() const { return executor_.membership().votes_from(first_open(), options_.self); }

/// What waits for the disk waits too long: votes, or the room that a snapshot makes in a full log.
bool Node::disk_hangs() const {
    const std::uint64_t patience = 4 * options_.election;  // Slow is not hung.
    const bool waits_for_snapshot = snapshots_.committed > snapshots_.stored;
    return outbox_.oldest() + patience <= now_ ||
           (needs_room() && waits_for_snapshot && snapshots_.committed_at + patience <= now_);
}

bool Node::needs_room() const { return first_unknown() > log_limit() || log_is_full(); }

bool Node::disk_behind() const {
    return outbox_.size() >= max_held ||
           journal_.end().value - journal_.durable().value > options_.unsynced_bytes;
}

std::uint64_t Node::log_slots() const { return most_log_slots(settings_, options_); }

Slot Node::log_limit() const {
    const Slot bound = acceptor_.log().trimmed_through() + log_slots();
    // By hand nothing is said twice, so nothing may be put off until this node has caught up.
    if (options_.by_hand) return bound;
    const Slot limit = std::min(learner_.chosen_through + 4 * settings_.alpha, bound);
    // Holes may still be filled: what is chosen goes into a snapshot then, and makes room.
    return log_is_full() ? std::min(limit, acceptor_.log().end()) : limit;
}

/// What was chosen in a slot in doubt, who leads finds out, or whoever has learned of it tells.
std::vector<Awaited> Node::awaited() const {
    if (founding_) return decree::awaited(*founding_);
    std::vector<Awaited> all;
    std::vector<NodeId> others;
    for (const Era& era : membership().eras(first_open())) {
        others.insert(others.end(), era.voters.begin(), era.voters.end());
    }
    others = make_voters(std::move(others));
    std::erase(others, options_.self);
    const auto await = [&](NodeId node, Awaiting why) {
        const bool doubts = why == Awaiting::Doubt;
        all.push_back({.address = {},
                       .node = node,
                       .why = why,
                       .first = doubts ? first_unknown() : Slot{},
                       .last = doubts ? doubt_.through : Slot{},
                       .only_here = {},
                       .only_there = {}});
    };
    for (const NodeId node : others) {
        const bool asks =
            returning_ && !std::ranges::binary_search(returning_->recognized_by, node);
        if (asks) await(node, Awaiting::Recognition);
    }
    if (!in_doubt()) return all;
    if (leader()) others = {*leader()};
    if (others.empty()) await({}, Awaiting::Doubt);
    for (const NodeId node : others) await(node, Awaiting::Doubt);
    return all;
}

std::optional<NodeId> Node::leader() const {
    if (const auto* following = std::get_if<Following>(&role_)) return following->leader;
    if (role() == Role::Leading) return options_.self;
    return std::nullopt;
}

std::optional<NodeId> Node::towards_leader() const {
    if (role() == Role::Leading) return options_.self;
    if (options_.by_hand) return std::nullopt;  // Nothing is forwarded.
    const std::optional<NodeId> known = leader();
    // One that does not answer gets every other turn.
    const bool turn = unanswered_ < patience_with_leader || unanswered_ % 2 == 0;
    return known && turn ? known : relay_;
}

Ballot Node::ballot() const {
    if (const auto* preparing = std::get_if<Preparing>(&role_)) return preparing->phase1.ballot();
    if (const auto* leading = std::get_if<Leading>(&role_)) return leading->phase1.ballot();
    return {};
}

std::array<Load, 7> Node::load() const {
    const std::size_t waiting = options_.max_waiting;
    // What is known chosen may be forgotten in a restart, and votes above it are not.
    std::uint64_t log_bound = log_slots();
    const Slot trimmed = acceptor_.log().trimmed_through();
    if (doubt_.recovered_through > trimmed) {
        log_bound = std::max(log_bound, doubt_.recovered_through.value - trimmed.value);
    }
    // What fills the log above `log_bytes`: the slot that crossed it, and holes below that.
    const std::uint64_t above =
        doubt_.recovered_through > trimmed ? log_bound : 4 * settings_.alpha;
    const std::uint64_t longest =
        std::uint64_t{settings_.command_bytes} + options_.batch_bytes + 4096;
    const auto alpha = static_cast<std::size_t>(settings_.alpha);
    const auto* const leading = std::get_if<Leading>(&role_);
    const std::size_t in_flight = leading == nullptr ? 0 : leading->phase2.size();
    return {{
        {.name = "requests waiting", .size = waiting_.size(), .bound = waiting},
        {.name = "commands queued", .size = queue_.size(), .bound = waiting},
        {.name = "reads waiting", .size = reads_.size(), .bound = waiting},
        {.name = "held for the disk", .size = outbox_.size(), .bound = 2 * max_held},
        {.name = "slots in the log",
         .size = acceptor_.log().size(),
         .bound = static_cast<std::size_t>(log_bound)},
        {.name = "bytes in the log",
         .size = static_cast<std::size_t>(acceptor_.log().bytes()),
         .bound = static_cast<std::size_t>(options_.log_bytes + above * longest)},
        {.name = "slots in flight", .size = in_flight, .bound = alpha},
    }};
}

std::uint64_t Node::digest() const {
    std::uint64_t digest = mix(generator_, now_.value);
    digest = mix(digest, (started_ ? 1U : 0U) + (start_durable_ ? 2U : 0U) +
                             (turn_open_ ? 4U : 0U) + (late_ ? 8U : 0U));
    digest = mix(mix(digest, journal_.digest()), outbox_.digest());
    digest = mix(mix(digest, acceptor_.digest()), executor_.digest());
    digest = digest_of(heads_, digest_of(learner_, digest_of(watermark_written_, digest)));
    digest = digest_of(grant_, digest_of(doubt_, digest));
    digest = digest_of(role_, digest_of(timers_, digest));
    digest = digest_of(relay_, mix(mix(digest, highest_round_), attempts_));
    digest = mix(digest, unanswered_);
    digest = mix(digest_of(queue_, mix(digest, waiting_.digest())), own_requests_);
    digest = digest_of(reads_, digest_of(catching_up_, digest));
    digest = digest_of(members_, digest);
    digest = mix(mix(digest, life_), found_.value);
    digest = digest_of(remembered_, digest_of(outcast_, digest_of(returning_, digest)));
    digest = digest_of(snapshots_, digest_of(released_, digest));
    if (founding_ || charter_) {
        digest = digest_of(founding_, digest_of(charter_, digest_of(overruled_, digest)));
    }
    return mix(digest, bad_messages_);
}

}  // namespace decree
