#pragma once

/// A small cluster of real nodes under a checker: for tests of the checker, not of the nodes. Time
/// is simulated, and all chance comes from one seed.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/node/node.hpp"
#include "core/store/command_log.hpp"
#include "props/checker.hpp"

namespace decree::props::test {

/// What the world does to its nodes. Chances are of 1024.
struct Weather {
    std::uint32_t drop = 0;
    std::uint32_t duplicate = 0;
    std::uint32_t crash = 0;          ///< Per step.
    std::uint64_t slowest_us = 2000;  ///< A message's or a sync's longest time.
    std::uint32_t clients = 3;
    std::uint32_t reads = 256;  ///< Of all operations.
    bool change_voters = false;
    std::uint32_t snapshot_every = 1024;
};

class LittleWorld {
public:
    LittleWorld(std::uint32_t nodes, std::uint64_t seed, const Weather& weather);

    /// Makes `steps` steps, or fewer when the checker finds something.
    void run(std::uint64_t steps);
    /// Ends all faults, and lets the nodes come to rest.
    void calm(std::uint64_t steps);

    [[nodiscard]] Checker& checker() { return checker_; }
    [[nodiscard]] std::vector<const Node*> nodes() const;
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// Lets a test change what the checker sees of a step.
    using Tamper = void (*)(Event& event, Effects& effects);
    void tamper_with(Tamper tamper) { tamper_ = tamper; }
    /// Calls the checker not at all: to see what it costs.
    void unchecked() { checked_ = false; }

private:
    struct Disk {
        std::map<std::uint64_t, ByteBuffer> segments;
        std::map<std::uint64_t, ByteBuffer> snapshots;
        ByteBuffer making;
        std::uint64_t end = 0;
        std::uint64_t synced = 0;
    };
    struct Process {
        Options options;
        std::optional<Node> node;
        Disk disk;
        std::uint32_t life = 0;
        std::uint64_t restart_at = 0;
    };
    struct Client {
        RequestId id;
        std::uint64_t operation = 0;
        std::optional<Value> command;  // Nothing: a read.
        bool waiting = false;
        std::uint64_t retry_at = 0;
        std::uint64_t tag = 0;
    };
    struct Due {
        std::size_t process = 0;
        std::uint32_t life = 0;  // 0: any.
        Event event;
    };

    [[nodiscard]] std::uint64_t draw(std::uint64_t below);
    [[nodiscard]] bool chance(std::uint32_t of_1024) { return draw(1024) < of_1024; }
    void start(std::size_t process);
    void crash(std::size_t process);
    void step(std::size_t process, Event event);
    void carry_out(std::size_t process, const Effects& effects);
    void write(Process& process, std::size_t number, const Effects& effects);
    void write_snapshot(Process& process, std::size_t number, const SnapshotWrite& write);
    void reply(const Reply& reply);
    void ask(std::size_t client);
    void send_request(std::size_t client);
    void later(std::uint64_t delay, Due due);
    bool next_step();

    Weather weather_;
    std::uint64_t random_;
    Settings settings_;
    Checker checker_;
    std::vector<Process> processes_;
    std::vector<Client> clients_;
    std::multimap<std::uint64_t, Due> agenda_;
    std::uint64_t now_ = 1;
    std::uint64_t steps_ = 0;
    std::uint64_t operations_ = 0;
    std::uint64_t tags_ = 0;
    bool asking_ = true;
    bool checked_ = true;
    Effects effects_;
    Tamper tamper_ = nullptr;
};

}  // namespace decree::props::test
