/// Fault episodes: when they begin and end, and those that strike processes and disks.

#include <algorithm>

#include "sim/world.hpp"

namespace decree::sim {

namespace {

using enum FaultKind;

// What is drawn as an episode; the other kinds are habits of links, disks, clocks and clients.
constexpr FaultSet network_episodes = {OneWayCut, Partition,    PartialPartition, FlappingLink,
                                       SlowLink,  SwizzledClog, DeafNode,         Nonsense};
constexpr FaultSet process_episodes = {Crash,     CrashLoop, CrashStorm, RollingRestart,
                                       PowerLoss, Pause,     ClockJump};
constexpr FaultSet leader_episodes = {LeaderKilled, LeaderIsolated, LaggardAlone, HandoverAsked};
constexpr FaultSet disk_episodes = {BitRot,    SnapshotRot, UnsealedRot, MisdirectedWrite,
                                    LostWrite, ReadError,   DiskLost,    DiskRestored,
                                    SyncError, DiskFull,    SlowDisk,    StalledDisk};
// Counted when they strike, which may be never.
constexpr FaultSet counted_later = {Crash,     CrashLoop,   CrashStorm,  LeaderKilled,
                                    BitRot,    SnapshotRot, UnsealedRot, MisdirectedWrite,
                                    LostWrite, ReadError,   DiskLost,    DiskRestored,
                                    SyncError};
// What may come while a node runs, which finds it when it looks at its files, or starts.
constexpr FaultSet noticed_later = {BitRot, SnapshotRot, MisdirectedWrite, LostWrite, ReadError};
constexpr FaultSet all_episodes =
    network_episodes | process_episodes | leader_episodes | disk_episodes;

}  // namespace

void World::plan_episodes() {
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        if (weather_.has.has(kind) && all_episodes.has(kind)) episode_kinds_.push_back(kind);
    }
    if (episode_kinds_.empty()) return;
    // Each has its own time and its own choices: to leave one out changes no other.
    const std::uint64_t every = weather_.episode_every_us;
    for (std::uint32_t k = 0; (k + 1) * every < shape_.safety_us; ++k) {
        episodes_.emplace_back();
        Dice draw = dice(Site::Episode, k);
        agenda_.add(k * every + draw.below(every), Due::EpisodeBegins, k);
    }
}

void World::schedule_end(std::uint32_t number, std::uint64_t in_us) {
    agenda_.add(now_ + in_us, Due::EpisodeEnds, number);
}

ProcessIndex World::draw_process(Dice& draw) const { return draw.below(processes_.size()); }

std::optional<ProcessIndex> World::leader() const {
    std::optional<ProcessIndex> found;
    for (ProcessIndex i = 0; i < processes_.size(); ++i) {
        const Process& p = processes_[i];
        if (p.state != ProcessState::Up || p.role != Role::Leading) continue;
        if (!found || processes_[*found].node->ballot() < p.node->ballot()) found = i;
    }
    return found;
}

void World::begin_episode(std::uint32_t number) {
    if (alive_phase_) return;
    Dice draw = dice(Site::Episode, number);
    const std::uint32_t which = draw.below(episode_kinds_.size() + 1);
    if (which == 0) return;  // Calm.
    Episode& episode = episodes_[number];
    episode.kind = episode_kinds_[which - 1];
    episode.begun = true;
    ++counts_.episodes;
    if (network_episodes.has(episode.kind)) begin_network_episode(episode, draw);
    if (process_episodes.has(episode.kind)) begin_process_episode(episode, draw);
    if (leader_episodes.has(episode.kind)) begin_leader_episode(episode, draw);
    if (disk_episodes.has(episode.kind)) begin_disk_episode(episode, draw);
    if (!counted_later.has(episode.kind)) counts_.count(episode.kind);
    schedule_end(number, episode.phase_us > 0 ? episode.phase_us
                                              : draw.doubling(1000, weather_.episode_most_us));
}

void World::begin_process_episode(Episode& episode, Dice& draw) {
    const std::uint64_t most = weather_.episode_most_us;
    episode.nodes.push_back(draw_process(draw));
    const ProcessIndex first = episode.nodes.front();
    switch (episode.kind) {
    case Crash:
        plan_crash(first, Crash, {.steps = draw.below(64), .down_us = draw.doubling(100, most)});
        break;
    case CrashLoop:
        process(first).crashes_to_come = static_cast<std::uint32_t>(draw.between(1, 6));
        plan_crash(first, CrashLoop,
                   {.steps = draw.below(40), .down_us = draw.doubling(100, 100'000)});
        break;
    case CrashStorm:
        for (ProcessIndex i = 0; i < processes_.size(); ++i) {
            if (i != first && !draw.chance(1, 2)) continue;
            plan_crash(i, CrashStorm,
                       {.steps = draw.below(32), .down_us = draw.doubling(100, most)});
        }
        break;
    case RollingRestart:
        episode.phase_us = draw.doubling(20'000, 400'000);
        episode.nodes.clear();
        for (ProcessIndex i = 0; i < processes_.size(); ++i) episode.nodes.push_back(i);
        draw.shuffle(episode.nodes);
        break;
    case PowerLoss:
        for (ProcessIndex i = 0; i < processes_.size(); ++i) {
            process(i).power_fails = true;
            process(i).down_us = draw.doubling(100, most);
            crash(i);
        }
        break;
    case Pause:
        pause(first);
        break;
    case ClockJump: {
        const std::uint64_t by = draw.doubling(1000, 60'000'000);
        process(first).clock.jump(now_, by);
        process(first).armed_for = never;
        note(traces::ClockJumped{.node = id_of(first), .backwards = false, .by_us = by});
        arm(first);
        break;
    }
    default:
        break;
    }
}

void World::begin_leader_episode(Episode& episode, Dice& draw) {
    const ProcessIndex target = leader().value_or(draw_process(draw));
    const std::uint64_t most = weather_.episode_most_us;
    episode.nodes.push_back(target);
    switch (episode.kind) {
    case LeaderKilled:
        plan_crash(target, LeaderKilled,
                   {.steps = draw.below(12), .down_us = draw.doubling(100, most)});
        break;
    case LeaderIsolated:
        isolate(episode, target);
        if (draw.chance(1, 2)) {
            const ProcessIndex follower = draw_process(draw);
            if (follower != target) {
                plan_crash(follower, Crash,
                           {.steps = draw.below(24), .down_us = draw.doubling(100, most)});
            }
        }
        break;
    case LaggardAlone:
        episode.nodes.front() = draw_process(draw);
        isolate(episode, episode.nodes.front());
        episode.phase_us = draw.doubling(50'000, std::max<std::uint64_t>(most, 60'000));
        break;
    case HandoverAsked:
        mail_to_node(0, target,
                     {.now = Time{}, .what = HandoverRequested{id_of(draw_process(draw))}});
        break;
    default:
        break;
    }
}

void World::begin_disk_episode(Episode& episode, Dice& draw) {
    const ProcessIndex target = draw_process(draw);
    Process& p = process(target);
    const std::uint64_t most = weather_.episode_most_us;
    episode.nodes.push_back(target);
    switch (episode.kind) {
    case SyncError:
        p.sync_fails = true;  // The next one that ends.
        p.down_us = draw.doubling(100, most);
        break;
    case DiskFull:
        ++p.blocked;
        p.down_us = draw.doubling(100, most);
        note(traces::DiskFault{.node = id_of(target), .kind = traces::DiskFaultKind::DiskFull});
        crash(target);
        break;
    case SlowDisk:
        p.slow_disk = static_cast<std::uint32_t>(draw.between(3, 50));
        break;
    case StalledDisk:
        stall(target);
        break;
    default:
        if (episode.kind == BitRot && draw.chance(1, 3)) return rot_unheard(episode, draw);
        if (noticed_later.has(episode.kind) && p.running() && draw.chance(1, 2)) {
            strike(target, episode.kind);
            break;
        }
        p.strike = episode.kind;
        if (episode.kind == DiskRestored && draw.chance(1, 2)) hide_past(episode, target, draw);
        if (episode.kind == DiskRestored && (!p.image || p.image_lacks_ballot)) keep_image(target);
        if (p.running()) {
            const std::uint32_t steps =
                episode.kind == DiskRestored ? draw.below(1024) : draw.below(64);
            plan_crash(target, Crash, {.steps = steps, .down_us = draw.doubling(100, most)});
        } else if (p.state == ProcessState::Down) {
            strike(target, episode.kind);
        }
        break;
    }
}

// Votes that nobody else ever hears of go bad: those of a leader that is cut off when it casts
// them, and is back before there is another one.
void World::rot_unheard(Episode& episode, Dice& draw) {
    const ProcessIndex target = leader().value_or(episode.nodes.front());
    Process& p = process(target);
    if (!p.running()) return;
    isolate(episode, target);
    p.strike = BitRot;
    p.strikes_newest = true;
    plan_crash(target, Crash, {.steps = draw.below(48), .down_us = draw.doubling(100, 50'000)});
    episode.phase_us = 2 * shape_.options.front().election;
}

// Who remembers more of `target` than the image will have: one such is cut off from it, and another
// may crash, which forgets.
void World::hide_past(Episode& episode, ProcessIndex target, Dice& draw) {
    const ProcessIndex cut_off = draw_process(draw);
    if (cut_off != target) cut(episode, cut_off, target);
    const ProcessIndex forgets = draw_process(draw);
    const bool crashes = draw.chance(1, 2) && forgets != target && forgets != cut_off;
    if (!crashes || !process(forgets).running()) return;
    plan_crash(forgets, Crash, {.steps = draw.below(64), .down_us = draw.doubling(100, 100'000)});
}

void World::end_episode(std::uint32_t number) {
    if (alive_phase_) return;  // What is so then stays so.
    Episode& episode = episodes_[number];
    switch (episode.kind) {
    case FlappingLink:
        return flap(episode, number);
    case SwizzledClog:
        return clog_on(episode, number);
    case RollingRestart:
        return roll_on(episode, number);
    case Pause:
        return resume(episode.nodes.front());
    case StalledDisk:
        return unstall(episode.nodes.front());
    case SlowDisk:
        process(episode.nodes.front()).slow_disk = 1;
        return;
    case DiskFull: {
        Process& p = process(episode.nodes.front());
        --p.blocked;
        return plan_start(episode.nodes.front(), now_ + 1);
    }
    case DiskLost:
        return new_learner();
    case SlowLink:
        for (const auto& [from, to] : episode.slowed) network_.link(from, to).slowness = 0;
        return;
    case LaggardAlone: {
        mend_cuts(episode);
        // The laggard is back just when the leader goes.
        const ProcessIndex target = leader().value_or(episode.nodes.front());
        if (target != episode.nodes.front()) {
            plan_crash(target, LeaderKilled, {.steps = 3, .down_us = weather_.episode_most_us / 2});
        }
        return;
    }
    default:
        return mend_cuts(episode);
    }
}

// Restarts the next node; ends when all had their turn.
void World::roll_on(Episode& episode, std::uint32_t number) {
    if (episode.phase >= episode.nodes.size()) return;
    const ProcessIndex next = episode.nodes[episode.phase++];
    process(next).down_us = episode.phase_us / 2;
    crash(next);
    schedule_end(number, episode.phase_us);
}

// Where a disk was lost, a new node with a new identity comes, as a learner.
void World::new_learner() {
    if (shape_.founds) return;  // It comes by itself, at the address of the one before.
    std::size_t lost = 0;
    for (const Process& p : processes_) lost += p.state == ProcessState::Lost ? 1U : 0U;
    const std::size_t founders = shape_.voters + shape_.spares;
    if (processes_.size() < max_processes && processes_.size() < founders + lost) add_process();
}

}  // namespace decree::sim
