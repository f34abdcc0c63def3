#pragma once

/// Histories made by hand: nodes that do what a test says, right or wrong, under an observer. Their
/// journals are real bytes.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal/recovery.hpp"
#include "core/journal/writer.hpp"
#include "core/node/executor.hpp"
#include "core/paxos/log.hpp"
#include "core/store/command_log.hpp"
#include "props/observer.hpp"

namespace decree::props::test {

/// Ballot `round` of node `node`.
constexpr Ballot ballot(std::uint64_t round, std::uint64_t node) {
    return {.round = round, .node = NodeId{node}};
}

class FakeCluster {
public:
    explicit FakeCluster(std::uint32_t nodes, const QuorumSystem& quorums = Majority{});

    Observer observer;

    // What nodes do. Each is one step.

    /// Writes records as one group; they are not durable yet.
    template <class... R>
    void write(std::uint64_t node, const R&... records);
    /// All that was written becomes durable; `say` leaves in the same step.
    void sync(std::uint64_t node, const std::vector<Message>& say = {});
    /// Says something.
    void say(std::uint64_t node, const Message& message);
    void step(std::uint64_t node, const Event& event, const std::vector<Message>& say = {});
    /// Replies to a client.
    void reply(std::uint64_t node, Slot slot);

    // Shorthands.

    /// The nodes promise, and that becomes durable.
    void promise(const std::vector<std::uint64_t>& nodes, Ballot ballot);
    /// The nodes vote, and that becomes durable.
    void vote(const std::vector<std::uint64_t>& nodes, Slot slot, Ballot ballot,
              const Value& value);
    /// The owner of the ballot proposes.
    void accept(Slot slot, Ballot ballot, const Value& value);
    /// The node applies the value in the next slot.
    void apply(std::uint64_t node, const Value& value);

    /// What is not durable is gone, or all of it is still there.
    void crash(std::uint64_t node, bool unsynced_lost = true);
    /// Starts again with what its disk holds, and all peers recognize it.
    void restart(std::uint64_t node, Time now = Time{1});
    /// Starts again with `disk`; nobody has said yet that it has seen no more of it.
    void restart(std::uint64_t node, const Recovered& disk);
    /// `peer` says so; or, `less`, that it has seen more.
    void recognize(std::uint64_t node, std::uint64_t peer, bool less = false, Time now = Time{1});
    [[nodiscard]] Recovered disk_of(std::uint64_t node) const;

    // What clients do.

    /// A client asks to append `text`: the command, for batches. Operation numbers count up from 0.
    Command ask(std::string_view text);
    [[nodiscard]] std::uint64_t operations() const { return operations_; }
    /// The value of a slot that holds a new command with this text.
    Value value(std::string_view text);
    [[nodiscard]] static Value value_of(const std::vector<Command>& commands);

    [[nodiscard]] const Settings& settings() const { return settings_; }
    /// What the observer has found, or "".
    [[nodiscard]] std::string found() const;
    [[nodiscard]] std::string details() const;

    /// A node as it shows itself; tests may change it.
    struct FakeNode {
        JournalWriter writer;
        JournalHeads heads;
        MachineBox machine;
        Slot applied;
        Slot chosen_through;
        Ballot promised;
        Log log;
        std::map<std::uint64_t, ByteBuffer> segments;
        Position synced;
        std::optional<Founding> founding;
        bool up = true;
        bool introduced = false;  // In this life.
    };
    FakeNode& node(std::uint64_t number) { return nodes_[number - 1]; }

private:
    [[nodiscard]] NodeView view(std::uint64_t number);
    void start(std::uint64_t number, const Recovered& disk);
    void close(FakeNode& node, Effects& effects);

    Settings settings_;
    std::vector<FakeNode> nodes_;
    std::uint64_t operations_ = 0;
};

template <class... R>
void FakeCluster::write(std::uint64_t number, const R&... records) {
    FakeNode& fake = node(number);
    (fake.writer.add(records), ...);
    Effects effects;
    close(fake, effects);
    const Event event{.now = Time{1}, .what = TimePassed{}};
    observer.stepped(view(number), event, effects);
}

}  // namespace decree::props::test
