#pragma once

/// Nodes that found a cluster, on a table: as Cluster (cluster.hpp), but each begins with a list of
/// addresses, and a test says who is at which.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cluster.hpp"

namespace decree::test {

class Founders {
public:
    Founders() { options_.snapshot_every = 8; }

    /// A node with nothing on its disk is at `address`, in the place of whoever was there.
    void add(std::uint64_t id, const std::string& address, std::vector<std::string> list,
             const Settings& settings = {}) {
        lives_[id].beginning = {.settings = settings, .founders = std::move(list), .joins = false};
        if (lives_[id].beginning.founders.empty()) lives_[id].beginning.joins = true;
        if (!address.empty()) at_[address] = id;
        start(id);
    }
    /// Nodes 1, 2 and 3 at a, b and c, with lists in different orders.
    void add_three() {
        add(1, "a", {"a", "b", "c"});
        add(2, "b", {"c", "b", "a"});
        add(3, "c", {"b", "a", "c", "a"});
    }
    Node& node(std::uint64_t id) { return *lives_.at(id).node; }
    Cluster::Disk& disk(std::uint64_t id) { return lives_.at(id).disk; }
    Options& options() { return options_; }

    const Effects& step(std::uint64_t id, decltype(Event::what) what) {
        Life& life = lives_.at(id);
        effects_.listening = true;
        life.node->step(Event{.now = now_, .what = std::move(what)}, effects_);
        for (const Envelope& envelope : effects_.envelopes) in_flight_.push_back(envelope);
        for (const Reply& reply : effects_.replies) replies_.push_back(reply);
        for (const RuleTaken& taken : effects_.rules) ++rules_[taken.rule];
        const JournalAppend& append = effects_.journal;
        if (!append.bytes.empty()) life.end = Position{append.begin.value + append.bytes.size()};
        life.unsynced.push_back(effects_);
        if (!life.stalled) sync(id);
        return effects_;
    }
    void stall(std::uint64_t id) { lives_.at(id).stalled = true; }
    void sync(std::uint64_t id) {
        Life& life = lives_.at(id);
        life.stalled = false;
        std::vector<Slot> stored;
        for (const Effects& each : std::exchange(life.unsynced, {})) {
            life.disk.write(each);
            for (const SnapshotWrite& write : each.snapshot) {
                const auto* const commit = std::get_if<SnapshotCommit>(&write);
                if (commit != nullptr) stored.push_back(commit->through);
            }
        }
        if (life.synced < life.end) {
            life.synced = life.end;
            step(id, Durable{life.end});
        }
        for (const Slot through : stored) step(id, SnapshotStored{through});
    }
    /// The process dies with all that was not synced, and a new one starts.
    void restart(std::uint64_t id) {
        lives_.at(id).node.reset();
        lives_.at(id).unsynced.clear();
        lives_.at(id).stalled = false;
        start(id);
    }
    void kill(std::uint64_t id) { lives_.erase(id); }

    /// `id` reaches whoever is at `address`.
    void reach(std::uint64_t id, const std::string& address) {
        step(id, Reached{.address = address, .node = n(at_.at(address))});
    }
    /// Everybody reaches every address where somebody is.
    void connect() {
        for (auto& [id, life] : lives_) {
            for (const auto& [address, there] : at_) {
                if (lives_.contains(there)) reach(id, address);
            }
        }
    }
    /// The oldest message arrives.
    void settle_one() {
        const Envelope envelope = in_flight_.front();
        in_flight_.pop_front();
        if (!lives_.contains(envelope.to.value)) return;
        step(envelope.to.value, Received{.from = envelope.from, .message = envelope.message});
    }
    void settle() {
        for (int i = 0; i < 100000 && !in_flight_.empty(); ++i) settle_one();
    }
    /// Time passes for all, and all messages arrive.
    void run(std::uint64_t microseconds) {
        for (std::uint64_t t = 0; t < microseconds; t += 10'000) {
            now_ = now_ + 10'000;
            for (auto& [id, life] : lives_) {
                for (int i = 0; i < 64 && life.node->deadline() <= now_; ++i) {
                    step(id, TimePassed{});
                }
            }
            settle();
        }
    }
    /// A command is given to `id`, and all of it happens.
    void submit(std::uint64_t id, std::uint64_t number) {
        step(id, Requested{.client = ClientId{1},
                           .id = RequestId{.origin = n(100),
                                           .incarnation = Incarnation{1},
                                           .number = number,
                                           .lowest_unanswered = number},
                           .tag = number,
                           .payload = encode_command(AppendText{"x"})});
        run(50'000);
    }
    [[nodiscard]] const Reply* reply(std::uint64_t tag) const {
        const Reply* last = nullptr;
        for (const Reply& reply : replies_) {
            if (reply.tag == tag) last = &reply;
        }
        return last;
    }
    /// What `id` says of `address`, or of itself if that is empty.
    [[nodiscard]] Awaiting why(std::uint64_t id, const std::string& address) {
        for (const Awaited& awaited : node(id).awaited()) {
            if (awaited.address == address) return awaited.why;
        }
        return Awaiting::Nothing;
    }
    [[nodiscard]] std::uint64_t count(Rule rule) const {
        const auto at = rules_.find(rule);
        return at == rules_.end() ? 0 : at->second;
    }
    [[nodiscard]] std::deque<Envelope>& in_flight() { return in_flight_; }

private:
    struct Life {
        std::optional<Node> node;
        Beginning beginning;
        Cluster::Disk disk;
        std::vector<Effects> unsynced;
        bool stalled = false;
        Position end;
        Position synced;
    };
    void start(std::uint64_t id) {
        Life& life = lives_[id];
        const Recovered found = life.disk.recover().value();
        std::erase_if(life.disk.segments, [&](const auto& file) {
            return std::ranges::none_of(found.place.segments,
                                        [&](const auto& kept) { return kept.begin == file.first; });
        });
        life.end = life.synced = found.place.end;
        Options options = options_;
        options.self = n(id);
        options.seed = id;
        life.node.emplace(*Node::start(life.beginning, options,
                                       std::make_unique<CommandLog>(life.beginning.settings), found,
                                       now_));
        step(id, TimePassed{});
    }

    Options options_;
    Time now_{1'000'000};
    std::map<std::uint64_t, Life> lives_;
    std::map<std::string, std::uint64_t> at_;
    std::deque<Envelope> in_flight_;
    std::vector<Reply> replies_;
    std::map<Rule, std::uint64_t> rules_;
    Effects effects_;
};

}  // namespace decree::test
