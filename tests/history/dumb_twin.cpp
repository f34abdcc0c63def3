/// The checker against one that is too simple to be wrong: it tries every order.

#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "props/history/check.hpp"
#include "props/history/online.hpp"
#include "tests/history/little_history.hpp"

namespace decree::history::test {
namespace {

// What the objects do, told a second time. False: it was told something else.
bool takes_effect(std::string& there, const Call& call) {
    const Operation& asked = call.operation;
    const Status status = call.response.status;
    const std::string before = there;
    if (asked.function == Function::Write || asked.function == Function::Put) there = asked.value;
    if (asked.function == Function::Append) there += asked.value;
    if (asked.function == Function::Cas) {
        const bool same = before == asked.expected;
        if (same) there = asked.value;
        if (status == Status::Ok) return same;
        if (status == Status::Failed) return !same;
    }
    return !call.response.told || *call.response.told == there;
}

// Whether `order`, calls of which took effect, is one that explains everything.
bool explains(const std::vector<Call>& calls, const std::vector<std::size_t>& order) {
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            const Interval& before = calls[order[i]].interval;
            const Interval& after = calls[order[j]].interval;
            if (after.returned != 0 && after.returned < before.invoked) return false;
        }
    }
    std::map<std::string, std::string> objects;
    return std::ranges::all_of(order, [&](std::size_t i) {
        return takes_effect(objects[calls[i].operation.key], calls[i]);
    });
}

// Every choice of the calls of unknown outcome, in every order.
bool dumb_check(const std::vector<Call>& calls) {
    for (std::size_t chosen = 0; chosen < std::size_t{1} << calls.size(); ++chosen) {
        std::vector<std::size_t> order;
        bool possible = true;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const bool takes_part = (chosen >> i & 1U) != 0;
            const Status status = calls[i].response.status;
            const bool cas = calls[i].operation.function == Function::Cas;
            const bool must = status == Status::Ok || (status == Status::Failed && cas);
            const bool must_not = status == Status::Failed && !cas;
            possible = possible && (takes_part ? !must_not : !must);
            if (takes_part) order.push_back(i);
        }
        if (!possible) continue;
        do {
            if (explains(calls, order)) return true;
        } while (std::ranges::next_permutation(order).found);
    }
    return false;
}

// What a generator draws for one event.
struct Drawn {
    std::uint8_t process{};
    std::uint8_t function{};
    std::uint8_t key{};
    std::uint8_t value{};
    std::uint8_t expected{};
    std::uint8_t ending{};  // How it returns.
    std::uint8_t told{};
};

constexpr std::size_t most_calls = 6;
constexpr std::size_t histories = 20;  // In each of RapidCheck's cases.

std::string value_of(const Model& model, std::uint8_t drawn) {
    if (&model == &cas_register()) return std::to_string(drawn % 3);
    return std::string(1, static_cast<char>('a' + drawn % 2));
}

// A process that is idle calls, another one returns. Most answers are what a copy of the object
// would say that executes calls when they return; some are drawn.
class Drawing {
public:
    Drawing(const Model& model, bool revisions) : model_(&model), revisions_(revisions) {}

    void event(const Drawn& drawn) {
        const std::uint8_t process = drawn.process % 3;
        const auto open = open_.find(process);
        if (open != open_.end()) {
            const std::size_t call = open->second;
            open_.erase(open);
            return finish(history_.calls[call], drawn);
        }
        if (history_.calls.size() == most_calls) return;
        open_[process] = history_.calls.size();
        Call& call = history_.calls.emplace_back();
        call.process = process;
        call.interval.invoked = ++history_.events;
        const bool is_register = model_ == &cas_register();
        call.operation.function =
            static_cast<Function>(drawn.function % 3 + (is_register ? 0U : 3U));
        call.operation.key = is_register || drawn.key % 4 != 0 ? "" : "k";
        const bool reads = drawn.function % 3 == 0;
        if (!reads) call.operation.value = value_of(*model_, drawn.value);
        if (call.operation.function == Function::Cas) {
            call.operation.expected = value_of(*model_, drawn.expected);
        }
    }
    [[nodiscard]] const History& history() const { return history_; }

private:
    void finish(Call& call, const Drawn& drawn) {
        std::string& there = objects_[call.operation.key];
        const std::string before = there;
        if (drawn.ending % 4 == 0) {  // Unknown, and perhaps in effect.
            if (drawn.told % 2 == 0) takes_effect(there, call);
            return;
        }
        call.interval.returned = ++history_.events;
        takes_effect(there, call);
        const bool cas = call.operation.function == Function::Cas;
        call.response.status =
            cas && before != call.operation.expected ? Status::Failed : Status::Ok;
        const bool reads =
            call.operation.function == Function::Read || call.operation.function == Function::Get;
        const bool tells = reads || (model_ == &kv() && drawn.told % 3 == 0);
        if (tells) call.response.told = drawn.told % 2 == 0 ? there : before;
        if (revisions_) {
            if (!model_->only_observes(call.operation, call.response)) ++revision_;
            call.revision = revision_;
        }
        past_.emplace_back(there, revision_);
        if (drawn.ending % 4 != 1) return;
        if (reads) {
            const auto& [value, revision] = past_[drawn.value % past_.size()];
            call.response.told = value;
            if (revisions_) call.revision = revision;
        }
        if (cas) call.response.status = drawn.value % 2 == 0 ? Status::Ok : Status::Failed;
    }

    const Model* model_;
    bool
        revisions_;  // Answers come with a witness, which lies when calls of unknown outcome count.
    std::uint64_t revision_ = 0;
    History history_;
    std::map<std::uint8_t, std::size_t> open_;
    std::map<std::string, std::string> objects_;
    std::vector<std::pair<std::string, std::uint64_t>> past_ = {{"", 0}};  // What was there once.
};

History draw(const Model& model) {
    const auto byte = [] { return *rc::gen::arbitrary<std::uint8_t>(); };
    Drawing drawing(model, byte() % 2 == 0);
    const auto events = *rc::gen::inRange<std::size_t>(2, 20);
    for (std::size_t i = 0; i < events; ++i) {
        drawing.event({.process = byte(),
                       .function = byte(),
                       .key = byte(),
                       .value = byte(),
                       .expected = byte(),
                       .ending = byte(),
                       .told = byte()});
    }
    return drawing.history();
}

bool online_check(const History& history, const Model& model) {
    Online online(model);
    std::map<std::size_t, Online::CallNumber> numbers;
    for (const Event& event : events_of(history)) {
        const Call& call = history.calls[event.call];
        if (event.returns) {
            online.returned(numbers.at(event.call), call.response);
        } else {
            numbers[event.call] = online.invoked(call.operation);
        }
    }
    for (const auto& [call, number] : numbers) {
        if (history.calls[call].interval.returned == 0) online.given_up(number);
    }
    RC_ASSERT(online.verdict() != Verdict::BeyondLimits);
    return online.verdict() == Verdict::Linearizable;
}

// The calls that had returned by `prefix`, without what was told to those that returned after
// `since`, save to `second`.
std::vector<Call> forgetting(const History& history, const Contradiction& found, Moment since) {
    std::vector<Call> calls;
    for (Call call : history.calls) {
        if (call.interval.invoked > found.prefix) continue;
        const Moment returned = call.interval.returned;
        const bool forgotten = returned > since && returned < found.prefix;
        if (forgotten && call.response.status == Status::Failed) continue;
        if (forgotten || returned > found.prefix) {
            call.interval.returned = 0;
            call.response = {};
        }
        calls.push_back(std::move(call));
    }
    return calls;
}

// Whether the contradiction is what it says.
void judge(const History& history, const Contradiction& found) {
    std::vector<Event> events = events_of(history);
    events.resize(static_cast<std::size_t>(found.prefix));
    RC_ASSERT(!dumb_check(reordered(history, events).calls));
    events.pop_back();
    RC_ASSERT(dumb_check(reordered(history, events).calls));
    RC_ASSERT(found.second->interval.returned == found.prefix);
    if (found.kind == Contradiction::Kind::Lonely) {
        RC_ASSERT(!dumb_check(forgetting(history, found, 0)));
        return;
    }
    RC_ASSERT(found.kind == Contradiction::Kind::Pair);
    RC_ASSERT(found.first != nullptr);
    const Moment first = found.first->interval.returned;
    RC_ASSERT(!dumb_check(forgetting(history, found, first)));
    RC_ASSERT(dumb_check(forgetting(history, found, first - 1)));
}

void compare(const Model& model) {
    std::size_t failing = 0;
    std::size_t pairs = 0;
    std::size_t witnessed = 0;
    for (std::size_t i = 0; i < histories; ++i) {
        const History history = draw(model);
        const bool wanted = dumb_check(history.calls);
        const Report report = check(history, model);
        RC_ASSERT((report.verdict == Verdict::Linearizable) == wanted);
        RC_ASSERT((report.verdict == Verdict::NotLinearizable) == !wanted);
        RC_ASSERT(online_check(history, model) == wanted);
        if (report.witnessed > 0) ++witnessed;
        if (wanted) continue;
        judge(history, *report.contradiction);
        ++failing;
        if (report.contradiction->kind == Contradiction::Kind::Pair) ++pairs;
    }
    RC_CLASSIFY(failing > histories / 4, "a quarter is not linearizable");
    RC_CLASSIFY(witnessed > 0, "a witness");
    RC_CLASSIFY(pairs > 0, "two calls contradict each other");
}

/// Goal: the checker is right about histories of a register, and where they fail.
/// Method: small histories with unknown outcomes and untrue answers, against every order there is.
RC_GTEST_PROP(DumbTwinProperty, AgreesAboutRegisters, ()) { compare(cas_register()); }

/// Goal: the same of texts by key.
/// Method: the same, with two keys.
RC_GTEST_PROP(DumbTwinProperty, AgreesAboutTexts, ()) { compare(kv()); }

}  // namespace
}  // namespace decree::history::test
