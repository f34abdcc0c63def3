/// The store: the chosen log by its dumb twin, and what nodes answer of themselves.

#include <algorithm>

#include "core/overload.hpp"
#include "props/equal_snapshots.hpp"
#include "props/fencing.hpp"
#include "props/observer.hpp"
#include "props/store_answers.hpp"
#include "props/store_reads.hpp"
#include "props/words.hpp"

namespace decree::props {

namespace {

// Whole snapshots are compared once in so many slots.
constexpr std::uint64_t snapshot_period = 32;

const store::Store& store_of(const StateMachine& machine) {
    return dynamic_cast<const store::Store&>(machine);
}

// At which revision a question wants to know.
store::At revision_of(const store::StoreQuery& question) {
    return std::visit(
        [](const auto& asked) -> store::At {
            if constexpr (requires { asked.at; }) return asked.at;
            return std::nullopt;
        },
        question);
}

// The revision of the store to which an answer belongs, if it tells.
store::At shown_revision(const store::StoreQuery& question, const store::QueryAnswer& answer) {
    const bool tells =
        answer.code == store::Code::Ok && !std::holds_alternative<store::SubtreeRev>(question);
    return tells ? store::At(answer.revision) : std::nullopt;
}

// If that is why the store refused to change who holds the slots.
void count_refused_seats(std::string_view detail, Sometimes& sometimes) {
    if (detail == "no voter left") ++sometimes.voterless_refused;
    if (detail.ends_with(" in two slots")) ++sometimes.doubled_refused;
    if (detail.starts_with("no node ")) ++sometimes.unknown_refused;
    if (detail == "a change of voters is pending") ++sometimes.hasty_refused;
}

}  // namespace

/// A value turns up in a slot for the first time.
void Observer::note_proposed(Slot slot, const Value& value) {
    if (store_) proposed_at_[slot].emplace_back(value.digest(), now_);
}

/// When the value that is chosen there was proposed.
Time Observer::proposed_at(Slot slot) const {
    const auto found = proposed_at_.find(slot);
    if (found == proposed_at_.end()) return now_;
    const std::uint64_t digest = chosen_.find(slot)->digest;
    const auto value =
        std::ranges::find(found->second, digest, &std::pair<std::uint64_t, Time>::first);
    return value == found->second.end() ? now_ : value->second;
}

/// The slot's stamp takes effect before its commands, and can be seen between them.
void Observer::begin_store_slot(Slot slot) {
    const Time proposed = proposed_at(slot);
    store_before_ = store_->model().last();
    for (const store::SessionId over : store_->begin_slot(reference_.stamp(), proposed)) {
        ++sometimes_.sessions_expired;
        const SignOfLife* const sign = store_->last_sign(over);
        if (sign != nullptr) report(session_not_hurried(over, *sign, proposed, clocks_));
    }
    if (store_->slot_changed()) store_->placed(++executed_);
    proposed_at_.erase(proposed_at_.begin(), proposed_at_.upper_bound(slot));
}

/// REQUIRES: executed_ counts it already.
void Observer::execute_in_store(const ExecutedCommand& command) {
    const auto expected = store_->execute(command.payload);
    report(answer_is_the_models(command.id, command.payload, *command.answer, expected,
                                settings_.answer_bytes));
    store_->placed(executed_);
    if (!expected || expected->code != store::Code::Ok) {
        ++sometimes_.store_refusals;
        if (expected) count_refused_seats(expected->detail, sometimes_);
        return;
    }
    const auto decoded = store::decode_command(command.payload);
    if (const auto* const lock = std::get_if<store::Acquire>(&*decoded)) {
        const Token given{.token = expected->revision, .holder = lock->session};
        report(token_fences(lock->path, store_->token(lock->path), given));
        store_->acquired(lock->path, given);
        ++sometimes_.locks_acquired;
    }
}

void Observer::end_store_slot(Slot slot) {
    store_->end_slot();
    report(revisions_are_dense(slot, store_before_, store_of(reference_.machine()).state().history,
                               store_->model()));
}

void Observer::compare_snapshots(const NodeView& view) {
    const bool due =
        store_ && view.applied == reference_.applied() && view.applied.value % snapshot_period == 0;
    if (due) report(equal_snapshots(view.id, view.applied, *view.machine, reference_.machine()));
}

void Observer::answered_read_of_store(Operation& call, const Answer& answer) {
    const auto question = store::decode_query(call.payload.bytes());
    const auto told = store::decode_query_answer(answer);
    if (!question || !told) {
        return report(violated("Linearizability", "ReadAnswer",
                               words("a read was answered with what is no answer of the store")));
    }
    StoreReadVerdict verdict = present_read(*question, *told, call.floor, executed_, *store_);
    report(std::move(verdict.violation));
    call.first = verdict.first;
    call.last = verdict.last;
    shown_ = std::max(shown_, verdict.first);
}

void Observer::served(NodeId node, Slot applied, const store::LocalAnswer& answer) {
    if (!fine() || !store_) return;
    call_ = "Served";
    const AskedAt at{.node = node, .asker = answer.to};
    const Retained& retained = store_->after(applied);
    const store::model::Model& model = store_->model();
    const auto watch = local_.watches().find(at);
    std::visit(
        Overload{[&](const store::QueryAnswer& told) {
                     const auto read = local_.reads().find(at);
                     if (read == local_.reads().end()) return;
                     ++sometimes_.local_reads;
                     report(read_is_exact(node, applied, read->second, told, *store_));
                     const bool present = !revision_of(read->second);
                     if (const auto shown = shown_revision(read->second, told)) {
                         const store::Revision seen = local_.seen(at, *shown);
                         if (present) report(revision_goes_on(node, seen, *shown));
                     }
                     local_.forget(at);
                 },
                 [&](const store::Told& told) {
                     if (watch == local_.watches().end()) return;
                     ++sometimes_.watches_told;
                     const bool late = told.code == store::Code::TooLate;
                     if (late) ++sometimes_.watches_too_late;
                     report(told_in_order(node, watch->second, told, model.events, retained));
                     static_cast<void>(local_.seen(at, told.through));
                     const bool once = watch->second.request.kind == store::WatchKind::Once;
                     if (late || once) local_.forget(at);
                 },
                 [&](const store::Refusal& refusal) {
                     refused_locally(at, applied, refusal);
                     local_.forget(at);
                 }},
        answer.what);
}

/// The limits of what is asked of nodes are taken to be the same all along: a node that is behind
/// may judge by earlier ones.
void Observer::refused_locally(const AskedAt& at, Slot applied, const store::Refusal& refusal) {
    const auto watch = local_.watches().find(at);
    const auto read = local_.reads().find(at);
    if (watch != local_.watches().end()) {
        report(watch_is_refused(at.node, watch->second.request, refusal, store_->after(applied),
                                local_.watches_beside(at), store_->model().settings));
    } else if (read != local_.reads().end()) {
        report(read_is_refused(at.node, applied, read->second, refusal, local_.reads_beside(at),
                               *store_));
    }
}

void Observer::served_all(NodeId node, Slot applied) {
    if (!fine() || !store_) return;
    call_ = "Served";
    const Retained& retained = store_->after(applied);
    for (const auto& [at, watch] : local_.watches()) {
        if (at.node != node) continue;
        report(nothing_is_owed(node, watch, store_->model().events, retained));
    }
    for (const auto& [at, question] : local_.reads()) {
        // Below 1 is 1.
        const store::At revision = revision_of(question);
        const bool owed = at.node == node &&
                          (!revision || std::max(*revision, store::Revision{1}) <= retained.last);
        if (owed) {
            report(violated(
                "ExactReads", "Owed",
                words(node, " has revision ", retained.last, ", and does not answer who waits for ",
                      revision.value_or(store::Revision{}))));
        }
    }
}

}  // namespace decree::props
