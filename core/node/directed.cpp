/// What is asked of a node from outside (core/directed.hpp), and what it does by hand instead of
/// what it would do of itself.

#include <algorithm>

#include "core/node/node.hpp"
#include "core/overload.hpp"

namespace decree {

void Node::direct(const Directed& event, Effects& out) {
    std::visit(Overload{
                   [&](const OpenRound& d) { open_round(d.round, out); },
                   [&](const AskForChosen& d) {
                       catching_up_.asked.reset();  // Whatever is open: this asks anew.
                       ask_to_catch_up(d.of, out);
                   },
                   [&](const TellWatermark& d) {
                       if (role() != Role::Leading || d.to == options_.self) return;
                       send(d.to,
                            Heartbeat{.ballot = ballot(),
                                      .chosen_through = learner_.chosen_through,
                                      .round = {},
                                      .shown = {}},
                            out);
                   },
                   [&](const TrimLog& d) { trim_log(d.through, out); },
                   [&](const ConfirmLead&) {
                       if (role() != Role::Leading) return;
                       auto& leading = std::get<Leading>(role_);
                       leading.round = Round{leading.round.value + 1};
                       ask_round(out);
                   },
               },
               event.what);
}

void Node::open_round(std::uint64_t round, Effects& out) {
    const Ballot wanted{.round = round, .node = options_.self};
    if (wanted <= acceptor_.promised() || round >= max_number || !votes() || in_doubt()) return;
    if (lease_in_force()) return;
    if (role() != Role::Following) step_down(Rule::SteppedDownHigherBallot, wanted, out);
    open_ballot(round, out);
}

void Node::trim_log(Slot through, Effects& out) {
    if (through > executor_.applied()) return;
    snapshots_.trim_to = std::max(snapshots_.trim_to, through);
    const bool newer = executor_.applied() > std::max(snapshots_.committed, snapshots_.stored);
    // One that is coming in is written where a new one would be.
    if (newer && !snapshots_.making && !catching_up_.restorer) begin_snapshot(out);
    trim_as_asked(out);
}

void Node::trim_as_asked(Effects& out) {
    const Slot through = std::min(snapshots_.trim_to, snapshots_.stored);
    if (through <= acceptor_.log().trimmed_through()) return;
    acceptor_.trim(through);
    out.took(Rule::LogTrimmed, {}, {}, through);
}

/// By hand a leader tells all others at once of each slot that it learns to be chosen. Whoever has
/// voted there in its ballot, and said so, holds the value already.
void Node::tell_decided(Slot slot, Effects& out) {
    if (!options_.by_hand || role() != Role::Leading) return;
    const LogEntry& entry = *acceptor_.log().find(slot);
    const Proposal* const proposal = std::get<Leading>(role_).phase2.find(slot);
    const bool own = proposal != nullptr && entry.ballot == ballot();
    const auto holds = [&](NodeId node) {
        return own && (bit_of(membership().voters(slot), node).value & proposal->voted.value) != 0;
    };
    for (const NodeId node : options_.contacts) {
        if (node == options_.self) continue;
        if (holds(node)) {
            send(node, Chosen{.ballot = entry.ballot, .slot = slot}, out);
        } else {
            send_decided(node, slot, out);
        }
    }
}

/// By hand all is told that is known here: the snapshot where the log is trimmed, as one message,
/// and each other slot by itself.
void Node::answer_by_hand(NodeId from, const CatchUp& question, Effects& out) {
    Slot slot = question.from_slot;
    if (slot <= acceptor_.log().trimmed_through()) {
        send_snapshot_piece(from, question, out);
        slot = next(snapshots_.latest->through());
    }
    for (; slot <= acceptor_.log().end(); slot = next(slot)) {
        const LogEntry* const entry = acceptor_.log().find(slot);
        if (entry == nullptr || !entry->chosen) continue;
        out.took(Rule::CatchUpAnswered, from, {}, slot);
        send_decided(from, slot, out);
    }
}

void Node::send_decided(NodeId to, Slot slot, Effects& out) const {
    const LogEntry& entry = *acceptor_.log().find(slot);
    send(to,
         Decide{.entries = {{.slot = slot, .ballot = entry.ballot, .value = entry.value}},
                .chosen_through = {}},
         out);
}

}  // namespace decree
