#pragma once

/// A world for tests of traces: fixed delays, no chance, everything recorded.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/journal/recovery.hpp"
#include "core/node/node.hpp"
#include "core/store/command_log.hpp"
#include "traces/disk_image.hpp"
#include "traces/recorder.hpp"

namespace decree::traces::tests {

class SmallWorld {
public:
    explicit SmallWorld(std::uint64_t nodes, std::string title = "small world",
                        std::uint64_t alpha = 64, std::uint64_t live_since = 0)
        : settings_(make_settings(nodes, alpha)),
          recorder_({.settings = settings_,
                     .store = {},
                     .seed = 7,
                     .profile = "test",
                     .title = title,
                     .live_since = live_since}) {
        for (std::uint64_t id = 1; id <= nodes; ++id) start(NodeId{id});
    }

    /// Messages for which this is true are lost.
    std::function<bool(const Envelope&)> drops = [](const Envelope&) { return false; };

    /// Runs until world time `until`, or until `enough`.
    void run(std::uint64_t until, const std::function<bool()>& enough = [] { return false; }) {
        while (!enough()) {
            std::uint64_t due = ~std::uint64_t{0};
            if (!agenda_.empty()) due = agenda_.begin()->first.first;
            for (const auto& [id, one] : nodes_) {
                if (one.node) due = std::min(due, world_deadline(id, *one.node));
            }
            if (due > until) break;
            now_ = due;
            if (!agenda_.empty() && agenda_.begin()->first.first == due) {
                const auto what = std::move(agenda_.begin()->second);
                agenda_.erase(agenda_.begin());
                what();
                continue;
            }
            for (auto& [id, one] : nodes_) {
                if (one.node && world_deadline(id, *one.node) <= now_) step(id, TimePassed{});
            }
        }
    }

    void ask(NodeId node, const std::string& text) { ask(node, AppendText{text}); }
    void ask(NodeId node, const LogCommand& command) {
        const Value payload = encode_command(command);
        recorder_.note(
            Time{now_},
            ClientAsked{
                .client = 1, .node = node, .tag = ++tags_, .reads = false, .payload = payload});
        step(node, Requested{.client = ClientId{1}, .id = {}, .tag = tags_, .payload = payload});
    }

    /// Loses memory, and all that no sync had covered; `torn`: save some bytes of it.
    void crash(NodeId id, std::size_t torn = 0) {
        Replica& one = nodes_[id];
        one.node.reset();
        ++one.lives;
        recorder_.crashed(Time{now_}, id);
        while (!one.disk.segments.empty()) {
            SegmentImage& last = one.disk.segments.back();
            const std::uint64_t end = last.begin.value + last.bytes.size();
            if (end <= one.durable.value) break;
            const std::uint64_t lost =
                std::min<std::uint64_t>(end - one.durable.value, last.bytes.size());
            last.bytes.resize(last.bytes.size() - lost + std::min<std::uint64_t>(torn, lost));
            torn = 0;
            if (!last.bytes.empty()) break;
            one.disk.segments.pop_back();
        }
    }

    void start(NodeId id) {
        Replica& one = nodes_[id];
        std::vector<SegmentBytes> segments;
        for (const SegmentImage& image : one.disk.segments) {
            segments.push_back({image.begin, image.bytes});
        }
        std::vector<SnapshotFileBytes> snapshots;
        for (const SnapshotFileImage& image : one.disk.snapshots) {
            snapshots.push_back({image.through, image.bytes});
        }
        const Options options{.self = id,
                              .seed = id.value,
                              .contacts = settings_.voters,
                              .snapshot_every = 8,
                              .keep_slots = 4,
                              .segment_bytes = 2000,
                              .members = {}};
        const auto disk = recover(segments, snapshots);
        ENSURE(disk.has_value(), "only unsynced bytes are lost");
        recorder_.started(Time{now_}, clock(id), options, view_of(one.disk));
        auto node = Node::start(settings_, options, std::make_unique<CommandLog>(settings_), *disk,
                                clock(id));
        ENSURE(node.has_value(), "a disk that was read starts its node");
        one.node = std::move(*node);
    }

    [[nodiscard]] std::optional<NodeId> leader() const {
        for (const auto& [id, one] : nodes_) {
            if (one.node && one.node->role() == Role::Leading) return id;
        }
        return std::nullopt;
    }
    [[nodiscard]] const Node& node(std::uint64_t id) const {
        return nodes_.at(NodeId{id}).node.value();
    }
    [[nodiscard]] std::uint64_t now() const { return now_; }
    Recorder& recorder() { return recorder_; }

    [[nodiscard]] Trace finish(const std::optional<props::Violation>& violation = {}) {
        auto trace = Trace::read(recorder_.finish(violation));
        ENSURE(trace.has_value(), "what was recorded can be read");
        return std::move(*trace);
    }

private:
    struct Replica {
        std::optional<Node> node;
        DiskImage disk;
        Position durable;
        std::uint64_t lives = 0;
    };

    static Settings make_settings(std::uint64_t nodes, std::uint64_t alpha) {
        Settings settings;
        settings.alpha = alpha;
        for (std::uint64_t id = 1; id <= nodes; ++id) settings.voters.push_back(NodeId{id});
        return settings;
    }

    // Every clock shows something else.
    [[nodiscard]] Time clock(NodeId id) const { return Time{now_ + id.value * 1'000'000}; }

    [[nodiscard]] std::uint64_t world_deadline(NodeId id, const Node& node) const {
        const std::uint64_t ahead = id.value * 1'000'000;
        const std::uint64_t deadline = node.deadline().value;
        return std::max(now_, deadline < ahead ? 0 : deadline - ahead);
    }

    void later(std::uint64_t after, std::function<void()> what) {
        agenda_.emplace(std::pair{now_ + after, ++sequence_}, std::move(what));
    }

    template <class What>
    void step(NodeId id, What what, std::optional<MessageId> message = {}) {
        Replica& one = nodes_[id];
        const Event event{.now = clock(id), .what = std::move(what)};
        const MessageId first = recorder_.next_message();
        Effects effects;
        one.node->step(event, effects);
        recorder_.stepped(Time{now_}, *one.node, event, effects, message);
        write(id, one, effects);
        for (std::size_t i = 0; i < effects.envelopes.size(); ++i) {
            send(effects.envelopes[i], first + i);
        }
    }

    void write(NodeId id, Replica& one, const Effects& effects) {
        const JournalAppend& journal = effects.journal;
        if (!journal.bytes.empty()) {
            if (journal.starts_segment) one.disk.segments.push_back({journal.begin, {}});
            ByteBuffer& bytes = one.disk.segments.back().bytes;
            bytes.insert(bytes.end(), journal.bytes.begin(), journal.bytes.end());
            const Position end{journal.begin.value + journal.bytes.size()};
            later(400, [this, id, end, life = one.lives] {
                Replica& then = nodes_[id];
                if (then.lives != life) return;
                then.durable = end;
                step(id, Durable{end});
            });
        }
        for (const SnapshotWrite& part : effects.snapshot) {
            if (const auto* begin = std::get_if<SnapshotBegin>(&part)) {
                one.disk.snapshots.push_back({begin->through, {}});
            } else if (const auto* piece = std::get_if<SnapshotBytes>(&part)) {
                ByteBuffer& bytes = one.disk.snapshots.back().bytes;
                bytes.insert(bytes.end(), piece->bytes.begin(), piece->bytes.end());
            } else {
                const Slot through = one.disk.snapshots.back().through;
                later(600, [this, id, through, life = one.lives] {
                    if (nodes_[id].lives == life) step(id, SnapshotStored{through});
                });
            }
        }
    }

    void send(const Envelope& envelope, MessageId message) {
        // Farther lanes take longer, so that nothing arrives at once.
        const std::uint64_t delay = 1'000 + 70 * envelope.to.value + 30 * envelope.from.value;
        later(delay, [this, envelope, message] {
            const bool down = !nodes_[envelope.to].node;
            if (down || drops(envelope)) {
                recorder_.note(Time{now_},
                               MessageLost{message, down ? Loss::ReceiverDown : Loss::Dropped});
                return;
            }
            step(envelope.to, Received{envelope.from, envelope.message}, message);
        });
    }

    Settings settings_;
    Recorder recorder_;
    std::map<NodeId, Replica> nodes_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::function<void()>> agenda_;
    std::uint64_t now_ = 0;
    std::uint64_t sequence_ = 0;
    std::uint64_t tags_ = 0;
};

/// Three nodes: an election, two commands, a crash of the leader, another election, a return.
inline Trace failover_trace() {
    SmallWorld world(3, "failover");
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    const NodeId first = world.leader().value();
    world.ask(first, "X");
    world.run(world.now() + 10'000);
    world.ask(first, "Y");
    world.run(world.now() + 600);
    world.crash(first, 5);
    world.run(world.now() + 3'000'000, [&] { return world.leader().has_value(); });
    world.start(first);
    world.ask(world.leader().value(), "Z");
    world.run(world.now() + 300'000);
    return world.finish();
}

/// N4 starts later, learns, and takes the place of N1; commands before, meanwhile and after.
inline Trace members_trace() {
    SmallWorld world(3, "members", 4);
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    world.start(NodeId{4});
    const auto say = [&](const LogCommand& command) {
        if (const auto leader = world.leader()) world.ask(*leader, command);
        world.run(world.now() + 6'000);
    };
    say(AppendText{"X"});
    say(SetVoters{.voters = {NodeId{2}, NodeId{3}, NodeId{4}}});
    for (int i = 0; i < 12; ++i) say(AppendText{"Y"});
    world.run(world.now() + 3'000'000, [&] { return world.leader().has_value(); });
    for (int i = 0; i < 6; ++i) say(AppendText{"Z"});
    return world.finish();
}

}  // namespace decree::traces::tests
