/// The second phase: a core is healed, all else stays as it is, and progress is demanded.

#include <algorithm>
#include <utility>

#include "core/store/command_log.hpp"
#include "sim/stuck.hpp"
#include "sim/world.hpp"

namespace decree::sim {

namespace {

// Far more than anything should take: a violation is somebody's being stuck, not being slow.
constexpr std::uint64_t patience_us = 60'000'000;
// So many election timeouts a healed core must live with what stays broken around it, and so often
// it may elect meanwhile: whoever is deaf or cut off must not depose its leader again and again.
constexpr std::uint64_t calm_elections = 40;
constexpr std::uint64_t most_elections = 5;

}  // namespace

void World::look() {
    if (!alive_phase_) {
        over_ = options_.director != nullptr;  // The end that it set.
        return over_ ? void() : begin_liveness();
    }
    if (founding_phase_) return look_at_founding();
    if (now_ >= calm_until_ && core_is_done()) {
        if (calm_until_ == 0 && dice(Site::Liveness, 1).chance(1, 2)) return begin_calm();
        const std::uint64_t elections = counts_.elections - elections_before_;
        // Members may have changed since the core was drawn: to some for whom it does not suffice.
        if (calm_until_ != 0 && elections > most_elections && suffices(core_ids())) {
            return fail({.property = "Liveness",
                         .details = "a healed core has elected " + std::to_string(elections) +
                                    " leaders while nothing went wrong: " + describe_core(),
                         .signature = "Liveness: a healed core elects again and again"});
        }
        std::vector<const Node*> nodes;
        for (const ProcessIndex index : core_) nodes.push_back(&*process(index).node);
        checker_.finish_convergence(nodes);
        if (checker_.violation()) return fail(*checker_.violation());
        over_ = true;
        return;
    }
    if (now_ >= must_be_done_by_) return judge_stuck();
    agenda_.add(now_ + shape_.options.front().election / 4, Due::Look, 0);
}

void World::begin_liveness() {
    if (shape_.founds && !checker_.founded()) return begin_founding_for_good();
    std::vector<ProcessIndex> core = draw_core();
    if (core.empty()) {  // Too much is lost for good.
        ++counts_.without_core;
        over_ = true;
        return;
    }
    for (const ProcessIndex index : core) give_right_list(index);
    begin_progress(std::move(core));
}

void World::begin_progress(std::vector<ProcessIndex> core) {
    core_ = std::move(core);
    ++counts_.liveness_checked;
    alive_phase_ = true;
    if (options_.recorder != nullptr) {
        note(traces::LivenessBegan{.core = core_ids()});
    }
    must_be_done_by_ = now_ + patience_us + 100 * shape_.options.front().election;
    heal(core_);
    send_probes();
    if (shape_.store) calm_local();
    agenda_.add(now_ + shape_.options.front().election / 4, Due::Look, 0);
}

// All is answered. Now clients ask again, and whatever is frozen goes on being so.
void World::begin_calm() {
    ++counts_.calm_checked;
    const std::uint64_t election = shape_.options.front().election;
    calm_until_ = now_ + calm_elections * election;
    must_be_done_by_ = calm_until_ + patience_us;
    elections_before_ = counts_.elections;
    send_probes();
    agenda_.add(now_ + election / 4, Due::Look, 0);
}

// Whether a node starts with that disk at all.
bool World::can_be_believed(const Process& p) {
    const auto disk = p.disk.recover();
    return disk && (!p.beginning || first_settings(*p.beginning, p.options.self, *disk));
}

// Any processes that can run and that suffice for all voters in force; mostly no more than needed.
std::vector<ProcessIndex> World::draw_core() {
    Dice draw = dice(Site::Liveness, 0);
    std::vector<ProcessIndex> able;
    for (ProcessIndex i = 0; i < processes_.size(); ++i) {
        const Process& p = processes_[i];
        const bool starts = p.running() || !p.disk_struck || can_be_believed(p);
        // Whoever peers may refuse is one that the core must do without.
        if (p.state != ProcessState::Lost && starts && !p.made_older) able.push_back(i);
    }
    draw.shuffle(able);
    std::uint32_t extra = draw.chance(1, 3) ? draw.below(able.size() + 1) : 0;
    std::vector<NodeId> nodes;
    std::vector<ProcessIndex> core;
    bool enough = false;
    for (const ProcessIndex index : able) {
        if (enough && extra-- == 0) break;
        core.push_back(index);
        nodes.push_back(id_of(index));
        enough = enough || (suffices(nodes) && can_become_members(core));
    }
    std::ranges::sort(core);
    if (enough) enough = can_become_members(core);  // With those who came last.
    return enough ? core : std::vector<ProcessIndex>{};
}

std::vector<NodeId> World::core_ids() const {
    std::vector<NodeId> nodes;
    for (const ProcessIndex index : core_) nodes.push_back(id_of(index));
    return nodes;
}

// Whether they hold quorums of all voters in force.
bool World::suffices(const std::vector<NodeId>& core) const {
    for (const Era& era : open_eras(next(checker_.chosen_through()))) {
        VoterBits present{};
        for (const NodeId node : core) present = present | bit_of(era.voters, node);
        for (const Phase phase : {Phase::One, Phase::Two}) {
            if (!is_quorum(shape_.settings.quorums, era.voters, phase, present)) return false;
        }
    }
    return true;
}

void World::heal(const std::vector<ProcessIndex>& core) {
    for (Process& p : processes_) {  // Frozen: nothing more goes wrong, nothing gets better.
        p.steps_until_crash = Process::unlimited;
        p.crashes_to_come = 0;
        p.start_at = Process::none;
        p.strike.reset();
        p.sync_fails = false;
    }
    for (const ProcessIndex a : core) {
        for (const ProcessIndex b : core) network_.link(a, b) = Link{.calm = true};
        Process& p = process(a);
        p.calm = true;
        p.blocked = 0;
        p.slow_disk = 1;
        if (p.stalled > 0) {
            p.stalled = 1;
            unstall(a);
        }
        if (p.paused > 0) {
            p.paused = 1;
            resume(a);
        }
        if (p.state == ProcessState::Down) {
            p.start_at = now_;
            start(a);
        }
    }
}

void World::send_probes() {
    for (std::uint32_t i = 0; i < clients_.size(); ++i) {
        Client& client = clients_[i];
        client.to_ask = 0;
        client.ask_at = Client::none;
        for (std::size_t k = client.open.size(); k-- > 0;) {
            // A change of voters that nobody waits for any more may still come: see judge_stuck().
            if (client.open[k].kind == Operation::Kind::SetVoters) {
                forget_operation(i, k, true);
            } else {
                client.open[k].repeat_at = std::min(client.open[k].repeat_at, now_ + 1);
            }
        }
        arm_client(i);
    }
    for (const ProcessIndex member : core_) {
        const auto number = static_cast<std::uint32_t>(clients_.size());
        Client& probe = clients_.emplace_back();
        probe.origin = origin_of(number, ++sessions_);
        probe.home = member;
        probe.stays = true;
        Operation command;
        command.kind = Operation::Kind::Append;
        command.target = member;
        const std::string text = "probe" + std::to_string(number);
        command.payload = encode_command(AppendText{text});
        name_command(probe, command);
        Operation read;
        read.kind = Operation::Kind::Read;
        read.target = member;
        if (shape_.store) {
            command.payload = store::encode_command(store::Set{.path = "/probe",
                                                               .revision = store::clobber,
                                                               .value = Value(as_bytes(text)),
                                                               .session = {}});
            read.payload = store::encode_query(store::Get{.path = "/probe", .at = {}});
        }
        ask(number, std::move(command));
        ask(number, std::move(read));
        arm_client(number);
    }
}

// Everybody was answered, and all members know the same: all that the cluster chose.
bool World::core_is_done() const {
    for (const Client& client : clients_) {
        if (!client.open.empty()) return false;
    }
    const Slot known = checker_.chosen_through();
    for (std::uint64_t ahead = 2; ahead <= shape_.settings.alpha; ++ahead) {
        if (checker_.chosen(known + ahead)) return false;  // The gap before it is still open.
    }
    for (const ProcessIndex index : core_) {
        const Process& p = processes_[index];
        if (p.state != ProcessState::Up || p.node->applied() != known) return false;
    }
    if (shape_.store && !watchers_are_served()) return false;
    // Dear, so last.
    const std::uint64_t digest = processes_[core_.front()].node->applied_digest();
    return std::ranges::all_of(core_, [&](ProcessIndex index) {
        return processes_[index].node->applied_digest() == digest;
    });
}

/// What the nodes say of themselves is under judgement: what their disks hold is asked.
void World::judge_stuck() {
    CoreFacts facts{.quorums = shape_.settings.quorums,
                    .members = {},
                    .eras = open_eras(Slot{1}),
                    .chosen_through = checker_.chosen_through()};
    bool sound = true;  // Who is down has a disk that explains it.
    for (const ProcessIndex index : core_) {
        const Process& p = process(index);
        const auto disk = p.disk.recover();
        if (!p.node || !disk) {
            sound = sound && p.disk.is_bad();
            continue;
        }
        CoreMember member{.node = id_of(index),
                          .chosen_through = std::max(p.node->chosen_through(), disk->watermark),
                          .doubt_through = disk->doubt_through,
                          .snapshot_through = {},
                          .votes = {}};
        if (disk->snapshot) member.snapshot_through = disk->snapshot->through;
        for (const RecoveredSlot& held : disk->slots) member.votes.push_back(held.slot);
        facts.members.push_back(std::move(member));
    }
    const auto why = sound ? allowed_to_be_stuck(facts) : std::nullopt;
    if (why) {
        ++counts_.stuck_allowed;
        note(traces::Remark{"allowed to be stuck: " + *why});
        over_ = true;
        return;
    }
    fail({.property = "Liveness",
          .details = "a healed core makes no progress: " + describe_core(),
          .signature = "Liveness: a healed core is stuck, " + stuck_shape()});
}

// What is missing, without numbers: so that different bugs are not taken for the same.
std::string World::stuck_shape() const {
    bool leads = false;
    bool behind = false;
    for (const ProcessIndex index : core_) {
        const Process& p = processes_[index];
        if (p.state != ProcessState::Up) return "a member is down";
        leads = leads || p.role == Role::Leading;
        behind = behind || p.node->applied() < checker_.chosen_through();
    }
    if (!leads) return "nobody leads";
    if (behind) return "a member is behind";
    for (const Client& client : clients_) {
        for (const Operation& open : client.open) {
            return open.kind == Operation::Kind::Read ? "a read waits" : "a command waits";
        }
    }
    if (shape_.store && !watchers_are_served()) return "a watcher waits";
    return "members differ";
}

std::string World::describe_core() const {
    std::string text;
    for (const ProcessIndex index : core_) {
        const Process& p = processes_[index];
        text += "N" + std::to_string(id_of(index).value);
        if (!p.node) {
            text += " does not run; ";
            continue;
        }
        text += " has applied through slot " + std::to_string(p.node->applied().value) + " as " +
                std::string(reflect::enumerator_names<Role>[static_cast<std::size_t>(p.role)]) +
                "; ";
    }
    text += "chosen through slot " + std::to_string(checker_.chosen_through().value);
    std::size_t owed = 0;
    for (const Client& client : clients_) owed += client.open.size();
    if (owed > 0) text += "; clients wait for " + std::to_string(owed) + " answers";
    return text;
}

}  // namespace decree::sim
