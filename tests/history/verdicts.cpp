#include <gtest/gtest.h>

#include "props/history/check.hpp"
#include "props/history/online.hpp"
#include "tests/history/little_history.hpp"
#include "tests/history/recorded.hpp"

namespace decree::history::test {
namespace {

/// Goal: every recorded history gets the verdict that others gave it, and never none.
/// Method: all files of tests/data/histories.
TEST(RecordedHistories, AreJudgedAsOthersJudgedThem) {
    ASSERT_EQ(recorded().size(), 74U);
    for (const Recorded& each : recorded()) {
        const Report report = check(each.history, *each.model);
        const Verdict wanted = each.linearizable ? Verdict::Linearizable : Verdict::NotLinearizable;
        EXPECT_EQ(report.verdict, wanted) << each.file;
        EXPECT_FALSE(report.unjudged) << each.file;
        EXPECT_EQ(report.contradiction.has_value(), !each.linearizable) << each.file;
    }
}

/// Goal: the search is made small by thinking, not by waiting: few states are visited.
/// Method: states of all files; a search without our two rules visits 179,127 for one of them.
TEST(RecordedHistories, NeedFewStates) {
    for (const Recorded& each : recorded()) {
        EXPECT_LT(check(each.history, *each.model).states, 10'000U) << each.file;
    }
}

/// Goal: the prefix that is named is the shortest that fails, and each call that is named returned
/// in it.
/// Method: judge the prefix, and the one that is an event shorter.
TEST(RecordedHistories, FailSinceTheNamedEvent) {
    for (const Recorded& each : recorded()) {
        if (each.linearizable) continue;
        const auto contradiction = check(each.history, *each.model).contradiction;
        ASSERT_TRUE(contradiction) << each.file;
        const Contradiction& found = *contradiction;
        std::vector<Event> events = events_of(each.history);
        const auto later = [&](const Event& event) {
            const Interval& interval = each.history.calls[event.call].interval;
            return (event.returns ? interval.returned : interval.invoked) > found.prefix;
        };
        std::erase_if(events, later);
        EXPECT_FALSE(linearizable(reordered(each.history, events), *each.model)) << each.file;
        events.pop_back();
        EXPECT_TRUE(linearizable(reordered(each.history, events), *each.model)) << each.file;
        ASSERT_NE(found.first, nullptr) << each.file;
        EXPECT_EQ(found.kind, Contradiction::Kind::Pair) << each.file;
        EXPECT_TRUE(found.shortest) << each.file;
        EXPECT_EQ(found.second->interval.returned, found.prefix) << each.file;
        EXPECT_LT(found.first->interval.returned, found.prefix) << each.file;
    }
}

/// Goal: a history that is fed call by call gets the same verdict.
/// Method: all files, event by event; what is of unknown outcome is given up at once, or never.
TEST(RecordedHistories, AreJudgedAlikeInsideARun) {
    for (const Recorded& each : recorded()) {
        for (const bool gives_up : {false, true}) {
            Online online(*each.model);
            std::vector<Online::CallNumber> numbers(each.history.calls.size());
            std::vector<Event> events = events_of(each.history);
            for (const Event& event : events) {
                const Call& call = each.history.calls[event.call];
                if (event.returns) {
                    online.returned(numbers[event.call], call.response);
                    continue;
                }
                numbers[event.call] = online.invoked(call.operation);
                const bool unknown = call.response.status == Status::Unknown;
                if (unknown && gives_up) online.given_up(numbers[event.call]);
            }
            for (std::size_t i = 0; i < numbers.size() && !gives_up; ++i) {
                const bool unknown = each.history.calls[i].response.status == Status::Unknown;
                if (unknown) online.given_up(numbers[i]);
            }
            const Verdict wanted =
                each.linearizable ? Verdict::Linearizable : Verdict::NotLinearizable;
            EXPECT_EQ(online.verdict(), wanted) << each.file << " " << gives_up;
            EXPECT_EQ(online.violation().has_value(), !each.linearizable) << each.file;
        }
    }
}

}  // namespace
}  // namespace decree::history::test
