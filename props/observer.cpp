#include "props/observer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/contract.hpp"
#include "core/hash.hpp"
#include "props/accepted_never_goes_back.hpp"
#include "props/acknowledged_is_durable.hpp"
#include "props/agreement.hpp"
#include "props/applied_prefix.hpp"
#include "props/durable_state_survives.hpp"
#include "props/founding_record_never_changes.hpp"
#include "props/learned_is_chosen.hpp"
#include "props/only_members_take_part.hpp"
#include "props/promises_never_go_back.hpp"
#include "props/slot_quorums.hpp"
#include "props/step_kind.hpp"

namespace decree::props {

namespace {
// Steps of a node between two looks at its queues; digests are compared at slots that are
// multiples.
constexpr std::uint32_t load_period = 16;
constexpr std::uint64_t digest_period = 16;
}  // namespace

Observer::Observer(const Settings& settings)
    : settings_(settings),
      electorates_(settings.voters, table_),
      reference_(settings),
      bounds_(settings) {
    nodes_.reserve(NodeSet::capacity);  // Nobody moves when another one is heard of.
    make_room();
    call_ = "Founding";
    report(quorums_meet(settings_.quorums, electorates_.newest()));
}

void Observer::keep(Violation found) {
    if (violation_) return;
    std::string signature = found.property;
    if (!found.signature.empty()) signature += " (" + found.signature + ")";
    signature += " at ";
    signature += event_ != nullptr ? step_kind(*event_) : std::string(call_);
    found.signature = std::move(signature);
    violation_ = std::move(found);
}

Observer::GhostNode& Observer::ghost(NodeId id) {
    const NodeIndex index = table_.index(id);
    if (index >= nodes_.size()) make_room();
    return nodes_[index];
}

void Observer::make_room() {
    while (nodes_.size() < table_.size()) {
        const NodeIndex index = nodes_.size();
        GhostNode& added = nodes_.emplace_back();
        added.id = table_.id(index);
        added.index = index;
        promised_.emplace_back();
    }
}

// --- A node's life
// --------------------------------------------------------------------------------

void Observer::started(const NodeView& view, const Options& options, const Recovered& disk) {
    if (!fine()) return;
    call_ = "Start";
    bounds_.allow(options);
    begin_reference(view);
    GhostNode& node = ghost(view.id);
    ENSURE(!node.up && !node.lost, "only a node that is down, and not for good, starts");
    node.up = true;
    if (disk.heads.incarnation != Incarnation{}) ++sometimes_.restarts;
    restart(node, disk);
    node.opened_before = node.opened;
    node.watching = Watching{.options = options.members,
                             .election = options.election,
                             .since = never,
                             .heard = {},
                             .ballot = {},
                             .opened = {},
                             .knew = {},
                             .told = {},
                             .answered = {}};
    node.granted = Granted{.to = {}, .until = {}, .ever = node.granted.ever, .silent_until = never};
    // By hand nothing is said that was not asked for.
    const bool returned = disk.heads.incarnation != Incarnation{} && !options.by_hand;
    node.standing = Standing{.unrecognized = returned,
                             .recognized_by = {},
                             .refused_by = {},
                             .incarnation = {},
                             .life = {}};
    node.promised = Ballot{};
    node.chosen_through = Slot{};
    node.applied = Slot{};
    look_at_list(node, view);
    compare_with_disk(node, view);
    look_at(node, view);
}

void Observer::restart(GhostNode& node, const Recovered& disk) {
    // What stands before the end that was read has survived, be it by luck.
    sync(node, disk.place.end);
    node.disk.lose_pending([&](const PendingRecord& gone) {
        if (gone.kind != RecordView::Kind::Vote) return;
        SlotVotes* const votes = votes_.find(gone.slot);
        BallotVotes* const vote = votes == nullptr ? nullptr : votes->find(gone.ballot);
        if (vote == nullptr || vote->durable.has(node.index)) return;
        vote->written.remove(node.index);
        ++sometimes_.unsynced_lost;
    });
    const std::uint64_t charter = disk.charter ? hash_bytes(encode(*disk.charter)) : 0;
    const bool keeps_charter = !node.rotted && (disk.damage.empty() || charter != 0);
    if (keeps_charter) {
        report(
            founding_record_never_changes(node.id, node.disk.durable.charter, charter, "Restart"));
    }
    if (std::exchange(node.rotted, false)) {
        believe(node, disk);
        forget_lost_votes(node);
    } else {
        report(durable_state_survives(node.id, node.disk.durable, node.disk.durable_through, disk));
        // What is lost is not on the disk any more, but the node must still not hide it; and what
        // it promised was not lost.
        if (!disk.damage.empty()) {
            const DiskState before = node.disk.durable;
            believe(node, disk);
            for (DiskState* const side : {&node.disk.durable, &node.disk.written}) {
                side->promised = before.promised;
                side->incarnation = before.incarnation;
            }
        }
    }
    if (disk.snapshot) node.disk.store_snapshot(disk.snapshot->through);
    // Where the node never wrote of a slot, it forgot nothing.
    const Slot doubted = std::min(disk.doubt_through, node.disk.durable.held);
    node.disk.durable.doubted = node.disk.written.doubted = doubted;
    node.disk.durable.doubt_told = node.disk.written.doubt_told = disk.doubt_through;
}

/// The disk has lost something: what it shows now is all that it holds.
void Observer::believe(GhostNode& node, const Recovered& disk) {
    node.disk = GhostDisk{};
    node.disk.durable_through = disk.place.end;
    DiskState& state = node.disk.durable;
    state.promised = disk.heads.promised;
    state.incarnation = disk.heads.incarnation;
    state.watermark = disk.watermark;
    state.held = disk.place.highest;
    state.charter = disk.charter ? hash_bytes(encode(*disk.charter)) : 0;
    state.founded = disk.founded;
    if (disk.snapshot) {
        state.snapshot_through = state.snapshot_recorded = disk.snapshot->through;
        state.snapshot_replaces = {};  // What the journal still has below it, nobody knows.
        state.forget_through(disk.snapshot->through);
    }
    for (const RecoveredSlot& slot : disk.slots) {
        state.take({.kind = RecordView::Kind::Decided,
                    .slot = slot.slot,
                    .ballot = slot.ballot,
                    .digest = slot.value.digest(),
                    .incarnation = {},
                    .founded = {}});
    }
    node.disk.written = state;
}

/// Nobody could notice that votes were lost: from now on the node is judged by what is left.
void Observer::forget_lost_votes(const GhostNode& node) {
    const DiskState& state = node.disk.durable;
    for (Slot slot = next(votes_.forgotten_through()); slot <= votes_.end(); slot = next(slot)) {
        SlotVotes& votes = *votes_.find(slot);
        const DiskEntry* const left = state.find(slot);
        for (std::size_t i = 0; i < votes.size(); ++i) {
            const bool kept = left != nullptr && left->ballot >= votes[i].ballot;
            if (!kept) votes[i].written.remove(node.index);
        }
    }
}

void Observer::compare_with_disk(const GhostNode& node, const NodeView& view) {
    const DiskState& disk = node.disk.durable;
    report(promises_never_go_back(node.id, disk.promised, view.promised, "Restart"));
    const Slot first = next(std::max(disk.forgotten_through(), view.log->trimmed_through()));
    for (Slot slot = first; slot <= disk.end() && fine(); slot = next(slot)) {
        const DiskEntry* const kept = disk.find(slot);
        if (kept == nullptr) continue;
        const LogEntry* const now = view.log->find(slot);
        const auto put_off = std::ranges::find(view.put_off, slot, &RecoveredSlot::slot);
        const Ballot beside = put_off == view.put_off.end() ? Ballot{} : put_off->ballot;
        report(accepted_never_goes_back(node.id, slot, kept->ballot,
                                        now == nullptr ? beside : now->ballot, "Restart"));
    }
}

// --- A step
// ---------------------------------------------------------------------------------------

Observer::Wanted Observer::stepped(const NodeView& view, const Event& event,
                                   const Effects& effects) {
    if (!fine()) [[unlikely]]
        return Wanted::Nothing;
    event_ = &event;
    GhostNode& node = ghost(view.id);
    ENSURE(node.up, "only a node that runs makes a step");
    happen(node, view, event);
    // Whatever is said now may leave before this step's records are written.
    for (const Envelope& envelope : effects.envelopes) {
        if (view.founding != nullptr) report(only_members_take_part(node.id, envelope.message));
        if (node.standing.unrecognized || node.standing.refused_by) [[unlikely]] {
            report(returns_recognized(node.id, node.standing, envelope.message));
        }
        say(node, envelope.message);
    }
    for (const Reply& reply : effects.replies) {
        if (reply.slot <= chosen_.through()) [[likely]]
            continue;
        report(acknowledged_is_durable(node.id, reply, chosen_.through()));
    }
    if (!effects.journal.bytes.empty() && fine()) write(node, effects.journal);
    begin_reference(view);
    const Slot before = node.applied;
    if (fine()) look_at(node, view);
    event_ = nullptr;
    const bool digest = node.applied != before && node.applied.value % digest_period == 0;
    if (++node.steps % load_period == 0) return digest ? Wanted::LoadAndDigest : Wanted::Load;
    return digest ? Wanted::Digest : Wanted::Nothing;
}

/// What the event tells, before anything is said of it.
void Observer::happen(GhostNode& node, const NodeView& view, const Event& event) {
    if (node.watching.since == never) node.watching.since = event.now;
    if (node.watching.options.dead_after > 0 || node.watching.options.promotes) {
        if (const auto* const received = std::get_if<Received>(&event.what)) hear(node, *received);
    }
    if (node.granted.silent_until == never) {  // Its first step.
        node.granted.silent_until = node.granted.ever ? event.now + settings_.lease_us : Time{};
    }
    const auto* const asked = std::get_if<Requested>(&event.what);
    if (asked != nullptr && !asked->id) nameless_.insert(hash_bytes(asked->payload.bytes()));
    if (const auto* const durable = std::get_if<Durable>(&event.what)) {
        sync(node, durable->position);
    } else if (const auto* const stored = std::get_if<SnapshotStored>(&event.what)) {
        learned(node, stored->through, "SnapshotStored");
        node.disk.store_snapshot(stored->through);
        ++sometimes_.snapshots;
    }
    if (const auto* const received = std::get_if<Received>(&event.what)) {
        const auto* const told = std::get_if<Recognized>(&received->message);
        if (told != nullptr) recognize(node, received->from, *told);
    }
    if (node.standing.unrecognized) [[unlikely]] {  // It may have learned of other voters just now.
        for (const Slot applied : {node.applied, view.applied}) {
            if (is_recognized(node, next(applied))) node.standing.unrecognized = false;
        }
    }
}

void Observer::look_at(GhostNode& node, const NodeView& view) {
    if (node.promised != view.promised) {
        report(promises_never_go_back(node.id, node.promised, view.promised, "Memory"));
        node.promised = view.promised;
        const bool opens = event_ != nullptr && view.promised.node == node.id;
        if (opens) {
            node.watching.opened = event_->now;
            node.watching.knew = view.chosen_through;
            node.watching.answered.clear();
        }
    }
    if (node.chosen_through != view.chosen_through) {
        learned(node, view.chosen_through, "Memory");
        node.chosen_through = view.chosen_through;
    }
    if (node.applied != view.applied && fine()) look_at_applied(node, view);
}

void Observer::look_at_applied(GhostNode& node, const NodeView& view) {
    report(applied_never_goes_back(node.id, node.applied, view.applied));
    learned(node, view.applied, "Applied");
    const Slot first = std::max(next(node.applied), next(view.log->trimmed_through()));
    for (Slot slot = first; slot <= view.applied && fine(); slot = next(slot)) {
        const LogEntry* const entry = view.log->find(slot);
        const Choice& choice = *chosen_.find(slot);
        if (entry == nullptr || choice.is(entry->value)) [[likely]]
            continue;
        report(agreement(slot, choice, node.id, entry->value));
    }
    node.applied = view.applied;
    if (!fine() || view.applied == Slot{}) return;
    report(applied_prefix(node.id, view.applied, *view.machine,
                          reference_.after(view.applied).machine, reference_.machine()));
    compare_snapshots(view);
}

void Observer::loaded(NodeId node, std::string_view name, std::size_t size, std::size_t bound) {
    call_ = "Step";
    report(bounded_queue(node, name, size, bound));
}

void Observer::digested(NodeId node, Slot applied, std::uint64_t digest) {
    call_ = "Step";
    const auto [it, first] = digests_.try_emplace(applied, node, digest);
    if (first) return;
    report(applied_prefix(node, applied, digest, it->second.first, it->second.second));
}

// --- The end
// --------------------------------------------------------------------------------------

void Observer::finish_convergence(std::span<const FinalState> core) {
    if (!fine()) return;
    call_ = "End";
    report(convergence(core, chosen_.highest()));
}

std::uint64_t Observer::digest() const {
    const Slot applied = reference_.applied();
    std::uint64_t digest = mix(applied.value, executed_);
    if (applied != Slot{}) digest = mix(digest, reference_.after(applied).machine);
    return mix(digest, shown_);
}

}  // namespace decree::props
