#include <algorithm>

#include "core/contract.hpp"
#include "props/acknowledged_is_durable.hpp"
#include "props/observer.hpp"

namespace decree::props {

void Observer::asked(std::uint64_t operation, const RequestId& id, const Value& payload) {
    if (!fine()) return;
    Operation& call = operations_.place(operation);
    ++call.times_asked;
    if (call.kind == Operation::Kind::Unasked) {
        call.kind = Operation::Kind::Command;
        call.id = id;
        call.payload = payload;
        call.interval.invoked = operations_.next_moment();
        call.floor = shown_;
        operations_.name(operation);
        return;
    }
    const bool same = call.kind == Operation::Kind::Command && call.id.origin == id.origin &&
                      call.id.incarnation == id.incarnation && call.id.number == id.number &&
                      call.payload == payload;
    ENSURE(same, "a retry is the same request");
}

void Observer::asked_read(std::uint64_t operation, const Value& question) {
    if (!fine()) return;
    Operation& call = operations_.place(operation);
    ++call.times_asked;
    if (call.kind != Operation::Kind::Unasked) return;
    call.kind = Operation::Kind::Read;
    call.payload = question;
    call.interval.invoked = operations_.next_moment();
    call.floor = shown_;
}

void Observer::answered(std::uint64_t operation, Outcome outcome, const Answer& answer) {
    if (!fine()) return;
    call_ = "Answer";
    Operation& call = operations_.place(operation);
    ENSURE(call.kind != Operation::Kind::Unasked, "only what was asked is answered");
    if (call.interval.returned != 0) return;  // A late answer to an earlier try changes nothing.
    call.interval.returned = operations_.next_moment();
    call.outcome = outcome;
    if (outcome != Outcome::Done) {
        report(refused_is_not_executed(call));
        return;
    }
    if (call.kind == Operation::Kind::Command) {
        ++sometimes_.commands_answered;
        report(acknowledged_is_durable(call, chosen_.through()));
        if (fine()) report(command_in_order(call, answer));
        shown_ = std::max(shown_, 2 * call.position);
        return;
    }
    ++sometimes_.reads_answered;
    if (store_) return answered_read_of_store(call, answer);
    const auto told = decode_answer(answer);
    if (!told || !lengths_.begun()) return;  // Another machine's answer.
    call.length = told->length;
    ReadVerdict verdict = read_in_order(call, *told, lengths_, executed_);
    report(std::move(verdict.violation));
    shown_ = std::max(shown_, verdict.point);
}

void Observer::finish_history() {
    if (!fine()) return;
    call_ = "End";
    std::vector<Placed> calls;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        const Operation& operation = operations_[i];
        if (operation.kind == Operation::Kind::Command) {
            report(refused_is_not_executed(operation));
            if (operation.position == 0) continue;
            history::Interval interval = operation.interval;
            if (operation.outcome != Outcome::Done) interval.returned = 0;
            calls.push_back({.interval = interval,
                             .first = 2 * operation.position,
                             .last = 2 * operation.position,
                             .operation = i});
        }
        if (operation.last != 0) {
            calls.push_back({.interval = operation.interval,
                             .first = operation.first,
                             .last = operation.last,
                             .operation = i});
            continue;
        }
        const bool read = operation.kind == Operation::Kind::Read &&
                          operation.interval.returned != 0 && operation.outcome == Outcome::Done;
        const auto window = read ? lengths_.window(operation.length, executed_) : std::nullopt;
        if (window) {
            calls.push_back({.interval = operation.interval,
                             .first = window->first,
                             .last = window->last,
                             .operation = i});
        }
    }
    report(linearizability(calls));
}

}  // namespace decree::props
