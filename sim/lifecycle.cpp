/// Processes begin, stand still and end; their disks go bad.

#include <algorithm>
#include <memory>
#include <utility>

#include "core/store/machines.hpp"
#include "sim/world.hpp"

namespace decree::sim {

void World::add_process() {
    processes_.emplace_back();
    found(static_cast<ProcessIndex>(processes_.size() - 1));
}

void World::found(ProcessIndex index) {
    Process& p = process(index);
    p.options = shape_.options[index];
    p.service = store::LocalService(shape_.take);
    if (shape_.founds) return found_later(index);
    p.start_at = now_;
    start(index);
}

void World::start(ProcessIndex index) {
    Process& p = process(index);
    if (p.state != ProcessState::Down || p.blocked > 0) return;
    if (p.start_at != now_) return;  // Planned otherwise since, or not at all any more.
    p.start_at = Process::none;
    p.power_fails = false;
    auto disk = p.disk.recover();
    if (!disk) {
        return refuse_start(
            index, "at " + std::to_string(disk.error().at.value) + ": " + disk.error().what);
    }
    if (!judge_damage(index, *disk)) return;
    p.clock = draw_clock(index);
    p.armed_for = never;
    Options options = p.options;
    options.seed += std::uint64_t{p.starts++} << 32U;
    // Whoever starts it says who is there. Who comes later makes itself known.
    for (ProcessIndex i = 0; i < processes_.size() && !p.beginning; ++i) {
        if (processes_[i].state != ProcessState::Absent) options.contacts.push_back(id_of(i));
    }
    const Beginning beginning = p.beginning.value_or(
        Beginning{.settings = shape_.settings, .founders = {}, .joins = false});
    auto node = Node::start(beginning, options, make_machine(beginning.settings, shape_.store),
                            *disk, p.clock.at(now_));
    if (!node) return refuse_start(index, node.error().what);
    if (options_.recorder != nullptr) {
        options_.recorder->started(Time{now_}, p.clock.at(now_), options, p.disk.view(),
                                   p.beginning);
    }
    p.disk.started(*disk);
    p.disk_struck = false;  // It has been read whole, and what it lost is known to who judges.
    p.told_durable = disk->place.end;
    p.node.emplace(*std::move(node));
    p.state = ProcessState::Up;
    p.role = p.node->role();
    p.nonsense = 0;
    ++counts_.starts;
    if (options_.director != nullptr) options_.director->started(*p.node, *disk);
    checker_.started(*p.node, *disk);
    if (checker_.violation() && ends_with(*checker_.violation())) return;
    if (p.crashes_to_come > 0) {
        --p.crashes_to_come;
        Dice draw = dice(Site::Crash, index);
        plan_crash(index, FaultKind::CrashLoop, {.steps = draw.below(40), .down_us = p.down_us});
    }
    begin_reaching(index);
    plan_scrub(index);
    arm(index);
}

// What a process that starts now takes for the time.
Clock World::draw_clock(ProcessIndex index) {
    const Process& p = process(index);
    if (options_.director != nullptr) return {now_, p.skew_us, p.drift_ppm};
    Dice clock = dice(Site::Clock, index);
    std::uint64_t shown = 0;
    if (weather_.has.has(FaultKind::ClockSkew)) shown = clock.below(1U << 31U);
    if (shown != 0) counts_.count(FaultKind::ClockSkew);
    // 0, -1, 1, -2, ...: calm is a clock that runs as the world does.
    const std::int64_t zigzag = clock.below(weather_.drift_ppm * 2 + 1);
    const std::int64_t drift = zigzag % 2 == 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    if (drift != 0) counts_.count(FaultKind::ClockDrift);
    return {now_, shown, drift};
}

// What is called damaged must be so, and what is bad where that can be told must be called so. A
// node that may have forgotten votes starts all the same.
bool World::judge_damage(ProcessIndex index, const Recovered& disk) {
    if (disk.doubt_through != Slot{}) ++counts_.starts_in_doubt;
    if (disk.damage.empty()) {
        if (!process(index).disk.is_bad_below_mark()) return true;
        fail({.property = "Recovery",
              .details = "N" + std::to_string(id_of(index).value) +
                         " calls a disk sound of which bytes are bad that a mark vouches for",
              .signature = "Recovery: a damaged disk is called sound"});
        return false;
    }
    if (process(index).ever_struck) return true;
    fail({.property = "Recovery",
          .details = "N" + std::to_string(id_of(index).value) +
                     " calls a disk damaged that lost nothing durable: " + disk.damage.front().what,
          .signature = "Recovery: an intact disk is called damaged"});
    return false;
}

// The disk cannot be believed at all, and the node says so. Right only where the disk was struck.
void World::refuse_start(ProcessIndex index, const std::string& why) {
    Process& p = process(index);
    note(traces::StartRefused{.node = id_of(index), .why = why});
    if (!p.disk_struck) {
        return fail({.property = "Recovery",
                     .details = "N" + std::to_string(id_of(index).value) +
                                " refuses a disk that lost nothing durable: " + why,
                     .signature = "Recovery: an intact disk is refused"});
    }
    ++counts_.damaged;
    lose(index);
}

void World::plan_crash(ProcessIndex index, FaultKind why, const CrashPlan& plan) {
    Process& p = process(index);
    p.crash_kind = why;
    p.steps_until_crash = plan.steps;
    p.down_us = plan.down_us;
}

void World::plan_start(ProcessIndex index, std::uint64_t at) {
    Process& p = process(index);
    if (p.state != ProcessState::Down) return;
    p.start_at = at;
    agenda_.add(at, Due::Start, index);
}

Leftover World::draw_leftover(ProcessIndex index) {
    const bool lost = weather_.has.has(FaultKind::UnsyncedLost);
    const bool torn = weather_.has.has(FaultKind::TornWrite);
    const bool machine = process(index).power_fails;
    if (!lost && !torn) return machine ? Leftover::None : Leftover::All;
    Dice draw = dice(Site::DiskFault, index);
    std::vector<Leftover> all;
    if (!machine) all.push_back(Leftover::All);
    if (lost || machine) all.push_back(Leftover::None);
    if (lost) all.push_back(Leftover::Subset);
    if (torn) all.push_back(Leftover::Torn);
    const Leftover leftover = draw.one_of(all);
    if (leftover == Leftover::Torn) counts_.count(FaultKind::TornWrite);
    if (leftover == Leftover::Subset || leftover == Leftover::None) {
        counts_.count(FaultKind::UnsyncedLost);
    }
    return leftover;
}

void World::crash(ProcessIndex index) {
    if (process(index).running()) crash(index, draw_leftover(index));
}

void World::crash(ProcessIndex index, Leftover leftover) {
    Process& p = process(index);
    ++counts_.crashes;
    if (p.role == Role::Preparing || p.role == Role::Leading) --candidates_;
    if (!p.node->founding()) {
        const auto eras = p.node->membership().eras(Slot{1});
        p.eras.assign(eras.begin(), eras.end());
    }
    Dice draw = dice(Site::DiskFault, index);
    p.disk.crash(leftover, draw);
    if (p.forgetful) {
        p.disk.wipe();
        p.made_older = true;
    }
    p.node.reset();
    p.service = store::LocalService(shape_.take);
    p.full.clear();
    p.served = Slot{};
    p.state = ProcessState::Down;
    p.role = Role::Following;
    p.steps_until_crash = Process::unlimited;
    p.power_fails = p.sync_fails = false;
    for (const Appointment& waits : p.waiting) {
        if (waits.what == Due::Delivery) network_.release(waits.index);
        if (waits.what != Due::ClientMail) continue;
        mail_[waits.index].local.reset();
        free_mail_.push_back(waits.index);
    }
    p.waiting.clear();
    if (options_.recorder != nullptr) options_.recorder->crashed(Time{now_}, id_of(index));
    if (leftover != Leftover::All) {
        const auto kind = leftover == Leftover::Torn ? traces::DiskFaultKind::WriteTorn
                                                     : traces::DiskFaultKind::UnsyncedLost;
        note(traces::DiskFault{.node = id_of(index), .kind = kind});
    }
    if (options_.director != nullptr) options_.director->crashed(id_of(index));
    checker_.crashed(id_of(index));
    if (p.disk.snapshot_is_rotten()) checker_.snapshot_rotted(id_of(index));
    if (p.forgetful) checker_.rotted(id_of(index));
    if (checker_.violation() && ends_with(*checker_.violation())) return;
    if (p.strike) strike(index, *std::exchange(p.strike, std::nullopt));
    p.strikes_newest = false;
    if (p.down_us != Process::none) {
        plan_start(index, now_ + std::max<std::uint64_t>(p.down_us, 1));
    }
}

// The disk of a node that is down goes bad, if the fault model still allows it.
void World::strike(ProcessIndex index, FaultKind kind) {
    const bool forgets = kind == FaultKind::UnsealedRot || kind == FaultKind::DiskRestored;
    if (forgets ? !may_forget(index) : !can_spare(index)) return;
    // Who forgets a founding record while others wait for it to be stored may store another one.
    if (forgets && shape_.founds && !checker_.founded()) return;
    if (damage(index, kind) && forgets) forgetful_.push_back(id_of(index));
}

// The same, whatever the fault model allows. False: there was nothing to strike.
bool World::damage(ProcessIndex index, FaultKind kind) {
    using Told = traces::DiskFaultKind;
    Process& p = process(index);
    Dice draw = dice(Site::DiskFault, index);
    Told told = Told::BitRot;
    switch (kind) {
    case FaultKind::UnsealedRot:
        if (!p.disk.rot_unsealed(draw)) return false;
        break;
    case FaultKind::DiskRestored:
        if (!p.image || p.image_lacks_ballot || p.state != ProcessState::Down) return false;
        p.disk.put_back(*p.image, draw);
        p.image.reset();
        told = Told::DiskRestored;
        break;
    case FaultKind::BitRot:
        if (!p.disk.rot(draw, p.strikes_newest)) return false;
        break;
    case FaultKind::SnapshotRot:
        if (!p.disk.rot_snapshot(draw)) return false;
        break;
    case FaultKind::MisdirectedWrite:
        if (!p.disk.misplace_write(draw)) return false;
        told = Told::WriteMisplaced;
        break;
    case FaultKind::LostWrite:
        if (!p.disk.lose_write(draw)) return false;
        told = Told::WriteLost;
        break;
    case FaultKind::ReadError:
        if (!p.disk.lose_sector(draw)) return false;
        told = Told::ReadError;
        break;
    default:
        told = Told::DiskLost;
        lose(index);
        break;
    }
    counts_.count(kind);
    note(traces::DiskFault{.node = id_of(index), .kind = told});
    p.disk_struck = p.ever_struck = true;
    if (p.state != ProcessState::Down) return true;
    // All other rot must be noticed.
    if (kind == FaultKind::UnsealedRot || kind == FaultKind::DiskRestored) {
        p.made_older = true;
        checker_.rotted(id_of(index));
    }
    if (p.disk.snapshot_is_rotten()) checker_.snapshot_rotted(id_of(index));
    return true;
}

void World::plan_scrub(ProcessIndex index) {
    if (weather_.scrub_every_us == 0) return;
    agenda_.add(now_ + weather_.scrub_every_us, Due::Scrub,
                process(index).disk.life() * max_processes + index);
}

// It is time for a process to look, if it is still the same one.
void World::scrub_due(const Appointment& due) {
    const ProcessIndex index = due.index % max_processes;
    if (alive_phase_ || due.index / max_processes != process(index).disk.life()) return;
    plan_scrub(index);
    scrub(index);
}

// A look at the files of a node that runs. Where something is bad, it starts again: what that may
// have taken is for recovery to judge.
void World::scrub(ProcessIndex index) {
    Process& p = process(index);
    if (p.state != ProcessState::Up) return;
    const std::optional<Damage> found = p.disk.scrub();
    if (!found) return judge_look(index);
    ++counts_.scrubbed;
    const std::string where = "at " + std::to_string(found->at.value) + ": " + found->what;
    note(traces::Remark{"N" + std::to_string(id_of(index).value) +
                        " looks at its files, and starts again: " + where});
    if (!p.disk.is_bad()) {
        return fail({.property = "Recovery",
                     .details = "N" + std::to_string(id_of(index).value) +
                                " calls files damaged that lost nothing durable: " + where,
                     .signature = "Recovery: intact files are called damaged"});
    }
    p.strike.reset();
    p.down_us = 1;
    crash(index, Leftover::All);
}

// A look that found nothing: nothing may be bad.
void World::judge_look(ProcessIndex index) {
    if (!process(index).disk.is_bad()) return;
    fail({.property = "Recovery",
          .details = "N" + std::to_string(id_of(index).value) +
                     " looks at its files and finds nothing, and bytes of them are bad",
          .signature = "Recovery: damaged files are called sound"});
}

void World::keep_image(ProcessIndex index) {
    Process& p = process(index);
    if (p.disk.durable() == Position{}) return;  // Put back, it would be a new node's.
    p.image = p.disk;
    p.image_lacks_ballot = p.role == Role::Preparing;  // It may not be durable yet.
}

// As whoever drives a node that its peers refuse: its disk is of no use any more.
void World::end_outcast(ProcessIndex index) {
    Process& p = process(index);
    if (!p.made_older) {
        return fail({.property = "Recovery",
                     .details = "N" + std::to_string(id_of(index).value) +
                                " is refused by its peers, and its disk has all that was ever "
                                "durable on it",
                     .signature = "Recovery: a sound node is refused"});
    }
    ++counts_.outcasts;
    p.strike.reset();
    p.down_us = Process::none;
    crash(index, Leftover::All);
    lose(index);
    if (!alive_phase_) new_learner();
}

void World::lose(ProcessIndex index) {
    process(index).state = ProcessState::Lost;
    checker_.lost(id_of(index));
    if (shape_.founds) agenda_.add(now_ + disk_delay(index), Due::Succeed, index);
}

// All sets of voters that any process knows, or the cluster chose, and that may still matter.
std::vector<Voters> World::voter_sets() const {
    std::vector<Voters> sets = {checker_.voters()};
    const Slot chosen = checker_.chosen_through();
    for (const Process& p : processes_) {
        std::vector<Era> eras = p.eras;
        if (p.node && !p.node->founding()) {
            const auto known = p.node->membership().eras(p.node->applied());
            eras.assign(known.begin(), known.end());
        }
        for (std::size_t i = 0; i < eras.size(); ++i) {
            const bool past = i + 1 < eras.size() && eras[i + 1].from <= chosen;
            if (!past) sets.push_back(eras[i].voters);
        }
    }
    std::ranges::sort(sets);
    sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
    return sets;
}

// Who votes in truth from slot `from` through the last slot whose voters are settled.
std::vector<Era> World::open_eras(Slot from) const {
    std::vector<Era> eras;
    const Slot last = checker_.chosen_through() + shape_.settings.alpha;
    for (Slot slot = from; slot <= last; slot = next(slot)) {
        const Voters& voters = checker_.voters(slot);
        if (eras.empty() || eras.back().voters != voters) {
            eras.push_back({.from = slot, .voters = voters});
        }
    }
    return eras;
}

// What the disk of a process that is not lost would hold after a loss of power now: votes through
// `doubt` may be gone, and all through `known` is known to be chosen.
World::Holding World::holding(ProcessIndex index) const {
    Disk left = processes_[index].disk;
    Choices none = Choices::from_seed(0);
    Dice unused(none, Site::DiskFault, index);
    left.crash(Leftover::None, unused);
    const auto disk = left.recover();
    if (!disk) return {.readable = false, .doubt = {}, .known = {}};
    const Slot snapshot = disk->snapshot ? disk->snapshot->through : Slot{};
    return {.readable = true,
            .doubt = disk->doubt_through,
            .known = std::max(snapshot, disk->watermark)};
}

// Who, but for this process, still has every vote, or what was chosen in its place: on its own
// disk, or on one that lost nothing. So disks may be struck one after the other, as long as of each
// datum enough good copies stay.
std::vector<ProcessIndex> World::holders_without(ProcessIndex index) const {
    std::vector<std::pair<ProcessIndex, Slot>> doubters;
    std::vector<ProcessIndex> holders;
    for (ProcessIndex i = 0; i < processes_.size(); ++i) {
        const Process& p = processes_[i];
        if (i == index || p.state == ProcessState::Lost) continue;
        const Holding held =
            p.ever_struck ? holding(i) : Holding{.readable = true, .doubt = {}, .known = {}};
        if (!held.readable) continue;
        if (held.doubt == Slot{}) {
            holders.push_back(i);
        } else {
            doubters.emplace_back(i, held.doubt);
        }
    }
    Slot known;
    if (!doubters.empty()) {
        for (const ProcessIndex sound : holders) known = std::max(known, holding(sound).known);
    }
    for (const auto& [doubter, through] : doubters) {
        if (through <= known) holders.push_back(doubter);
    }
    return holders;
}

// Whether all sets of voters keep their quorums without this process.
bool World::can_spare(ProcessIndex index) const {
    if (shape_.founds && !checker_.founded()) return may_wipe();
    const std::vector<ProcessIndex> holders = holders_without(index);
    for (const Voters& voters : voter_sets()) {
        VoterBits left{};
        for (const ProcessIndex holder : holders) left = left | bit_of(voters, id_of(holder));
        for (const Phase phase : {Phase::One, Phase::Two}) {
            if (!is_quorum(shape_.settings.quorums, voters, phase, left)) return false;
        }
    }
    return true;
}

// Whether this process may lose votes without anybody's noticing: fewer do than any two quorums
// share. Only while the voters stay the same.
bool World::may_forget(ProcessIndex index) const {
    if (weather_.has.has(FaultKind::VotersChanged)) return false;
    if (std::ranges::find(forgetful_, id_of(index)) != forgetful_.end()) return true;
    if (options_.profile.beyond_fault_model) return true;
    // Other voters may have quorums that share fewer, and leaders give votes without being asked.
    const MemberOptions& leaders = shape_.options.front().members;
    if (leaders.promotes || leaders.dead_after > 0) return false;
    const std::size_t overlap = smallest_overlap(shape_.settings.quorums, shape_.settings.voters);
    return forgetful_.size() + 1 < overlap;
}

void World::pause(ProcessIndex index) {
    Process& p = process(index);
    ++p.paused;
    if (p.state != ProcessState::Up) return;
    p.state = ProcessState::Paused;
    note(traces::NodePaused{.node = id_of(index)});
}

void World::resume(ProcessIndex index) {
    Process& p = process(index);
    if (p.paused > 0) --p.paused;
    if (p.paused > 0 || p.state != ProcessState::Paused) return;
    p.state = ProcessState::Up;
    note(traces::NodeResumed{.node = id_of(index)});
    for (const Appointment& waited : p.waiting) agenda_.add(now_, waited.what, waited.index);
    p.waiting.clear();
    p.timer_at = Process::none;
    p.armed_for = never;
    arm(index);
}

void World::stall(ProcessIndex index) {
    ++process(index).stalled;
    note(traces::DiskStalled{.node = id_of(index)});
}

void World::unstall(ProcessIndex index) {
    Process& p = process(index);
    if (p.stalled > 0) --p.stalled;
    if (p.stalled > 0) return;
    note(traces::DiskFlows{.node = id_of(index)});
    if (p.state != ProcessState::Up) return;  // What waits for a paused process goes on waiting.
    for (const Appointment& waited : p.waiting) agenda_.add(now_, waited.what, waited.index);
    p.waiting.clear();
}

}  // namespace decree::sim
