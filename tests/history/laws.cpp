/// Facts that make many histories of one, with verdicts that follow.

#include <map>

#include <gtest/gtest.h>

#include "tests/history/little_history.hpp"
#include "tests/history/recorded.hpp"

namespace decree::history::test {
namespace {

constexpr std::size_t variants = 8;

// Calls `change(file, chance)` some times for each file.
template <class Change>
void for_variants(Change change) {
    std::uint64_t seed = 0;
    for (const Recorded& each : recorded()) {
        for (std::size_t i = 0; i < variants; ++i) {
            Chance chance(++seed);
            SCOPED_TRACE(testing::Message() << each.file << ", seed " << seed);
            change(each, chance);
        }
    }
}

History renamed(History history, Chance& chance) {
    std::map<std::string, std::string> names = {{"", ""}};
    const std::size_t shift = chance.below(1000) + 1;
    const auto rename = [&](std::string& value) {
        const auto place = names.try_emplace(value, std::to_string(names.size() * 7 + shift));
        value = place.first->second;
    };
    for (Call& call : history.calls) {
        call.process = call.process * 3 + shift;
        rename(call.operation.value);
        rename(call.operation.expected);
        if (call.response.told) rename(*call.response.told);
    }
    return history;
}

/// Goal: what came before is linearizable, too.
/// Method: prefixes of linearizable histories, and of others both sides of where they fail.
TEST(Laws, APrefixOfALinearizableHistoryIsLinearizable) {
    for_variants([](const Recorded& each, Chance& chance) {
        std::vector<Event> events = events_of(each.history);
        if (events.empty()) return;
        const std::size_t length = chance.below(events.size() + 1);
        const Moment last = length == 0 ? 0 : [&] {
            const Event& event = events[length - 1];
            const Interval& interval = each.history.calls[event.call].interval;
            return event.returns ? interval.returned : interval.invoked;
        }();
        events.resize(length);
        const auto found = check(each.history, *each.model).contradiction;
        const bool wanted = !found || last < found->prefix;
        EXPECT_EQ(linearizable(reordered(each.history, events), *each.model), wanted);
    });
}

/// Goal: who has more time can take effect at the same moment.
/// Method: move invocations to earlier and returns to later places.
TEST(Laws, LongerCallsKeepAHistoryLinearizable) {
    for_variants([](const Recorded& each, Chance& chance) {
        std::vector<Event> events = events_of(each.history);
        if (!each.linearizable || events.empty()) return;
        for (std::size_t moves = 0; moves < 4; ++moves) {
            const std::size_t from = chance.below(events.size());
            const Event event = events[from];
            const std::size_t room = event.returns ? events.size() - from : from + 1;
            const std::size_t by = chance.below(std::min<std::size_t>(room, 12));
            events.erase(events.begin() + static_cast<std::ptrdiff_t>(from));
            const std::size_t to = event.returns ? from + by : from - by;
            events.insert(events.begin() + static_cast<std::ptrdiff_t>(to), event);
        }
        EXPECT_TRUE(linearizable(reordered(each.history, events), *each.model));
    });
}

/// Goal: names mean nothing.
/// Method: other processes, and other values one-to-one, in histories of a register.
TEST(Laws, RenamingKeepsTheVerdict) {
    for_variants([](const Recorded& each, Chance& chance) {
        if (each.model != &cas_register()) return;
        const History other = renamed(each.history, chance);
        EXPECT_EQ(linearizable(other, *each.model), each.linearizable);
    });
}

/// Goal: linearizability is local.
/// Method: two histories over different keys, their events shuffled into each other.
TEST(Laws, AUnionIsLinearizableExactlyWhenEachPartIs) {
    for_variants([](const Recorded& each, Chance& chance) {
        const Recorded& other = recorded()[chance.below(recorded().size())];
        if (other.model != each.model) return;
        History both = each.history;
        for (Call call : other.history.calls) {
            call.operation.key += "other";
            both.calls.push_back(std::move(call));
        }
        const std::vector<Event> mine = events_of(each.history);
        std::vector<Event> its = events_of(other.history);
        for (Event& event : its) event.call += each.history.calls.size();
        std::vector<Event> events;
        std::size_t i = 0;
        std::size_t j = 0;
        while (i < mine.size() || j < its.size()) {
            const bool first = j == its.size() || (i < mine.size() && chance.below(2) == 0);
            events.push_back(first ? mine[i++] : its[j++]);
        }
        EXPECT_EQ(linearizable(reordered(both, events), *each.model),
                  each.linearizable && other.linearizable);
    });
}

/// Goal: who does not know what it was told contradicts nobody.
/// Method: some calls lose their answers.
TEST(Laws, ForgettingAnAnswerKeepsAHistoryLinearizable) {
    for_variants([](const Recorded& each, Chance& chance) {
        std::vector<Event> events = events_of(each.history);
        if (!each.linearizable || events.empty()) return;
        for (std::size_t count = 0; count < 3; ++count) {
            const std::size_t which = chance.below(events.size());
            if (events[which].returns) {
                events.erase(events.begin() + static_cast<std::ptrdiff_t>(which));
            }
        }
        EXPECT_TRUE(linearizable(reordered(each.history, events), *each.model));
    });
}

/// Goal: the laws do not hold of everything: a history that is made worse is found to be worse.
/// Method: a read of a linearizable history of a register is told a value that nobody wrote.
TEST(Laws, AnAnswerFromNowhereIsFound) {
    for_variants([](const Recorded& each, Chance& chance) {
        if (!each.linearizable || each.model != &cas_register()) return;
        History history = each.history;
        std::vector<Call*> reads;
        for (Call& call : history.calls) {
            if (call.response.told) reads.push_back(&call);
        }
        if (reads.empty()) return;
        Call& read = *reads[chance.below(reads.size())];
        read.response.told = "77";
        const Report report = check(history, *each.model);
        ASSERT_EQ(report.verdict, Verdict::NotLinearizable);
        EXPECT_EQ(report.contradiction->second, &read);
    });
}

}  // namespace
}  // namespace decree::history::test
