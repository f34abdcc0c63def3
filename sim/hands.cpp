#include "sim/hands.hpp"

#include <algorithm>
#include <utility>

#include "sim/world.hpp"

namespace decree::sim {

namespace {

std::unexpected<std::string> cannot(NodeId node, std::string_view wanted, std::string_view is) {
    return std::unexpected("expected N" + std::to_string(node.value) + std::string(wanted) +
                           ", and it " + std::string(is));
}

constexpr std::string_view wanted_up = " to be up";
constexpr std::string_view wanted_down = " to be down";

}  // namespace

Process& Hands::process(NodeId node) { return world_.process(World::index_of(node)); }

const Process& Hands::process(NodeId node) const {
    return world_.processes_[World::index_of(node)];
}

std::string_view Hands::state_of(NodeId node) const {
    switch (process(node).state) {
    case ProcessState::Up:
        return "is up";
    case ProcessState::Paused:
        return "is paused";
    case ProcessState::Lost:
        return "is down for good";
    case ProcessState::Down:
    case ProcessState::Absent:
        break;
    }
    return "is down";
}

Done Hands::must_run(NodeId node) const {
    if (process(node).running()) return {};
    return cannot(node, wanted_up, state_of(node));
}

Done Hands::must_be_up(NodeId node) const {
    if (process(node).state == ProcessState::Up) return {};
    return cannot(node, wanted_up, state_of(node));
}

Done Hands::must_be_down(NodeId node) const {
    const ProcessState state = process(node).state;
    if (state == ProcessState::Down) return {};
    return cannot(node, wanted_down, state_of(node));
}

// --- Processes -----------------------------------------------------------------------------------

Done Hands::crash(NodeId node, Leftover leftover) {
    if (Done runs = must_run(node); !runs) return runs;
    Process& p = process(node);
    p.down_us = Process::none;
    world_.crash(World::index_of(node), leftover);
    p.paused = 0;
    if (p.stalled > 0) world_.note(traces::DiskFlows{.node = node});
    p.stalled = 0;
    return {};
}

Done Hands::restart(NodeId node) {
    if (Done down = must_be_down(node); !down) return down;
    Process& p = process(node);
    if (p.blocked > 0) return cannot(node, " to have space on its disk", "is full");
    p.start_at = world_.now_;
    p.paused = p.stalled = 0;
    world_.start(World::index_of(node));
    return {};
}

Done Hands::pause(NodeId node) {
    if (Done up = must_be_up(node); !up) return up;
    world_.pause(World::index_of(node));
    return {};
}

Done Hands::resume(NodeId node) {
    if (process(node).state != ProcessState::Paused) {
        return cannot(node, " to be paused", state_of(node));
    }
    world_.resume(World::index_of(node));
    return {};
}

Done Hands::tell(NodeId node, const std::variant<Directed, HandoverRequested>& what) {
    if (Done up = must_be_up(node); !up) return up;
    Event event{.now = process(node).clock.at(world_.now_), .what = TimePassed{}};
    std::visit([&](const auto& told) { event.what = told; }, what);
    world_.step(World::index_of(node), event);
    return {};
}

// --- Links ---------------------------------------------------------------------------------------

void Hands::cut(NodeId from, NodeId to) {
    Link& link = world_.network_.link(World::index_of(from), World::index_of(to));
    ++link.emptied;
    if (std::exchange(link.cuts, std::uint16_t{1}) > 0) return;
    world_.note(traces::LinkCut{.from = from, .to = to});
}

void Hands::mend(NodeId from, NodeId to) {
    Link& link = world_.network_.link(World::index_of(from), World::index_of(to));
    if (std::exchange(link.cuts, std::uint16_t{0}) == 0) return;
    world_.note(traces::LinkMended{.from = from, .to = to});
}

void Hands::slow_link(NodeId from, NodeId to, std::uint16_t times) {
    world_.network_.link(World::index_of(from), World::index_of(to)).slowness = times;
}

// --- Disks ---------------------------------------------------------------------------------------

Done Hands::stall(NodeId node) {
    if (Done runs = must_run(node); !runs) return runs;
    Process& p = process(node);
    if (p.stalled == 0) world_.stall(World::index_of(node));
    return {};
}

Done Hands::flow(NodeId node) {
    if (Done runs = must_run(node); !runs) return runs;
    Process& p = process(node);
    if (p.stalled > 0) world_.unstall(World::index_of(node));
    return {};
}

void Hands::slow_disk(NodeId node, std::uint32_t times) { process(node).slow_disk = times; }

Done Hands::fail_sync(NodeId node) {
    if (Done runs = must_run(node); !runs) return runs;
    Process& p = process(node);
    p.sync_fails = true;
    p.down_us = Process::none;
    return {};
}

Done Hands::fill(NodeId node) {
    Process& p = process(node);
    if (p.blocked > 0) return cannot(node, " to have space on its disk", "is full");
    if (p.state == ProcessState::Lost) return cannot(node, " to have a disk", state_of(node));
    p.blocked = 1;
    world_.note(traces::DiskFault{.node = node, .kind = traces::DiskFaultKind::DiskFull});
    if (p.running()) return crash(node, Leftover::All);
    return {};
}

Done Hands::make_room(NodeId node) {
    Process& p = process(node);
    if (p.blocked == 0) return cannot(node, " to have no space on its disk", "has some");
    p.blocked = 0;
    return {};
}

Done Hands::scrub(NodeId node) {
    if (Done runs = must_run(node); !runs) return runs;
    world_.scrub(World::index_of(node));
    return {};
}

Done Hands::keep_image(NodeId node) {
    Process& p = process(node);
    if (p.state == ProcessState::Lost) return cannot(node, " to have a disk", state_of(node));
    world_.keep_image(World::index_of(node));
    return {};
}

Done Hands::strike(NodeId node, FaultKind kind) {
    // Some may come to a node that runs: it reads nothing of it until it looks or starts.
    constexpr FaultSet noticed_later = {FaultKind::BitRot, FaultKind::SnapshotRot,
                                        FaultKind::ReadError};
    const bool rots = noticed_later.has(kind) && process(node).running();
    if (Done down = must_be_down(node); !rots && !down) return down;
    if (world_.damage(World::index_of(node), kind)) return {};
    return cannot(node, " to have something of that kind on its disk", "has nothing");
}

Done Hands::lose_disk(NodeId node) {
    if (process(node).state == ProcessState::Lost) {
        return cannot(node, " to have a disk", state_of(node));
    }
    if (process(node).running()) {
        if (auto dead = crash(node, Leftover::None); !dead) return dead;
    }
    static_cast<void>(world_.damage(World::index_of(node), FaultKind::DiskLost));
    return {};
}

void Hands::make_forgetful(NodeId node) { process(node).forgetful = true; }

// --- Clocks --------------------------------------------------------------------------------------

void Hands::jump_clock(NodeId node, std::uint64_t by_us) {
    Process& p = process(node);
    if (!p.running()) return;  // It has no clock: the next process gets its own.
    p.clock.jump(world_.now_, by_us);
    world_.note(traces::ClockJumped{.node = node, .backwards = false, .by_us = by_us});
    world_.arm(World::index_of(node));
}

void Hands::skew_clock(NodeId node, std::uint64_t by_us) {
    process(node).skew_us += by_us;
    jump_clock(node, by_us);
}

void Hands::drift_clock(NodeId node, std::int64_t ppm) {
    Process& p = process(node);
    p.drift_ppm = ppm;
    if (!p.running()) return;
    p.clock = Clock(world_.now_, p.clock.at(world_.now_).value, ppm);
    world_.arm(World::index_of(node));
}

// --- Clients -------------------------------------------------------------------------------------

void Hands::ask(std::uint32_t client, NodeId node, const Question& question) {
    Operation operation;
    operation.number = question.tag;
    operation.kind = question.changes_voters ? Operation::Kind::SetVoters : Operation::Kind::Append;
    operation.id = question.id;
    operation.payload = question.payload;
    world_.operations_ = std::max(world_.operations_, question.tag + 1);
    world_.checker_.asked(question.tag, Time{world_.now_}, question.id, question.payload);
    world_.ask_again(client, World::index_of(node), std::move(operation));
}

void Hands::ask_read(std::uint32_t client, NodeId node, std::uint64_t tag) {
    Operation operation;
    operation.number = tag;
    operation.kind = Operation::Kind::Read;
    world_.operations_ = std::max(world_.operations_, tag + 1);
    world_.checker_.asked_read(tag, Time{world_.now_});
    world_.ask_again(client, World::index_of(node), std::move(operation));
}

void Hands::leave(std::uint32_t client, NodeId node) {
    world_.reconnect(client, World::index_of(node));
}

Done Hands::demand_progress(const std::vector<NodeId>& core) {
    std::vector<ProcessIndex> members;
    for (const NodeId node : core) {
        const Process& p = process(node);
        const bool readable = p.running() || !p.disk_struck || p.disk.recover().has_value();
        if (p.state == ProcessState::Lost || !readable) {
            return cannot(node, " to be able to run", "is down for good");
        }
        members.push_back(World::index_of(node));
    }
    if (!world_.suffices(core)) {
        return std::unexpected("expected quorums of all voters in force, and these are none");
    }
    world_.shape_.patience_us = 2 * world_.shape_.options.front().election;
    world_.begin_progress(std::move(members));
    return {};
}

void Hands::end() { world_.over_ = true; }

void Hands::remark(const std::string& text) { world_.note(traces::Remark{text}); }

// --- What there is to be seen --------------------------------------------------------------------

std::uint64_t Hands::now() const { return world_.now_; }

const Node* Hands::node(NodeId node) const {
    const std::optional<Node>& found = process(node).node;
    return found ? &*found : nullptr;
}

}  // namespace decree::sim
