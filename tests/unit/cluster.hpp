#pragma once

/// A few nodes on a table, for tests of the core: no simulator, no chance. Messages lie in flight
/// until a test delivers them; disks sync at once unless stalled; time moves when a test says so.

#include <algorithm>
#include <deque>
#include <expected>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/node/node.hpp"
#include "core/store/command_log.hpp"

namespace decree::test {

inline NodeId n(std::uint64_t id) { return NodeId{id}; }

/// A cluster of N1, N2 and N3.
inline Settings three_of(std::uint64_t alpha = Settings{}.alpha) {
    Settings settings;
    settings.voters = {n(1), n(2), n(3)};
    settings.alpha = alpha;
    return settings;
}

/// Makes a node's state machine.
using MakeMachine = std::function<std::unique_ptr<StateMachine>(const Settings&)>;

class Cluster {
public:
    /// `found`: what each node finds on its disk at first.
    explicit Cluster(std::uint64_t count, Settings settings = {}, Options options = {},
                     MakeMachine make_machine = std::make_unique<CommandLog, const Settings&>,
                     Recovered found = {})
        : settings_(std::move(settings)),
          options_(std::move(options)),
          make_machine_(std::move(make_machine)),
          found_(std::move(found)) {
        if (settings_.voters.empty()) {
            for (std::uint64_t id = 1; id <= count; ++id) settings_.voters.push_back(n(id));
        }
        for (std::uint64_t id = 1; id <= count; ++id) add(id);
    }

    Node& node(std::uint64_t id) { return nodes_.at(id); }
    [[nodiscard]] const Settings& settings() const { return settings_; }

    /// One step; what it says is taken care of.
    const Effects& step(std::uint64_t id, decltype(Event::what) what) {
        effects_.listening = true;
        nodes_.at(id).step(Event{.now = now_, .what = std::move(what)}, effects_);
        for (const Envelope& envelope : effects_.envelopes) in_flight_.push_back(envelope);
        for (const Reply& reply : effects_.replies) replies_.push_back(reply);
        for (const RuleTaken& taken : effects_.rules) ++rules_[taken.rule];
        disks_[id].write(effects_);
        if (!effects_.journal.bytes.empty()) {
            journal_end_[id] =
                Position{effects_.journal.begin.value + effects_.journal.bytes.size()};
        }
        for (const SnapshotWrite& write : effects_.snapshot) {
            if (const auto* commit = std::get_if<SnapshotCommit>(&write)) {
                commits_[id].push_back(commit->through);
            }
        }
        const Effects& result = last_ = effects_;
        if (!stalled_[id]) sync(id);
        return result;
    }
    /// The files of a node, for a test to damage before the node is restarted.
    struct Disk {
        std::map<Position, ByteBuffer> segments;
        std::map<Slot, ByteBuffer> snapshots;

        void write(const Effects& effects) {
            const JournalAppend& append = effects.journal;
            if (append.starts_segment) segments[append.begin].clear();
            if (!append.bytes.empty()) {
                ByteBuffer& file = std::prev(segments.upper_bound(append.begin))->second;
                file.insert(file.end(), append.bytes.begin(), append.bytes.end());
            }
            for (const SnapshotWrite& write : effects.snapshot) {
                if (const auto* bytes = std::get_if<SnapshotBytes>(&write)) {
                    ByteBuffer& file = snapshots[bytes->through];
                    file.insert(file.end(), bytes->bytes.begin(), bytes->bytes.end());
                }
            }
            while (segments.size() > 1 && std::next(segments.begin())->first <= effects.release) {
                segments.erase(segments.begin());
            }
        }
        [[nodiscard]] std::expected<Recovered, Damage> recover() const {
            std::vector<SegmentBytes> journal;
            for (const auto& [begin, bytes] : segments) journal.push_back({begin, bytes});
            std::vector<SnapshotFileBytes> files;
            for (const auto& [through, bytes] : snapshots) files.push_back({through, bytes});
            return decree::recover(journal, files);
        }
    };
    Disk& disk(std::uint64_t id) { return disks_[id]; }
    /// The process dies, and a new one starts on what is on the disk. Returns what it found.
    Recovered restart(std::uint64_t id) {
        Disk& disk = disks_[id];
        Recovered found = disk.recover().value();
        std::erase_if(disk.segments, [&](const auto& file) {
            return std::ranges::none_of(found.place.segments,
                                        [&](const auto& kept) { return kept.begin == file.first; });
        });
        journal_end_[id] = synced_[id] = found.place.end;
        commits_[id].clear();
        nodes_.erase(id);
        start(id, found);
        return found;
    }

    void stall(std::uint64_t id) { stalled_[id] = true; }
    /// Snapshots do not become durable any more; the journal does.
    void stall_snapshots(std::uint64_t id) { snapshots_stalled_[id] = true; }
    void sync(std::uint64_t id) {
        stalled_[id] = false;
        const Position end = journal_end_[id];
        if (synced_[id] < end) {
            synced_[id] = end;
            step(id, Durable{end});
        }
        while (!commits_[id].empty() && !snapshots_stalled_[id]) {
            const Slot through = commits_[id].front();
            commits_[id].erase(commits_[id].begin());
            std::erase_if(disks_[id].snapshots,
                          [&](const auto& file) { return file.first < through; });
            step(id, SnapshotStored{through});
        }
    }
    /// Time passes for everybody; due timers fire.
    void pass(std::uint64_t microseconds) {
        now_ = now_ + microseconds;
        for (auto& [id, node] : nodes_) {
            for (int i = 0; i < 64 && node.deadline() <= now_; ++i) step(id, TimePassed{});
        }
    }
    /// Only this node's timers fire.
    void pass_at(std::uint64_t id, std::uint64_t microseconds) {
        now_ = now_ + microseconds;
        for (int i = 0; i < 64 && nodes_.at(id).deadline() <= now_; ++i) step(id, TimePassed{});
    }

    /// Delivers the oldest message of that type from one node to another; false if there is none.
    template <class M>
    bool deliver(std::uint64_t from, std::uint64_t to) {
        const auto at = std::ranges::find_if(in_flight_, [&](const Envelope& envelope) {
            return envelope.from == n(from) && envelope.to == n(to) &&
                   std::holds_alternative<M>(envelope.message);
        });
        if (at == in_flight_.end()) return false;
        const Envelope envelope = *at;
        in_flight_.erase(at);
        step(to, Received{.from = envelope.from, .message = envelope.message});
        return true;
    }
    /// All messages of these types between two nodes arrive, and those of them that they cause.
    template <class... M>
    void exchange(std::uint64_t a, std::uint64_t b) {
        while ((deliver<M>(a, b) || ...) || (deliver<M>(b, a) || ...)) {
        }
    }
    /// Everything in flight arrives, in order, and what it causes, but for cut links.
    void settle() {
        for (int i = 0; i < 100000 && !in_flight_.empty(); ++i) {
            const Envelope envelope = in_flight_.front();
            in_flight_.pop_front();
            const bool cut = cut_.contains({envelope.from.value, envelope.to.value});
            if (cut || !nodes_.contains(envelope.to.value)) continue;
            step(envelope.to.value, Received{.from = envelope.from, .message = envelope.message});
        }
    }
    void isolate(std::uint64_t id) {
        for (const auto& [other, node] : nodes_) {
            cut_[{id, other}] = true;
            cut_[{other, id}] = true;
        }
    }
    void cut(std::uint64_t a, std::uint64_t b) { cut_[{a, b}] = cut_[{b, a}] = true; }
    void heal() { cut_.clear(); }
    void lose_all() { in_flight_.clear(); }

    /// Passes time until `id` leads.
    void elect(std::uint64_t id) {
        for (int i = 0; i < 200 && node(id).role() != Role::Leading; ++i) {
            pass_at(id, 50'000);
            settle();
        }
        ASSERT_EQ(node(id).role(), Role::Leading);
        settle();
    }
    /// Passes time until `id` leads by the word of one other node; nothing else arrives. Not in a
    /// ballot of a round below `round`.
    void elect_with(std::uint64_t id, std::uint64_t other, std::uint64_t round = 0) {
        for (int i = 0; i < 400 && node(id).role() != Role::Leading; ++i) {
            pass_at(id, 50'000);
            exchange<PreVote, PreVoteAnswer>(id, other);
            if (node(id).ballot().round >= round) {
                exchange<Prepare, Promise>(id, other);
            } else if (node(id).role() == Role::Preparing) {
                lose_all();
            }
        }
        ASSERT_EQ(node(id).role(), Role::Leading);
    }
    /// Time passes for all, and all messages arrive.
    void run(std::uint64_t microseconds) {
        for (std::uint64_t t = 0; t < microseconds; t += 10'000) {
            pass(10'000);
            settle();
        }
    }
    void submit(std::uint64_t id, std::uint64_t number, const LogCommand& command,
                std::uint64_t origin = 100) {
        submit_bytes(id, number, encode_command(command), origin);
    }
    void submit_bytes(std::uint64_t id, std::uint64_t number, const Value& payload,
                      std::uint64_t origin = 100) {
        step(id, Requested{.client = ClientId{1},
                           .id = RequestId{.origin = n(origin),
                                           .incarnation = Incarnation{1},
                                           .number = number,
                                           .lowest_unanswered = 1},
                           .tag = number,
                           .payload = payload});
    }
    void read(std::uint64_t id, std::uint64_t tag, bool local = false) {
        step(id, ReadRequested{.client = ClientId{1}, .tag = tag, .local = local, .query = {}});
    }
    /// The reply to that tag, if any came.
    [[nodiscard]] const Reply* reply(std::uint64_t tag) const {
        for (const Reply& reply : replies_) {
            if (reply.tag == tag) return &reply;
        }
        return nullptr;
    }
    [[nodiscard]] std::vector<std::string> texts(std::uint64_t id) const {
        const auto& log = dynamic_cast<const CommandLog&>(nodes_.at(id).machine());
        std::vector<std::string> texts;
        for (std::uint64_t i = 0; i < log.length(); ++i) texts.emplace_back(log.text(i));
        return texts;
    }
    [[nodiscard]] std::uint64_t count(Rule rule) const {
        const auto at = rules_.find(rule);
        return at == rules_.end() ? 0 : at->second;
    }
    [[nodiscard]] std::deque<Envelope>& in_flight() { return in_flight_; }
    [[nodiscard]] Time now() const { return now_; }
    [[nodiscard]] const Effects& last() const { return last_; }

private:
    void add(std::uint64_t id) { start(id, found_); }
    void start(std::uint64_t id, const Recovered& disk) {
        Options options = options_;
        options.self = n(id);
        options.seed = id + (starts_[id]++ << 32U);  // Each start draws anew.
        nodes_.emplace(
            id, Node::start(settings_, options, make_machine_(settings_), disk, now_).value());
    }

    Settings settings_;
    Options options_;
    MakeMachine make_machine_;
    Recovered found_;
    Time now_{1'000'000};
    std::map<std::uint64_t, Node> nodes_;
    std::map<std::uint64_t, Disk> disks_;
    std::deque<Envelope> in_flight_;
    std::vector<Reply> replies_;
    std::map<Rule, std::uint64_t> rules_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, bool> cut_;
    std::map<std::uint64_t, bool> stalled_;
    std::map<std::uint64_t, bool> snapshots_stalled_;
    std::map<std::uint64_t, std::uint64_t> starts_;
    std::map<std::uint64_t, Position> journal_end_;
    std::map<std::uint64_t, Position> synced_;
    std::map<std::uint64_t, std::vector<Slot>> commits_;
    Effects effects_;
    Effects last_;
};

}  // namespace decree::test
