#pragma once

/// What a director does to a world, and sees of it.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/node/node.hpp"
#include "core/request.hpp"
#include "core/value.hpp"
#include "sim/disk.hpp"
#include "sim/faults.hpp"
#include "sim/process.hpp"

namespace decree::sim {

class World;

/// Nothing, or why it cannot be done now, for a person: "expected N1 to be up, and it is down".
using Done = std::expected<void, std::string>;

/// Good for the length of one call of the director's. Every node that is named must be there.
class Hands {
public:
    explicit Hands(World& world) : world_(world) {}

    // Processes.

    /// It dies now, and starts again only when it is told to. `leftover`: what its disk keeps of
    /// what no sync covered.
    [[nodiscard]] Done crash(NodeId node, Leftover leftover);
    /// Its disk refuses it, maybe: then it stays down for good.
    [[nodiscard]] Done restart(NodeId node);
    [[nodiscard]] Done pause(NodeId node);
    [[nodiscard]] Done resume(NodeId node);
    /// It takes a step at once.
    [[nodiscard]] Done tell(NodeId node, const std::variant<Directed, HandoverRequested>& what);

    // Links.

    /// What is on the way is lost, too.
    void cut(NodeId from, NodeId to);
    void mend(NodeId from, NodeId to);
    /// Messages take so many times the usual delay longer; 0: no longer.
    void slow_link(NodeId from, NodeId to, std::uint16_t times);

    // Disks.

    [[nodiscard]] Done stall(NodeId node);
    /// What was stalled flows again.
    [[nodiscard]] Done flow(NodeId node);
    void slow_disk(NodeId node, std::uint32_t times);
    /// The next sync to end fails, and the process ends with it.
    [[nodiscard]] Done fail_sync(NodeId node);
    /// The process ends, and none starts before there is space.
    [[nodiscard]] Done fill(NodeId node);
    [[nodiscard]] Done make_room(NodeId node);
    /// It looks at its files while it runs, and starts again if something in it is bad.
    [[nodiscard]] Done scrub(NodeId node);
    /// An image is taken of its disk, for strike(DiskRestored).
    [[nodiscard]] Done keep_image(NodeId node);
    /// What was durable goes bad: BitRot, SnapshotRot, UnsealedRot, MisdirectedWrite, LostWrite,
    /// ReadError; or is as it was earlier: DiskRestored.
    [[nodiscard]] Done strike(NodeId node, FaultKind kind);
    /// The whole disk is gone: the process ends, and none with this name starts any more.
    [[nodiscard]] Done lose_disk(NodeId node);
    /// At the next crash, all of it is gone, and nobody notices. A planted fault of the world.
    void make_forgetful(NodeId node);

    // Clocks.

    void jump_clock(NodeId node, std::uint64_t by_us);
    /// The same, and whenever it starts again.
    void skew_clock(NodeId node, std::uint64_t by_us);
    void drift_clock(NodeId node, std::int64_t ppm);

    // Clients. They are numbered from 0, ask once, and go on waiting.

    /// A command.
    struct Question {
        std::uint64_t tag{};
        RequestId id;
        Value payload;
        bool changes_voters{};
    };
    /// Asks, or repeats a question that was asked as that tag.
    void ask(std::uint32_t client, NodeId node, const Question& question);
    void ask_read(std::uint32_t client, NodeId node, std::uint64_t tag);
    /// Closes its connection.
    void leave(std::uint32_t client, NodeId node);

    /// Faults are over for these nodes, and all else stays as it is for good: from now on they must
    /// make progress, and the run is over when they have. Nothing can be asked any more.
    [[nodiscard]] Done demand_progress(const std::vector<NodeId>& core);
    /// The run is over.
    void end();
    /// For whoever looks at the run later.
    void remark(const std::string& text);

    // What there is to be seen.

    [[nodiscard]] std::uint64_t now() const;
    /// nullptr: it does not run.
    [[nodiscard]] const Node* node(NodeId node) const;

private:
    [[nodiscard]] Process& process(NodeId node);
    [[nodiscard]] const Process& process(NodeId node) const;
    /// "is paused"
    [[nodiscard]] std::string_view state_of(NodeId node) const;
    [[nodiscard]] Done must_run(NodeId node) const;  ///< Up or paused.
    [[nodiscard]] Done must_be_up(NodeId node) const;
    [[nodiscard]] Done must_be_down(NodeId node) const;

    World& world_;
};

}  // namespace decree::sim
