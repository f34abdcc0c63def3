#include "props/history/search.hpp"

#include <array>

#include <gtest/gtest.h>
#include <fmt/format.h>

#include "props/history/memo.hpp"
#include "props/history/timeline.hpp"
#include "tests/history/little_history.hpp"

namespace decree::history::test {
namespace {

/// Goal: calls that are open at once have different slots, and slots are used again.
/// Method: two that overlap, then a third; one of unknown outcome has a slot of its own kind.
TEST(Timeline, GivesOpenCallsDifferentSlots) {
    const History history = of_register(R"(
        0 :invoke :write 1
        1 :invoke :write 2
        0 :ok :write 1
        2 :invoke :write 3
        0 :invoke :write 4
        0 :ok :write 4
        1 :ok :write 2)");
    const auto calls = pointers(history);
    const Timeline timeline(calls, cas_register());
    ASSERT_EQ(timeline.entries(), 4U);
    EXPECT_NE(timeline.entry(0).slot, timeline.entry(1).slot);
    EXPECT_EQ(timeline.entry(3).slot, timeline.entry(0).slot);
    EXPECT_TRUE(timeline.entry(2).unknown);
    EXPECT_EQ(timeline.known_slots(), 2U);
    EXPECT_EQ(timeline.unknown_slots(), 1U);
    EXPECT_EQ(timeline.steps().size(), 7U);
}

/// Goal: what is not known yet is unknown, and what says nothing is left out.
/// Method: the same history, looked at before the end: a write that returns later, a read that
/// does.
TEST(Timeline, KnowsOnlyWhatWasKnownThen) {
    const History history = of_register(R"(
        0 :invoke :write 1
        1 :invoke :read nil
        2 :invoke :write 2
        2 :ok :write 2
        0 :ok :write 1
        1 :ok :read 1)");
    const auto calls = pointers(history);
    const Timeline timeline(calls, cas_register(), {.until = 4});
    ASSERT_EQ(timeline.entries(), 2U);
    EXPECT_TRUE(timeline.entry(0).unknown);
    EXPECT_FALSE(timeline.entry(1).unknown);
    const Timeline all(calls, cas_register());
    EXPECT_EQ(all.entries(), 3U);
    EXPECT_EQ(all.unknown_slots(), 0U);
    const Timeline part(calls, cas_register(), {.before = 5});
    EXPECT_EQ(part.entries(), 3U);
    EXPECT_EQ(part.steps().size(), 4U);
    EXPECT_FALSE(part.entry(0).unknown);
}

/// Goal: of calls of unknown outcome that ask for the same, each knows the one before it.
/// Method: three writes, two of the same value.
TEST(Timeline, FindsTwins) {
    const History history = of_register(R"(
        0 :invoke :write 1
        1 :invoke :write 2
        2 :invoke :write 1)");
    const auto calls = pointers(history);
    const Timeline timeline(calls, cas_register());
    EXPECT_EQ(timeline.entry(0).twin, Entry::none);
    EXPECT_EQ(timeline.entry(1).twin, Entry::none);
    EXPECT_EQ(timeline.entry(2).twin, 0U);
}

/// Goal: a configuration is known once it was added, or one that has spent a part of what it has.
/// Method: sets of spent calls, growing and shrinking; other steps, states and open calls.
TEST(Memo, KnowsWhatSpentMore) {
    Memo memo(1, 2);
    using Words = std::array<std::uint64_t, 2>;
    const std::array<std::uint64_t, 1> open = {0b10};
    EXPECT_TRUE(memo.add(1, 1, open, Words{0b110, 0}));
    EXPECT_FALSE(memo.add(1, 1, open, Words{0b110, 0}));
    EXPECT_FALSE(memo.add(1, 1, open, Words{0b111, 0b1}));
    EXPECT_TRUE(memo.add(1, 1, open, Words{0b10, 0}));
    EXPECT_TRUE(memo.add(1, 1, open, Words{0b1, 0b1}));
    EXPECT_FALSE(memo.add(1, 1, open, Words{0b10, 0b1}));
    EXPECT_TRUE(memo.add(2, 1, open, Words{0b110, 0}));
    EXPECT_TRUE(memo.add(1, 2, open, Words{0b110, 0}));
    const std::array<std::uint64_t, 1> others = {0b11};
    EXPECT_TRUE(memo.add(1, 1, others, Words{0b110, 0}));
    EXPECT_EQ(memo.size(), 6U);
}

/// Goal: a memo keeps what it knows when it grows.
/// Method: many more than it begins with room for, then all of them again.
TEST(Memo, Grows) {
    Memo memo(1, 0);
    for (int again = 0; again < 2; ++again) {
        for (std::uint32_t i = 0; i < 10'000; ++i) {
            const std::array<std::uint64_t, 1> open = {i % 7};
            EXPECT_EQ(memo.add(i, i % 3, open, {}), again == 0);
        }
    }
    EXPECT_EQ(memo.size(), 10'000U);
    EXPECT_GT(memo.bytes(), 10'000U * sizeof(std::uint64_t));
}

Verdict verdict_of(const std::string& lines) {
    const History history = of_register(lines);
    const auto calls = pointers(history);
    const Timeline timeline(calls, cas_register());
    return Search(timeline, cas_register()).run();
}

/// Goal: what Herlihy and Wing mean: calls that overlap may take effect in any order, others not.
/// Method: two writes and a read that sees the first of them, with and without an overlap.
TEST(Search, RespectsRealTime) {
    EXPECT_EQ(verdict_of(R"(
        0 :invoke :write 1
        1 :invoke :write 2
        0 :ok :write 1
        1 :ok :write 2
        2 :invoke :read nil
        2 :ok :read 1)"),
              Verdict::Linearizable);
    EXPECT_EQ(verdict_of(R"(
        0 :invoke :write 1
        0 :ok :write 1
        1 :invoke :write 2
        1 :ok :write 2
        2 :invoke :read nil
        2 :ok :read 1)"),
              Verdict::NotLinearizable);
}

/// Goal: an unknown call may take effect late, or never, but not twice, and not before it was made.
/// Method: an unknown write, which reads see late, twice with another value between, or too early.
TEST(Search, LetsUnknownCallsTakeEffectOnceAtAnyTime) {
    const std::string late = R"(
        0 :invoke :write 1
        0 :info :write :timed-out
        1 :invoke :write 2
        1 :ok :write 2
        1 :invoke :read nil
        1 :ok :read 2)";
    EXPECT_EQ(verdict_of(late), Verdict::Linearizable);
    const std::string seen = late + R"(
        1 :invoke :read nil
        1 :ok :read 1)";
    EXPECT_EQ(verdict_of(seen), Verdict::Linearizable);
    EXPECT_EQ(verdict_of(seen + R"(
        1 :invoke :write 3
        1 :ok :write 3
        1 :invoke :read nil
        1 :ok :read 1)"),
              Verdict::NotLinearizable);
    EXPECT_EQ(verdict_of(R"(
        1 :invoke :read nil
        1 :ok :read 1
        0 :invoke :write 1
        0 :info :write :timed-out)"),
              Verdict::NotLinearizable);
}

/// Goal: twins are as many calls as they are.
/// Method: two unknown writes of the same value explain that it comes back once, not twice.
TEST(Search, UsesEachTwinOnce) {
    const std::string twice = R"(
        0 :invoke :write 1
        1 :invoke :write 1
        2 :invoke :read nil
        2 :ok :read 1
        2 :invoke :write 2
        2 :ok :write 2
        2 :invoke :read nil
        2 :ok :read 1)";
    EXPECT_EQ(verdict_of(twice), Verdict::Linearizable);
    EXPECT_EQ(verdict_of(twice + R"(
        2 :invoke :write 2
        2 :ok :write 2
        2 :invoke :read nil
        2 :ok :read 1)"),
              Verdict::NotLinearizable);
}

/// Goal: a refused compare-and-set is an observation, also with an unknown one outstanding.
/// Method: refused though the value is there; refused because an unknown one came first.
TEST(Search, BelievesRefusals) {
    EXPECT_EQ(verdict_of(R"(
        0 :invoke :write 1
        0 :ok :write 1
        1 :invoke :cas [1 2]
        1 :fail :cas [1 2])"),
              Verdict::NotLinearizable);
    EXPECT_EQ(verdict_of(R"(
        0 :invoke :write 1
        0 :ok :write 1
        2 :invoke :cas [1 3]
        2 :info :cas :timed-out
        1 :invoke :cas [1 2]
        1 :fail :cas [1 2]
        1 :invoke :read nil
        1 :ok :read 3)"),
              Verdict::Linearizable);
}

/// Goal: all ends are found, and none that only spent more.
/// Method: an unknown write over a known one: two states, the first at no cost.
TEST(Search, FindsAllEnds) {
    const History history = of_register(R"(
        0 :invoke :write 1
        1 :invoke :write 2
        2 :invoke :write 3
        1 :ok :write 2
        2 :ok :write 3)");
    const auto calls = pointers(history);
    const Timeline timeline(calls, cas_register());
    Search search(timeline, cas_register());
    EXPECT_EQ(search.run_to_all_ends({{}}), Verdict::Linearizable);
    ASSERT_EQ(search.ends().size(), 2U);
    EXPECT_EQ(search.ends()[0].state, "2");
    EXPECT_EQ(search.ends()[1].state, "3");
    EXPECT_TRUE(search.ends()[0].unknown.empty());
}

/// Goal: a value that nobody can have stored is known at once.
/// Method: forty concurrent writes, and a read of another value.
TEST(Search, KnowsWhatNobodyStored) {
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += fmt::format("{} :invoke :write {}\n", i, i);
    for (int i = 0; i < 40; ++i) lines += fmt::format("{} :ok :write {}\n", i, i);
    const History history = of_register(lines + "0 :invoke :read nil\n0 :ok :read 77\n");
    const auto calls = pointers(history);
    const Timeline timeline(calls, cas_register());
    Search search(timeline, cas_register());
    EXPECT_EQ(search.run(), Verdict::NotLinearizable);
    EXPECT_LT(search.states(), 200U);
}

/// Goal: many texts appended at once are no trouble once somebody has seen them.
/// Method: sixteen appends that overlap, seen in some order; and seen in an order that cannot be.
TEST(Search, FollowsTheTextThatIsSeenLater) {
    constexpr std::uint64_t appends = 16;
    History history;
    std::string seen;
    for (std::uint64_t i = 0; i < appends; ++i) {
        Call& call = history.calls.emplace_back();
        const std::string text = "<" + std::to_string(i * 5 % appends) + ">";
        call.operation = {.function = Function::Append, .key = "", .value = text, .expected = ""};
        call.interval = {.invoked = i + 1, .returned = 100 + i};
        call.response.status = Status::Ok;
        seen.insert(0, text);
    }
    Call& get = history.calls.emplace_back();
    get.operation.function = Function::Get;
    get.interval = {.invoked = 200, .returned = 201};
    get.response = {.status = Status::Ok, .told = seen};
    const auto calls = pointers(history);
    const Timeline timeline(calls, kv());
    Search search(timeline, kv());
    EXPECT_EQ(search.run(), Verdict::Linearizable);
    EXPECT_LT(search.states(), 200U);
    get.response.told = seen + "<0>";
    const Timeline wrong(calls, kv());
    Search again(wrong, kv());
    EXPECT_EQ(again.run(), Verdict::NotLinearizable);
    EXPECT_LT(again.states(), 200U);
}

class Impatient final : public Watcher {
public:
    [[nodiscard]] bool go_on(std::uint64_t, Moment) override { return false; }
};

/// Goal: a search ends where its limits are, or when somebody wants it to.
/// Method: concurrent writes of many values, of which the last two reads see two, one after the
/// other, which takes millions of states; by states, by bytes, and by a watcher.
TEST(Search, EndsAtItsLimits) {
    History history;
    for (std::uint64_t i = 0; i < 40; ++i) {
        Call& call = history.calls.emplace_back();
        call.operation.function = Function::Write;
        call.operation.value = std::to_string(i);
        call.interval = {.invoked = i + 1, .returned = 100 + i};
        call.response.status = Status::Ok;
    }
    for (const Moment at : {200U, 202U}) {
        Call& read = history.calls.emplace_back();
        read.operation.function = Function::Read;
        read.interval = {.invoked = at, .returned = at + 1};
        read.response = {.status = Status::Ok, .told = std::to_string(at - 190)};
    }
    const auto calls = pointers(history);
    const Timeline timeline(calls, cas_register());
    Search by_states(timeline, cas_register(), {.states = 1000});
    EXPECT_EQ(by_states.run(), Verdict::BeyondLimits);
    EXPECT_LE(by_states.states(), 1001U);
    Search by_bytes(timeline, cas_register(), {.bytes = 100'000});
    EXPECT_EQ(by_bytes.run(), Verdict::BeyondLimits);
    Impatient impatient;
    Search watched(timeline, cas_register(), {}, &impatient);
    EXPECT_EQ(watched.run(), Verdict::Stopped);
    const Report report = check(history, cas_register(), {.states = 1000});
    EXPECT_EQ(report.verdict, Verdict::BeyondLimits);
    EXPECT_EQ(report.unjudged, "");
    EXPECT_EQ(check(history, cas_register(), {}, &impatient).verdict, Verdict::Stopped);
}

/// Goal: many calls of unknown outcome of which each is seen once cost no more than their number,
/// squared.
/// Method: writes that never return, read one after the other, the last first; with and without one
/// that is read once more.
TEST(Search, UnknownWritesThatAreSeenOnceAreCheap) {
    constexpr int writes = 40;
    std::string lines;
    for (int i = 1; i <= writes; ++i) lines += fmt::format("{} :invoke :write {}\n", i, i);
    const auto read = [](int value) {
        return fmt::format("0 :invoke :read nil\n0 :ok :read {}\n", value);
    };
    for (int i = writes; i >= 1; --i) lines += read(i);
    for (const bool again : {false, true}) {
        const Report report = check(of_register(again ? lines + read(7) : lines), cas_register());
        EXPECT_EQ(report.verdict, again ? Verdict::NotLinearizable : Verdict::Linearizable);
        EXPECT_LT(report.states, std::uint64_t{4 * writes * writes});
    }
}

}  // namespace
}  // namespace decree::history::test
