/// Snapshots: made, stored, sent, installed; and what may be forgotten because of them.

#include <algorithm>

#include "core/contract.hpp"
#include "core/journal/snapshot_file.hpp"
#include "core/node/node.hpp"

namespace decree {

/// The journal says through where its newest records are the chosen values. Not while a snapshot
/// from a peer is still on its way to the disk: below it the journal may hold other votes.
void Node::write_watermark() {
    if (snapshots_.installed > snapshots_.stored) return;
    watermark_written_ = learner_.chosen_through;
    journal_.add(WatermarkRecord{.through = watermark_written_});
}

/// Begins a snapshot when it is time, and writes one piece of it a step.
void Node::make_snapshot(Effects& out) {
    if (!snapshots_.making) {
        if (!snapshot_due()) return;
        begin_snapshot(out);
    }
    const Slot through = snapshots_.making->through();
    scratch_.bytes.clear();
    if (snapshots_.making->piece(snapshots_.next_piece, scratch_.bytes)) {
        add_snapshot_output(through, snapshots_.next_piece++, scratch_.bytes, out);
        return;
    }
    end_snapshot_output(through, snapshots_.next_piece, out);
    keep_what_is_sent();
    snapshots_.latest = std::move(snapshots_.making);
    snapshots_.making.reset();
}

bool Node::snapshot_due() {
    const Slot last = std::max(snapshots_.committed, snapshots_.stored);
    if (snapshots_.committed > snapshots_.stored || executor_.applied() <= last) return false;
    // One that comes in goes first, unless nothing comes of it and there is no room to go on.
    const bool stuck = needs_room() && snapshot_stalls();
    if (catching_up_.restorer && stuck) catching_up_.restorer.reset();
    if (catching_up_.restorer) return false;
    return executor_.applied().value - last.value >= options_.snapshot_every ||
           acceptor_.log().bytes() >= options_.log_bytes / 2;
}

void Node::begin_snapshot(Effects& out) {
    snapshots_.making.emplace(executor_, options_.part_bytes);
    snapshots_.next_piece = 0;
    const Slot through = snapshots_.making->through();
    out.took(Rule::SnapshotBegun, {}, {}, through);
    begin_snapshot_output(through, out);
}

/// `latest` is about to be replaced. A node that is in the middle of a snapshot goes on with that
/// one: under load the next would replace it before it was through, and so on without end.
void Node::keep_what_is_sent() {
    const auto lasts = [&](const Demand& demand) {
        return demand.last != Time{} && now_ < demand.last + longest_break(demand.interval);
    };
    if (!snapshots_.sent || !lasts(snapshots_.sent_demand)) {
        snapshots_.sent.reset();
        if (lasts(snapshots_.demand)) {
            snapshots_.sent = std::move(snapshots_.latest);
            snapshots_.sent_demand = snapshots_.demand;
        }
    }
    snapshots_.demand = {};
}

void Node::begin_snapshot_output(Slot through, Effects& out) {
    out.snapshot.emplace_back(SnapshotBegin{.through = through});
    SnapshotBytes bytes{.through = through, .bytes = {}};
    begin_snapshot_file(through, bytes.bytes);
    out.snapshot.emplace_back(std::move(bytes));
}

void Node::add_snapshot_output(Slot through, std::uint64_t index, Bytes piece, Effects& out) {
    SnapshotBytes bytes{.through = through, .bytes = {}};
    add_snapshot_piece(through, index, piece, bytes.bytes);
    out.snapshot.emplace_back(std::move(bytes));
}

void Node::end_snapshot_output(Slot through, std::uint64_t pieces, Effects& out) {
    SnapshotBytes bytes{.through = through, .bytes = {}};
    end_snapshot_file(through, pieces, bytes.bytes);
    out.snapshot.emplace_back(std::move(bytes));
    out.snapshot.emplace_back(SnapshotCommit{.through = through});
    out.took(Rule::SnapshotCommitted, {}, {}, through);
    snapshots_.committed = through;
    snapshots_.committed_at = now_;
}

/// The disk has the snapshot: the log may forget what it covers, but for a stretch that spares
/// laggards a whole snapshot; the journal, once it says so itself.
void Node::stored(Slot through, Effects& out) {
    if (through > snapshots_.committed || through <= snapshots_.stored) return;
    snapshots_.stored = through;
    heads_.snapshot_through = through;
    out.took(Rule::SnapshotDurable, {}, {}, through);
    journal_.add(SnapshotRecord{.through = through});
    outbox_.hold(OwnSnapshot{.through = through});
    trim_as_asked(out);
    const Slot before = acceptor_.log().trimmed_through();
    if (through.value > options_.keep_slots)
        acceptor_.trim(Slot{through.value - options_.keep_slots});
    const Log& log = acceptor_.log();
    while (log.bytes() > options_.log_bytes / 4 && log.trimmed_through() < through) {
        acceptor_.trim(next(log.trimmed_through()));
    }
    if (log.trimmed_through() != before)
        out.took(Rule::LogTrimmed, {}, {}, acceptor_.log().trimmed_through());
}

void Node::send_snapshot_piece(NodeId to, const CatchUp& question, Effects& out) {
    ENSURE(snapshots_.latest.has_value(), "what is trimmed is in a snapshot");
    const Slot wanted = question.snapshot_through;
    const bool older = snapshots_.sent && snapshots_.sent->through() == wanted;
    const Frozen& snapshot = older ? *snapshots_.sent : *snapshots_.latest;
    const bool resumes = wanted == snapshot.through();
    Demand& demand = older ? snapshots_.sent_demand : snapshots_.demand;
    if (demand.last != Time{}) {
        const std::uint64_t since = now_.value - demand.last.value;
        demand.interval = std::max(demand.interval, std::min(since, slowest_pace()));
    }
    demand.last = now_;
    const std::uint64_t index = resumes ? question.next_piece : 0;
    ByteBuffer& bytes = scratch_.bytes;
    bytes.clear();
    if (!snapshot.piece(index, bytes)) return refuse_message(to, out);
    out.took(Rule::SnapshotPieceSent, to, {}, snapshot.through());
    ByteBuffer following;
    for (std::uint64_t piece = index;; ++piece) {
        following.clear();
        const bool last = !snapshot.piece(piece + 1, following);
        send(to,
             SnapshotPiece{.through = snapshot.through(),
                           .piece = piece,
                           .last = last,
                           .bytes = Value(Bytes(bytes))},
             out);
        if (last || !options_.by_hand) return;  // By hand all of it is one message.
        std::swap(bytes, following);
    }
}

/// Takes the next piece of the snapshot under way; or the first of another one, when none is under
/// way, or nothing comes of it any more, or its source has a newer one.
void Node::receive(NodeId from, const SnapshotPiece& message, Effects& out) {
    std::optional<Restorer>& restorer = catching_up_.restorer;
    const bool newer =
        restorer && from == catching_up_.source && message.through > restorer->through();
    const bool free = !restorer || newer || snapshot_stalls();
    const bool begins = message.piece == 0 && message.through > learner_.chosen_through && free &&
                        (!restorer || restorer->through() != message.through);
    if (begins) {
        snapshots_.making.reset();
        restorer.emplace(message.through, machine().fresh());
        begin_snapshot_output(message.through, out);
    }
    const bool expected = restorer && message.through == restorer->through() &&
                          message.piece == restorer->next_piece() &&
                          message.through > learner_.chosen_through;
    if (!expected) {
        if (restorer && restorer->through() <= learner_.chosen_through) restorer.reset();
        return out.took(Rule::SnapshotPieceIgnored, from, {}, message.through);
    }
    if (!restorer->take(message.bytes.bytes())) {
        restorer.reset();
        ++bad_messages_;
        return out.took(Rule::SnapshotRefusedBadBytes, from, {}, message.through);
    }
    out.took(Rule::SnapshotPieceTaken, from, {}, message.through);
    catching_up_.source = from;
    catching_up_.piece_at = now_;
    add_snapshot_output(message.through, message.piece, message.bytes.bytes(), out);
    note_answer(from);
    if (message.last) install(from, out);
    if (catching_up_.restorer && !options_.by_hand) ask_to_catch_up(from, out);
}

/// The snapshot is whole: from here on this node is as if it had applied all of it.
void Node::install(NodeId from, Effects& out) {
    const Slot through = catching_up_.restorer->through();
    const std::uint64_t pieces = catching_up_.restorer->next_piece();
    auto executor = catching_up_.restorer->finish(settings_);
    catching_up_.restorer.reset();
    if (!executor) {
        ++bad_messages_;
        return out.took(Rule::SnapshotRefusedBadBytes, from, {}, through);
    }
    end_snapshot_output(through, pieces, out);
    out.took(Rule::SnapshotInstalled, from, {}, through);
    // A leader whose slots others decided no longer knows what was chosen in them. Were it to go
    // on, its watermark would bless what it proposed there itself.
    if (role() == Role::Leading) step_down(Rule::SteppedDownOvertaken, {}, out);
    const bool voted = votes();
    executor_ = std::move(*executor);
    keep_what_is_sent();
    snapshots_.latest.emplace(executor_, options_.part_bytes);
    snapshots_.installed = through;
    learner_.chosen_through = through;
    acceptor_.trim(through);
    learner_.advance(acceptor_);
    look_up_changes(out);
    note_members_changed(voted, out);
    answer_from_table(out);
    execute(learner_.chosen_through, out);
    move_proposer(out, true);
    serve_pointed();
}

}  // namespace decree
