#pragma once

/// Histories written by hand, and histories changed in ways whose effect on the verdict is known.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "props/history/check.hpp"
#include "traces/history/read.hpp"

namespace decree::history::test {

/// An answer that tells nothing but that it was done.
inline constexpr Response ok{.status = Status::Ok, .told = std::nullopt};

/// A history of one register: lines like `0 :invoke :write 1`.
inline History of_register(const std::string& lines) {
    std::istringstream in(lines);
    std::string text;
    for (std::string line; std::getline(in, line);) {
        const std::size_t first = line.find_first_not_of(' ');
        if (first != std::string::npos) text += "INFO  test - " + line.substr(first) + "\n";
    }
    auto history = traces::read_history(text, cas_register());
    if (!history) ADD_FAILURE() << history.error().line << ": " << history.error().what;
    return history ? *std::move(history) : History{};
}

/// A history in our own format.
inline History of_json(const std::string& text, const Model& model) {
    auto history = traces::read_history(text, model);
    if (!history) ADD_FAILURE() << history.error().line << ": " << history.error().what;
    return history ? *std::move(history) : History{};
}

inline std::vector<const Call*> pointers(const History& history) {
    std::vector<const Call*> calls;
    for (const Call& call : history.calls) calls.push_back(&call);
    return calls;
}

inline bool linearizable(const History& history, const Model& model) {
    const Report report = check(history, model);
    EXPECT_TRUE(report.verdict == Verdict::Linearizable ||
                report.verdict == Verdict::NotLinearizable);
    return report.verdict == Verdict::Linearizable;
}

/// An invocation or a return.
struct Event {
    std::size_t call{};
    bool returns{};
};

inline std::vector<Event> events_of(const History& history) {
    std::vector<std::pair<Moment, Event>> all;
    for (std::size_t i = 0; i < history.calls.size(); ++i) {
        const Interval& interval = history.calls[i].interval;
        all.emplace_back(interval.invoked, Event{i, false});
        if (interval.returned != 0) all.emplace_back(interval.returned, Event{i, true});
    }
    std::ranges::sort(all, {}, &std::pair<Moment, Event>::first);
    std::vector<Event> events;
    for (const auto& [moment, event] : all) events.push_back(event);
    return events;
}

/// The calls of `history`, with the events in that order. Calls of which no event is there are left
/// out; those that do not return are of unknown outcome.
inline History reordered(const History& history, const std::vector<Event>& events) {
    std::vector<Call> calls = history.calls;
    for (Call& call : calls) call.interval = {};
    History out;
    for (const Event& event : events) {
        Interval& interval = calls[event.call].interval;
        (event.returns ? interval.returned : interval.invoked) = ++out.events;
    }
    for (Call& call : calls) {
        if (call.interval.invoked == 0) continue;
        if (call.interval.returned == 0) call.response = {};
        out.calls.push_back(std::move(call));
    }
    std::ranges::sort(out.calls, {}, [](const Call& call) { return call.interval.invoked; });
    return out;
}

/// SplitMix64: the same everywhere.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

private:
    std::uint64_t state_;
};

}  // namespace decree::history::test
