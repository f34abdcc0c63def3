/// Clusters that found themselves: who is given which list, who reaches whom, whose place a new
/// node takes, and what whoever runs the nodes does when founding is blocked.

#include <algorithm>
#include <utility>

#include "sim/world.hpp"

namespace decree::sim {

namespace {

// Where nobody ever listens.
constexpr const char* nowhere = "nowhere";
// Far more than founding should take.
constexpr std::uint64_t patience_us = 60'000'000;

bool has(const std::vector<ProcessIndex>& some, ProcessIndex index) {
    return std::ranges::find(some, index) != some.end();
}

}  // namespace

// --- What a node is given
// -------------------------------------------------------------------------

void World::add_founders() {
    for (ProcessIndex i = 0; i < shape_.voters; ++i) {
        holders_.push_back(i);
        process(i).place = i;
    }
}

// What a new process is given. Every wrong list has the first address, too: so two lists are never
// those of two clusters that have nothing to do with each other.
void World::draw_beginning(ProcessIndex index) {
    static constexpr std::uint64_t alphas[] = {0, 0, 1, 2, 8, 64};
    Process& p = process(index);
    Beginning beginning{
        .settings = shape_.settings, .founders = {}, .joins = p.place == Process::nowhere};
    if (options_.director != nullptr) {
        const Plan& plan = options_.director->plan();
        if (!beginning.joins) beginning.founders = shape_.addresses;
        if (const auto own = plan.lists.find(index); own != plan.lists.end()) {
            beginning.founders = own->second;
        }
        if (const auto own = plan.alphas.find(index); own != plan.alphas.end()) {
            beginning.settings.alpha = own->second;
        }
        p.beginning = std::move(beginning);
        return;
    }
    Dice draw = dice(Site::Founding, index);
    const std::uint64_t alpha = draw.one_of(alphas);
    if (alpha != 0) beginning.settings.alpha = alpha;
    if (!beginning.joins) {
        beginning.founders = shape_.addresses;
        if (shape_.lists_differ && draw.chance(1, 3)) {
            ++counts_.wrong_lists;
            const std::uint32_t without = draw.below(shape_.voters);
            if (without == 0) {
                beginning.founders.emplace_back(nowhere);
            } else {
                beginning.founders.erase(beginning.founders.begin() + without);
            }
        }
        draw.shuffle(beginning.founders);
    }
    p.beginning = std::move(beginning);
}

// Also when it starts, and what becomes of its first steps.
void World::found_later(ProcessIndex index) {
    Process& p = process(index);
    draw_beginning(index);
    if (options_.director != nullptr) return plan_start(index, now_);
    Dice draw = dice(Site::Founding, index);
    const std::uint64_t election = shape_.options.front().election;
    const std::uint64_t after = draw.chance(1, 2) ? draw.doubling(1, 2 * election) : 0;
    if (weather_.has.has(FaultKind::Crash) && draw.chance(1, 2)) {
        plan_crash(index, FaultKind::Crash,
                   {.steps = draw.below(64), .down_us = draw.doubling(100, election)});
        const bool wiped = weather_.has.has(FaultKind::DiskLost) && draw.chance(1, 3);
        if (wiped) p.strike = FaultKind::DiskLost;
    }
    plan_start(index, now_ + after);
}

// --- Who reaches whom
// -----------------------------------------------------------------------------

void World::begin_reaching(ProcessIndex index) {
    Process& p = process(index);
    if (!p.beginning || p.reaching) return;
    p.reaching = true;
    agenda_.add(now_ + 1, Due::Reach, index);
}

// Tries all addresses of its list; a connection that stands is not made again.
void World::reach(ProcessIndex index) {
    Process& p = process(index);
    p.reaching = p.running();
    if (!p.reaching) return;
    const bool member = p.node && !p.node->founding();
    agenda_.add(now_ + shape_.options.front().resend * (member ? 8 : 1), Due::Reach, index);
    for (std::size_t place = 0; place < holders_.size() && p.state == ProcessState::Up; ++place) {
        const ProcessIndex there = holders_[place];
        const std::string& address = shape_.addresses[place];
        const auto& list = p.beginning->founders;
        const bool looks = p.beginning->joins || std::ranges::find(list, address) != list.end();
        if (looks && member) be_reached(there, index);
        if (over_ || p.state != ProcessState::Up) return;
        if (!looks || knows(*p.node, address, id_of(there)) || !can_reach(index, there)) continue;
        Dice draw = dice(Site::Founding, index);
        const bool calm = alive_phase_ || options_.director != nullptr;
        if (!calm && draw.chance(1, 4)) continue;
        step(index,
             {.now = p.clock.at(now_), .what = Reached{.address = address, .node = id_of(there)}});
        if (over_) return;
    }
}

// A connection has two ends: a member at which another one arrives learns who that is, and where.
void World::be_reached(ProcessIndex index, ProcessIndex by) {
    Process& p = process(index);
    if (index == by || p.state != ProcessState::Up || p.node->founding()) return;
    const std::uint32_t place = process(by).place;
    const std::string address = place == Process::nowhere
                                    ? "host-of-" + std::to_string(id_of(by).value)
                                    : shape_.addresses[place];
    if (knows(*p.node, address, id_of(by)) || !can_reach(by, index)) return;
    step(index, {.now = p.clock.at(now_), .what = Reached{.address = address, .node = id_of(by)}});
}

bool World::knows(const Node& node, const std::string& address, NodeId there) {
    if (!node.founding()) {
        const auto& contacts = node.options().contacts;
        return there == node.id() || std::ranges::find(contacts, there) != contacts.end();
    }
    const Founding& founding = *node.founding();
    if (std::ranges::binary_search(founding.met, there)) return true;
    const auto listed = std::ranges::find(founding.founders, address, &Listed::address);
    return listed != founding.founders.end() && listed->node == there;
}

bool World::can_reach(ProcessIndex from, ProcessIndex to) const {
    if (from == to) return true;
    return processes_[to].state == ProcessState::Up && network_.link(from, to).cuts == 0 &&
           network_.link(to, from).cuts == 0;
}

// --- Whose disk was wiped
// -------------------------------------------------------------------------

// Before a cluster is founded any disk may be wiped: nothing was promised to anybody. Room is left
// for as many new processes as may be needed in the end.
bool World::may_wipe() const {
    return !checker_.founded() && processes_.size() + shape_.voters < max_processes;
}

// Whether some founder of the cluster is still at another address of the list.
bool World::founder_is_left(std::uint32_t elsewhere_than) const {
    for (std::uint32_t place = 0; place < holders_.size(); ++place) {
        const ProcessIndex there = holders_[place];
        const bool founder = std::ranges::binary_search(shape_.settings.voters, id_of(there));
        const bool lost = processes_[there].state == ProcessState::Lost;
        if (place != elsewhere_than && founder && !lost) return true;
    }
    return false;
}

// A new process takes the place of one whose disk is gone: with its list, and without its name.
void World::succeed(ProcessIndex lost) {
    Process& before = process(lost);
    if (before.place == Process::nowhere || holders_[before.place] != lost) return;
    if (processes_.size() >= max_processes) return;
    const auto index = static_cast<ProcessIndex>(processes_.size());
    const std::uint32_t place = before.place;
    std::optional<Beginning> beginning = before.beginning;
    // When all founders are gone, nobody at their addresses can tell that there is a cluster: then
    // it is for whoever runs the nodes to say so.
    if (checker_.founded() && !founder_is_left(place)) {
        beginning->founders.clear();
        beginning->joins = true;
    }
    processes_.emplace_back();  // Room is reserved: nothing moves.
    Process& p = process(index);
    p.options = shape_.options[index];
    p.place = place;
    p.beginning = std::move(beginning);
    holders_[place] = index;
    plan_start(index, now_ + 1);
}

// --- When faults have ended
// -----------------------------------------------------------------------

// The founding record that a process has on its disk, or in memory.
std::optional<Charter> World::charter_of(ProcessIndex index, bool& founded) const {
    const Process& p = processes_[index];
    founded = false;
    if (p.state == ProcessState::Lost) return std::nullopt;
    if (p.node) {
        founded = p.node->charter().has_value();
        return p.node->founding() ? p.node->founding()->charter : p.node->charter();
    }
    const auto disk = p.disk.recover();
    if (!disk) return std::nullopt;
    founded = disk->founded;
    return disk->charter;
}

// Nothing keeps them from learning that the cluster exists: each is a member, or can ask one that
// is at an address; or they are all its founders.
bool World::can_become_members(const std::vector<ProcessIndex>& core) const {
    if (!shape_.founds) return true;
    bool all = true;
    bool somebody_listed = false;
    for (const ProcessIndex index : core) {
        bool founded = false;
        static_cast<void>(charter_of(index, founded));
        all = all && founded;
        const std::uint32_t place = processes_[index].place;
        const bool listed = place != Process::nowhere && holders_[place] == index;
        somebody_listed = somebody_listed || (founded && listed);
    }
    return all || somebody_listed ||
           std::ranges::all_of(shape_.settings.voters,
                               [&](NodeId founder) { return has(core, index_of(founder)); });
}

// Whoever runs the nodes gives everybody the same list, at last; also whoever is to come in the
// place of one that is lost.
void World::give_right_list(ProcessIndex index) {
    Process& p = process(index);
    if (!p.beginning || p.beginning->joins) return;
    const bool right = ordered(p.beginning->founders) == ordered(shape_.addresses);
    if (right) return;
    p.beginning->founders = shape_.addresses;
    if (!p.running()) return;
    p.strike.reset();
    p.down_us = Process::none;
    crash(index, Leftover::All);
}

// Whether a founding record can never make a cluster any more: it names a node that is gone, or
// was drawn up from another list than all have now.
bool World::is_blocked(const Charter& charter) const {
    std::vector<std::string> list;
    bool dead = false;
    for (const Founder& founder : charter.founders) {
        list.push_back(founder.address);
        dead = dead || processes_[index_of(founder.node)].state == ProcessState::Lost;
    }
    return dead || ordered(list) != ordered(shape_.addresses);
}

// No member anywhere: as the nodes advise, the disks of all who have stored such a record are
// wiped.
bool World::wipe_blocked() {
    bool wiped = false;
    for (bool again = true; std::exchange(again, false);) {
        for (ProcessIndex i = 0; i < processes_.size(); ++i) {
            bool founded = false;
            const std::optional<Charter> charter = charter_of(i, founded);
            if (!charter || !is_blocked(*charter)) continue;
            process(i).down_us = Process::none;
            if (process(i).running()) crash(i, Leftover::All);
            ++counts_.wiped_to_mend;
            lose(i);
            wiped = again = true;
        }
    }
    const auto before = static_cast<ProcessIndex>(processes_.size());
    for (ProcessIndex i = 0; i < before; ++i) {
        if (process(i).state == ProcessState::Lost) succeed(i);
    }
    return wiped;
}

// Everybody is healed: without all founders there is no cluster.
void World::begin_founding_for_good() {
    alive_phase_ = founding_phase_ = true;
    must_be_done_by_ = now_ + patience_us + 100 * shape_.options.front().election;
    heal({});  // Nothing more goes wrong.
    for (ProcessIndex i = 0; i < processes_.size(); ++i) give_right_list(i);
    mend_founders();
    agenda_.add(now_ + shape_.options.front().election / 4, Due::Look, 0);
}

void World::mend_founders() {
    if (!wipe_blocked() && !core_.empty()) return;
    core_.clear();
    for (ProcessIndex i = 0; i < processes_.size(); ++i) {
        if (process(i).state != ProcessState::Lost) core_.push_back(i);
    }
    heal(core_);
}

bool World::voter_is_lost() const {
    const std::vector<Era> eras = open_eras(next(checker_.chosen_through()));
    return std::ranges::any_of(eras, [&](const Era& era) {
        return std::ranges::any_of(era.voters, [&](NodeId voter) {
            return processes_[index_of(voter)].state == ProcessState::Lost;
        });
    });
}

void World::look_at_founding() {
    // Whoever cannot read its disk any more is none of them, only whoever comes in its place.
    std::erase_if(core_, [&](ProcessIndex i) { return process(i).state == ProcessState::Lost; });
    const bool founded = std::ranges::all_of(core_, [&](ProcessIndex index) {
        const Process& p = processes_[index];
        return p.state == ProcessState::Up && !p.node->founding();
    });
    if (founded) {
        founding_phase_ = false;
        std::vector<ProcessIndex> core = draw_core();
        if (!core.empty()) return begin_progress(std::move(core));
        if (voter_is_lost()) {  // After it had told that it stored the record, before all had.
            ++counts_.without_core;
            over_ = true;
            return;
        }
    }
    if (founded || now_ >= must_be_done_by_) {
        return fail({.property = "Liveness",
                     .details = "founders who all run and reach each other found no cluster: " +
                                describe_founders(),
                     .signature = "Liveness: no cluster is founded"});
    }
    // A record that was on its way may have come since, and be in the way.
    if (!checker_.founded()) mend_founders();
    agenda_.add(now_ + shape_.options.front().election / 4, Due::Look, 0);
}

std::string World::describe_founders() const {
    std::string text;
    for (const ProcessIndex index : core_) {
        const Process& p = processes_[index];
        if (!text.empty()) text += "; ";
        text += "N" + std::to_string(id_of(index).value);
        if (!p.node) {
            text += " does not run";
            continue;
        }
        for (const Awaited& awaited : p.node->awaited()) text += " says: " + sentence(awaited);
        if (!p.node->founding()) text += " is a member";
    }
    return text;
}

}  // namespace decree::sim
