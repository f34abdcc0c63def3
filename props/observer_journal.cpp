#include <algorithm>
#include <utility>

#include "core/hash.hpp"
#include "props/accepted_never_goes_back.hpp"
#include "props/agreement.hpp"
#include "props/at_most_once.hpp"
#include "props/learned_is_chosen.hpp"
#include "props/no_claim_beyond_disk.hpp"
#include "props/observer.hpp"
#include "props/one_value_per_ballot.hpp"
#include "props/promises_never_go_back.hpp"
#include "props/seats_by_majority.hpp"
#include "props/slot_quorums.hpp"
#include "props/words.hpp"

namespace decree::props {

namespace {
// Slots of which all is kept after they are chosen; of older ones only what was chosen.
constexpr std::uint64_t kept_slots = 1024;
}  // namespace

// --- What a node writes
// ---------------------------------------------------------------------------

void Observer::write(GhostNode& node, const JournalAppend& append) {
    const bool readable = for_each_record(
        append, [&](const RecordView& record) { return write_record(node, record); },
        [&](Ballot promised, Position end) {
            const Ballot before = node.disk.written.promised;
            report(promises_never_go_back(node.id, before, promised, "GroupHead"));
            node.disk.end_group(promised, end);
            return fine();
        });
    if (readable || !fine()) return;
    report(violated("DurableStateSurvives", "Unreadable",
                    words(node.id, " appends bytes that are no records")));
}

bool Observer::write_record(GhostNode& node, const RecordView& record) {
    using Kind = RecordView::Kind;
    const DiskState& written = node.disk.written;
    switch (record.kind) {
    case Kind::Started:
        if (record.node != node.id || record.incarnation <= written.incarnation) {
            report(violated("BallotsAreUnique", "Started",
                            words(node.id, " starts as ", record.node, ", incarnation ",
                                  record.incarnation, ", after ", written.incarnation)));
        }
        break;
    case Kind::Promise:
        report(promises_never_go_back(node.id, written.promised, record.ballot, "Record"));
        break;
    case Kind::Vote:
        write_vote(node, record);
        return fine();
    case Kind::Decided:
        write_decided(node, record);
        return fine();
    case Kind::Watermark:
        write_watermark(node, record.slot);
        break;
    case Kind::Founding:
        write_founding(node, record);
        return fine();
    case Kind::Snapshot:
        if (record.slot > node.disk.durable.snapshot_through) {
            report(violated(
                "NoClaimBeyondDisk", "SnapshotRecord",
                words(node.id, " writes that its snapshot through slot ", record.slot,
                      " is durable, and it is only through ", node.disk.durable.snapshot_through)));
        }
        break;
    }
    node.disk.write({.kind = record.kind,
                     .slot = record.slot,
                     .ballot = record.ballot,
                     .digest = 0,
                     .incarnation = record.incarnation,
                     .founded = {}});
    return fine();
}

void Observer::write_vote(GhostNode& node, const RecordView& record) {
    const DiskState& written = node.disk.written;
    report(promises_never_go_back(node.id, written.promised, record.ballot, "Vote"));
    if (const DiskEntry* const before = written.find(record.slot)) {
        report(
            accepted_never_goes_back(node.id, record.slot, before->ballot, record.ballot, "Vote"));
    }
    SlotVotes* const votes = votes_.find(record.slot);
    BallotVotes* vote = votes == nullptr ? nullptr : votes->find(record.ballot);
    if (vote != nullptr) {
        report(one_value_per_ballot(record.slot, *vote, record.value, "Vote"));
    } else {
        vote = propose(record.slot, record.ballot, Value(record.value));
    }
    if (!fine()) return;
    if (vote != nullptr) {
        vote->written.add(node.index);
        if (record.ballot.node == node.id) judge_proposal(record.slot, *vote);
    }
    const std::uint64_t digest =
        vote != nullptr ? vote->value.digest() : Value(record.value).digest();
    node.disk.write({.kind = record.kind,
                     .slot = record.slot,
                     .ballot = record.ballot,
                     .digest = digest,
                     .incarnation = {},
                     .founded = {}});
}

void Observer::write_decided(GhostNode& node, const RecordView& record) {
    const DiskState& written = node.disk.written;
    if (const DiskEntry* const before = written.find(record.slot)) {
        report(accepted_never_goes_back(node.id, record.slot, before->ballot, record.ballot,
                                        "Decided"));
    }
    const DiskEntry entry{
        .ballot = record.ballot, .digest = Value(record.value).digest(), .decided = true};
    report(learned_is_chosen(node.id, record.slot, &entry, chosen_.find(record.slot), "Decided"));
    if (!fine()) return;
    node.disk.write({.kind = record.kind,
                     .slot = record.slot,
                     .ballot = record.ballot,
                     .digest = entry.digest,
                     .incarnation = {},
                     .founded = {}});
}

void Observer::write_watermark(const GhostNode& node, Slot through) {
    learned(node, through, "Watermark");
    const DiskState& written = node.disk.written;
    const Slot first = next(std::max(written.watermark, written.forgotten_through()));
    for (Slot slot = first; slot <= through && fine(); slot = next(slot)) {
        report(
            learned_is_chosen(node.id, slot, written.find(slot), chosen_.find(slot), "Watermark"));
    }
}

// --- What becomes durable, and chosen
// -------------------------------------------------------------

void Observer::sync(GhostNode& node, Position position) {
    node.disk.sync(position, [&](const PendingRecord& record) {
        if (record.kind == RecordView::Kind::Vote) cast(node, record);
        if (record.kind == RecordView::Kind::Founding) node.charter = record.digest;
    });
    Ballot& ever = promised_[node.index];
    ever = std::max(ever, node.disk.durable.promised);
}

void Observer::cast(const GhostNode& node, const PendingRecord& vote) {
    SlotVotes* const votes = votes_.find(vote.slot);
    BallotVotes* const now = votes == nullptr ? nullptr : votes->find(vote.ballot);
    if (now == nullptr)
        return;  // Forgotten, and so chosen; what it is for was judged when written.
    now->written.add(node.index);
    now->durable.add(node.index);
    const Electorate& electorate = electorates_.at(vote.slot);
    if (suffices(settings_.quorums, electorate, Phase::Two, now->durable)) choose(vote.slot, *now);
}

void Observer::choose(Slot slot, const BallotVotes& votes) {
    if (const Choice* const earlier = chosen_.find(slot)) {
        report(agreement(slot, *earlier, votes));
        return;
    }
    chosen_.choose(slot, votes.ballot, votes.value);
    ++sometimes_.chosen;
    if (votes.value.empty()) ++sometimes_.noops_chosen;
    if (leader_ != votes.ballot) ++sometimes_.leaders;
    leader_ = votes.ballot;
    execute_chosen();
}

void Observer::execute_chosen() {
    while (reference_.begun() && reference_.applied() < chosen_.through() && fine()) {
        const Slot slot = next(reference_.applied());
        const auto commands = reference_.apply(chosen_.find(slot)->value);
        if (store_) begin_store_slot(slot);
        for (const ExecutedCommand& command : commands) {
            judge_seat(slot, command);
            execute(slot, command);
        }
        if (store_) end_store_slot(slot);
        sometimes_.duplicates += reference_.duplicates();
        sometimes_.stale += reference_.refused();
        const Voters& voters = reference_.machine().voters();
        note_retired(voters);
        if (electorates_.change(slot + settings_.alpha, voters, table_)) {
            ++sometimes_.member_changes;
            make_room();
            report(quorums_meet(settings_.quorums, electorates_.newest()));
        }
    }
    if (chosen_.through().value <= kept_slots) return;
    const Slot old{chosen_.through().value - kept_slots};
    votes_.forget_through(old);
    chosen_.forget_through(old);
}

/// A change that a leader decided on is made.
void Observer::judge_seat(Slot slot, const ExecutedCommand& command) {
    if (!seat_changes_.has(command.id, command.payload)) return;
    const auto change = seat_in(command.payload, {});
    if (!change || was_refused(*command.answer)) return;
    ++sometimes_.seats_changed;
    report(seat_was_free_to_change(slot, *change, slot < electorates_.newest().from, retired_));
}

/// The change of voters that a leader's command makes, for a leader to which `voters` vote.
std::optional<ChangeSeat> Observer::seat_in(Bytes payload, const Voters& voters) const {
    if (store_) return store_->seat_in(payload, voters);
    const auto decoded = decode<LogCommand>(payload);
    const auto* const change = decoded ? std::get_if<ChangeSeat>(&*decoded) : nullptr;
    return change != nullptr ? std::optional(*change) : std::nullopt;
}

bool Observer::was_refused(const Answer& answer) const {
    if (store_) {
        const auto told = store::decode_command_answer(answer);
        return !told || told->code != store::Code::Ok;
    }
    const auto told = decode_answer(answer);
    return !told || told->refused;
}

void Observer::note_retired(const Voters& voters) {
    if (voters == electorates_.newest().voters) return;
    for (const NodeId node : electorates_.newest().voters) {
        if (!std::ranges::binary_search(voters, node)) retired_.push_back(node);
    }
    std::erase_if(retired_, [&](NodeId node) { return std::ranges::binary_search(voters, node); });
}

void Observer::execute(Slot slot, const ExecutedCommand& command) {
    ++executed_;
    ++sometimes_.executed;
    if (store_) {
        execute_in_store(command);
    } else if (const auto told = decode_answer(*command.answer)) {
        lengths_.executed(executed_, *told);
    }
    const std::size_t at = operations_.find(command.id, command.payload);
    if (at == Operations::none) return;  // Validity has said so.
    Operation& operation = operations_[at];
    report(executed_twice(command.id, operation.slot, slot));
    operation.position = executed_;
    operation.slot = slot;
    operation.answer = std::move(*command.answer);
}

}  // namespace decree::props
