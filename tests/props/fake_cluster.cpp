#include "tests/props/fake_cluster.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/node/batch.hpp"

namespace decree::props::test {

namespace {

Settings settings_for(std::uint32_t nodes, const QuorumSystem& quorums) {
    Settings settings;
    for (std::uint32_t i = 1; i <= nodes; ++i) settings.voters.push_back(NodeId{i});
    settings.quorums = quorums;
    settings.alpha = 4;
    settings.lease_us = 1000;
    return settings;
}

}  // namespace

FakeCluster::FakeCluster(std::uint32_t nodes, const QuorumSystem& quorums)
    : observer(settings_for(nodes, quorums)), settings_(settings_for(nodes, quorums)) {
    for (std::uint32_t i = 1; i <= nodes; ++i) {
        nodes_.push_back({.writer = JournalWriter({}, 1U << 20U),
                          .heads = {},
                          .machine = MachineBox(std::make_unique<CommandLog>(settings_)),
                          .applied = {},
                          .chosen_through = {},
                          .promised = {},
                          .log = Log{},
                          .segments = {},
                          .synced = {},
                          .founding = {}});
        start(i, Recovered{});
    }
}

NodeView FakeCluster::view(std::uint64_t number) {
    const FakeNode& fake = node(number);
    return {.id = NodeId{number},
            .promised = fake.promised,
            .chosen_through = fake.chosen_through,
            .applied = fake.applied,
            .machine = &*fake.machine,
            .log = &fake.log,
            .put_off = {},
            .founding = fake.founding ? &*fake.founding : nullptr};
}

void FakeCluster::start(std::uint64_t number, const Recovered& disk) {
    FakeNode& fake = node(number);
    fake.writer = JournalWriter(disk.place, 1U << 20U);
    fake.heads = disk.heads;
    fake.heads.node = NodeId{number};
    ++fake.heads.incarnation.value;
    fake.promised = disk.heads.promised;
    fake.up = true;
    fake.synced = disk.place.end;
    fake.introduced = false;
    fake.log = Log{};
    for (const RecoveredSlot& slot : disk.slots) {
        fake.log.place(slot.slot) = {
            .ballot = slot.ballot, .value = slot.value, .chosen = slot.chosen};
    }
    Options options;
    options.self = NodeId{number};
    observer.started(view(number), options, disk);
}

void FakeCluster::close(FakeNode& fake, Effects& effects) {
    fake.heads.promised = std::max(fake.heads.promised, fake.promised);
    fake.writer.close_group(fake.heads, effects.journal);
    const std::uint64_t begin = effects.journal.begin.value;
    if (effects.journal.starts_segment) fake.segments[begin].clear();
    ByteBuffer& last = fake.segments.rbegin()->second;
    last.resize(begin - fake.segments.rbegin()->first);
    last.insert(last.end(), effects.journal.bytes.begin(), effects.journal.bytes.end());
}

void FakeCluster::step(std::uint64_t number, const Event& event, const std::vector<Message>& say) {
    Effects effects;
    for (const Message& message : say) {
        effects.envelopes.push_back({.from = NodeId{number}, .to = NodeId{1}, .message = message});
    }
    observer.stepped(view(number), event, effects);
}

void FakeCluster::sync(std::uint64_t number, const std::vector<Message>& say) {
    FakeNode& fake = node(number);
    fake.synced = fake.writer.end();
    fake.writer.durable(fake.synced);
    step(number, {.now = Time{1}, .what = Durable{fake.synced}}, say);
}

void FakeCluster::say(std::uint64_t number, const Message& message) {
    step(number, {.now = Time{1}, .what = TimePassed{}}, {message});
}

void FakeCluster::reply(std::uint64_t number, Slot slot) {
    Effects effects;
    effects.replies.push_back(
        {.client = ClientId{1}, .tag = 1, .outcome = Outcome::Done, .slot = slot, .answer = {}});
    observer.stepped(view(number), {.now = Time{1}, .what = TimePassed{}}, effects);
}

void FakeCluster::promise(const std::vector<std::uint64_t>& numbers, Ballot ballot) {
    for (const std::uint64_t number : numbers) {
        node(number).promised = std::max(node(number).promised, ballot);
        write(number, PromiseRecord{.ballot = ballot});
        sync(number);
    }
}

void FakeCluster::vote(const std::vector<std::uint64_t>& numbers, Slot slot, Ballot ballot,
                       const Value& value) {
    for (const std::uint64_t number : numbers) {
        FakeNode& fake = node(number);
        fake.promised = std::max(fake.promised, ballot);
        fake.log.place(slot) = {.ballot = ballot, .value = value, .chosen = false};
        write(number, VoteRecord{.slot = slot, .ballot = ballot, .value = value});
        sync(number);
    }
}

void FakeCluster::accept(Slot slot, Ballot ballot, const Value& value) {
    say(ballot.node.value,
        Accept{.ballot = ballot, .slot = slot, .value = value, .chosen_through = {}, .round = {}});
}

void FakeCluster::apply(std::uint64_t number, const Value& value) {
    FakeNode& fake = node(number);
    BatchView batch;
    if (!value.empty()) ENSURE(read_batch(value, batch), "tests apply batches");
    fake.applied = next(fake.applied);
    fake.chosen_through = fake.applied;
    SlotResult result;
    fake.machine->apply({.slot = fake.applied, .stamp = batch.stamp.time}, batch.commands, result);
    step(number, {.now = Time{1}, .what = TimePassed{}});
}

void FakeCluster::crash(std::uint64_t number, bool unsynced_lost) {
    FakeNode& fake = node(number);
    fake.up = false;
    if (unsynced_lost) {
        for (auto& [begin, bytes] : fake.segments) {
            if (begin + bytes.size() <= fake.synced.value) continue;
            bytes.resize(begin < fake.synced.value ? fake.synced.value - begin : 0);
        }
        std::erase_if(fake.segments, [](const auto& segment) { return segment.second.empty(); });
    }
    fake.applied = Slot{};
    fake.chosen_through = Slot{};
    fake.machine = MachineBox(fake.machine->fresh());
    observer.crashed(NodeId{number});
}

Recovered FakeCluster::disk_of(std::uint64_t number) const {
    std::vector<SegmentBytes> segments;
    for (const auto& [begin, bytes] : nodes_[number - 1].segments) {
        segments.push_back({.begin = Position{begin}, .bytes = bytes});
    }
    auto disk = recover(segments, {});
    ENSURE(disk.has_value(), "tests damage no bytes");
    return *std::move(disk);
}

void FakeCluster::restart(std::uint64_t number, Time now) {
    restart(number, disk_of(number));
    for (std::uint64_t peer = 1; peer <= nodes_.size(); ++peer) {
        if (peer != number) recognize(number, peer, false, now);
    }
}

void FakeCluster::restart(std::uint64_t number, const Recovered& disk) { start(number, disk); }

void FakeCluster::recognize(std::uint64_t number, std::uint64_t peer, bool less, Time now) {
    FakeNode& fake = node(number);
    const Incarnation incarnation = fake.heads.incarnation;
    if (incarnation == Incarnation{1}) return;  // It was never there before.
    if (!std::exchange(fake.introduced, true)) {
        step(number, {.now = now, .what = TimePassed{}});
        write(number, StartedRecord{.node = NodeId{number}, .incarnation = incarnation});
        sync(number);
    }
    const Shown shown{.incarnation = incarnation, .life = 1, .found = {}, .position = fake.synced};
    say(number, Returned{.shown = shown});
    // Another of that name, if any.
    const Shown before =
        less ? Shown{.incarnation = incarnation, .life = 2, .found = {}, .position = {}} : Shown{};
    const Recognized answer{.shown = shown, .before = before, .less = less, .promised = {}};
    step(number, {.now = now, .what = Received{.from = NodeId{peer}, .message = answer}});
}

Command FakeCluster::ask(std::string_view text) {
    const std::uint64_t number = operations_ + 1;
    Command command{.id = {.origin = NodeId{1000},
                           .incarnation = Incarnation{1},
                           .number = number,
                           .lowest_unanswered = 1},
                    .payload = encode_command(AppendText{std::string(text)})};
    observer.asked(operations_++, command.id, command.payload);
    return command;
}

Value FakeCluster::value_of(const std::vector<Command>& commands) {
    ByteBuffer bytes;
    return encode_batch({}, commands, bytes);
}

Value FakeCluster::value(std::string_view text) { return value_of({ask(text)}); }

std::string FakeCluster::found() const {
    return observer.violation() ? observer.violation()->signature : "";
}

std::string FakeCluster::details() const {
    return observer.violation() ? observer.violation()->details : "";
}

}  // namespace decree::props::test
