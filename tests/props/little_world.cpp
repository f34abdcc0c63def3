#include "tests/props/little_world.hpp"

#include <algorithm>
#include <utility>

#include "core/hash.hpp"
#include "core/journal/recovery.hpp"
#include "core/overload.hpp"
#include "props/contract.hpp"

namespace decree::props::test {

namespace {

Settings settings_for(std::uint32_t nodes) {
    Settings settings;
    for (std::uint32_t i = 1; i <= nodes; ++i) settings.voters.push_back(NodeId{i});
    settings.alpha = 8;
    return settings;
}

}  // namespace

LittleWorld::LittleWorld(std::uint32_t nodes, std::uint64_t seed, const Weather& weather)
    : weather_(weather),
      random_(mix(seed, nodes)),
      settings_(settings_for(nodes)),
      checker_(settings_) {
    const std::uint32_t all = nodes + (weather.change_voters ? 1 : 0);
    for (std::uint32_t i = 1; i <= all; ++i) {
        Process& process = processes_.emplace_back();
        process.options.self = NodeId{i};
        process.options.seed = mix(seed, i);
        process.options.snapshot_every = weather.snapshot_every;
        process.options.keep_slots = weather.snapshot_every / 4;
        process.options.segment_bytes = 1U << 14U;
        process.options.contacts = settings_.voters;
    }
    for (std::size_t i = 0; i < processes_.size(); ++i) start(i);
    for (std::uint32_t i = 0; i < weather.clients; ++i) {
        Client& client = clients_.emplace_back();
        client.id = {.origin = NodeId{1000 + i}, .incarnation = Incarnation{1}};
        client.retry_at = 1;
    }
}

std::uint64_t LittleWorld::draw(std::uint64_t below) {
    random_ = mix(random_, 0x5851F42D4C957F2DU);
    return (random_ >> 11U) % below;
}

std::vector<const Node*> LittleWorld::nodes() const {
    std::vector<const Node*> all;
    for (const Process& process : processes_) {
        if (process.node) all.push_back(&*process.node);
    }
    return all;
}

void LittleWorld::later(std::uint64_t delay, Due due) {
    agenda_.emplace(now_ + delay, std::move(due));
}

void LittleWorld::start(std::size_t number) {
    Process& process = processes_[number];
    std::vector<SegmentBytes> segments;
    for (const auto& [begin, bytes] : process.disk.segments) {
        segments.push_back({.begin = Position{begin}, .bytes = bytes});
    }
    std::vector<SnapshotFileBytes> snapshots;
    for (const auto& [through, bytes] : process.disk.snapshots) {
        snapshots.push_back({.through = Slot{through}, .bytes = bytes});
    }
    const auto disk = recover(segments, snapshots);
    ENSURE(disk.has_value(), "the little world damages no disk");
    auto node = Node::start(settings_, process.options, std::make_unique<CommandLog>(settings_),
                            *disk, Time{now_});
    ENSURE(node.has_value(), "what was recovered can be started");
    process.node.emplace(*std::move(node));
    process.disk.end = process.disk.synced = disk->place.end.value;
    // What recovery gave up is overwritten from there on.
    auto& kept = process.disk.segments;
    kept.erase(kept.lower_bound(process.disk.end), kept.end());
    if (!kept.empty()) {
        ByteBuffer& last = kept.rbegin()->second;
        last.resize(std::min<std::size_t>(last.size(), process.disk.end - kept.rbegin()->first));
    }
    ++process.life;
    if (checked_) checker_.started(*process.node, *disk);
}

void LittleWorld::crash(std::size_t number) {
    Process& process = processes_[number];
    Disk& disk = process.disk;
    process.node.reset();
    disk.making.clear();
    const std::uint64_t kept = disk.synced + draw(disk.end - disk.synced + 1);
    for (auto& [begin, bytes] : disk.segments) {
        if (begin + bytes.size() > kept) bytes.resize(begin < kept ? kept - begin : 0);
    }
    process.restart_at = now_ + 1000 + draw(200'000);
    if (checked_) checker_.crashed(process.options.self);
}

void LittleWorld::step(std::size_t number, Event event) {
    Process& process = processes_[number];
    event.now = Time{now_};
    process.node->step(event, effects_);
    ++steps_;
    if (tamper_ != nullptr) tamper_(event, effects_);
    if (checked_) checker_.stepped(*process.node, event, effects_);
    carry_out(number, effects_);
    if (chance(weather_.crash) && chance(weather_.crash)) crash(number);
}

void LittleWorld::carry_out(std::size_t number, const Effects& effects) {
    write(processes_[number], number, effects);
    for (const Envelope& envelope : effects.envelopes) {
        if (chance(weather_.drop)) continue;
        const std::uint64_t copies = chance(weather_.duplicate) ? 2 : 1;
        for (std::uint64_t i = 0; i < copies; ++i) {
            const std::uint64_t to = envelope.to.value - 1;
            if (to >= processes_.size()) continue;
            later(
                50 + draw(weather_.slowest_us),
                {.process = to,
                 .life = 0,
                 .event = {.now = {},
                           .what = Received{.from = envelope.from, .message = envelope.message}}});
        }
    }
    for (const Reply& answer : effects.replies) reply(answer);
}

void LittleWorld::write(Process& process, std::size_t number, const Effects& effects) {
    Disk& disk = process.disk;
    const JournalAppend& journal = effects.journal;
    if (!journal.bytes.empty()) {
        if (journal.starts_segment) disk.segments[journal.begin.value];
        ByteBuffer& last = disk.segments.rbegin()->second;
        last.insert(last.end(), journal.bytes.begin(), journal.bytes.end());
        disk.end = journal.begin.value + journal.bytes.size();
        later(20 + draw(weather_.slowest_us),
              {.process = number,
               .life = process.life,
               .event = {.now = {}, .what = Durable{Position{disk.end}}}});
    }
    for (const SnapshotWrite& piece : effects.snapshot) write_snapshot(process, number, piece);
    while (disk.segments.size() > 1 &&
           std::next(disk.segments.begin())->first <= effects.release.value) {
        disk.segments.erase(disk.segments.begin());
    }
}

void LittleWorld::write_snapshot(Process& process, std::size_t number, const SnapshotWrite& write) {
    std::visit(Overload{
                   [&](const SnapshotBegin&) { process.disk.making.clear(); },
                   [&](const SnapshotBytes& bytes) {
                       process.disk.making.insert(process.disk.making.end(), bytes.bytes.begin(),
                                                  bytes.bytes.end());
                   },
                   [&](const SnapshotCommit& commit) {
                       process.disk.snapshots[commit.through.value] = process.disk.making;
                       later(20 + draw(weather_.slowest_us),
                             {.process = number,
                              .life = process.life,
                              .event = {.now = {}, .what = SnapshotStored{commit.through}}});
                   },
               },
               write);
}

void LittleWorld::reply(const Reply& answer) {
    for (Client& client : clients_) {
        if (!client.waiting || client.tag != answer.tag) continue;
        if (answer.outcome != Outcome::Done) {
            client.retry_at = now_ + 20'000;
            return;
        }
        client.waiting = false;
        client.retry_at = now_ + draw(5000);
        if (checked_) {
            checker_.answered(client.operation, Time{now_}, answer.outcome, answer.answer);
        }
    }
}

void LittleWorld::ask(std::size_t number) {
    Client& client = clients_[number];
    client.waiting = true;
    client.operation = operations_++;
    client.command.reset();
    if (chance(weather_.reads)) {
        if (checked_) checker_.asked_read(client.operation, Time{now_});
    } else {
        ++client.id.number;
        client.id.lowest_unanswered = client.id.number;
        LogCommand command = AppendText{"text " + std::to_string(client.operation)};
        if (weather_.change_voters && chance(64)) {
            Voters voters = settings_.voters;
            voters[draw(voters.size())] = processes_.back().options.self;
            if (chance(512)) voters = settings_.voters;
            command = SetVoters{make_voters(voters)};
        }
        client.command = encode_command(command);
        if (checked_) {
            checker_.asked(client.operation, Time{now_}, client.id, *client.command);
        }
    }
    send_request(number);
}

void LittleWorld::send_request(std::size_t number) {
    Client& client = clients_[number];
    client.tag = ++tags_;
    client.retry_at = now_ + 1'000'000;
    Event event;
    if (client.command) {
        event.what = Requested{.client = ClientId{client.tag},
                               .id = client.id,
                               .tag = client.tag,
                               .payload = *client.command};
    } else {
        event.what = ReadRequested{
            .client = ClientId{client.tag}, .tag = client.tag, .local = false, .query = {}};
    }
    later(10, {.process = draw(processes_.size()), .life = 0, .event = std::move(event)});
}

bool LittleWorld::next_step() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        if (now_ < clients_[i].retry_at) continue;
        clients_[i].waiting ? send_request(i) : asking_ ? ask(i) : void();
    }
    std::uint64_t timer = never.value;
    std::size_t whose = 0;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        Process& process = processes_[i];
        if (!process.node && process.restart_at <= now_) start(i);
        const std::uint64_t due =
            process.node ? process.node->deadline().value : process.restart_at;
        if (due < timer) {
            timer = due;
            whose = i;
        }
    }
    for (const Client& client : clients_) {
        if ((client.waiting || asking_) && client.retry_at < timer) {
            timer = client.retry_at;
            whose = processes_.size();
        }
    }
    if (agenda_.empty() || timer <= agenda_.begin()->first) {
        now_ = std::max(now_, timer);
        if (whose < processes_.size() && processes_[whose].node) {
            step(whose, {.now = {}, .what = TimePassed{}});
        }
        return true;
    }
    now_ = agenda_.begin()->first;
    Due due = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    Process& process = processes_[due.process];
    if (!process.node || (due.life != 0 && due.life != process.life)) return true;
    if (const auto* const durable = std::get_if<Durable>(&due.event.what)) {
        if (durable->position.value <= process.disk.synced) return true;
        process.disk.synced = durable->position.value;
    }
    step(due.process, std::move(due.event));
    return true;
}

void LittleWorld::run(std::uint64_t steps) {
    for (const std::uint64_t end = steps_ + steps; steps_ < end && !checker_.violation();) {
        next_step();
    }
}

void LittleWorld::calm(std::uint64_t steps) {
    weather_.drop = weather_.duplicate = weather_.crash = 0;
    asking_ = false;
    run(steps);
}

}  // namespace decree::props::test
