#pragma once

/// Nodes with next to nothing between them: what the core itself costs.

#include <cstdint>
#include <utility>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"

namespace decree::sim {

/// A cluster in memory. Messages arrive in the next round, in order; a round's writes are durable
/// at its end; nothing is ever lost. No chance, no checks.
class MemoryCluster {
public:
    /// Elects a leader, too. At most `batch` commands go into one slot.
    MemoryCluster(std::uint32_t nodes, std::uint32_t batch);

    /// The leader executes `count` commands of `payload`, as many at a time as it takes.
    void execute(std::uint64_t count, const Value& payload);

    /// Steps of all nodes so far.
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// Commands that were answered so far.
    [[nodiscard]] std::uint64_t answered() const { return answered_; }

private:
    struct Member {
        Node node;
        Effects effects;
        std::vector<Event> inbox;
        std::vector<Event> next_inbox;
        Position written;  // To be said durable at the end of the round.
        Position durable;
    };
    void round();
    void step(Member& member, Event&& event);
    [[nodiscard]] bool at_rest() const;

    std::vector<Member> members_;
    std::size_t leader_ = 0;
    std::uint64_t now_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t asked_ = 0;
    std::uint64_t answered_ = 0;
};

}  // namespace decree::sim
