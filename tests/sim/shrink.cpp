#include "sim/shrink.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "sim/choices.hpp"

namespace decree::sim {
namespace {

constexpr StreamKey swarm{Site::Swarm, 0};
constexpr StreamKey shape_0{Site::Shape, 0};
constexpr StreamKey fate_1_2{Site::Fate, 1 * 64 + 2};
constexpr StreamKey crash_1{Site::Crash, 1};

// Choices that nobody chose by hand: the same ones each time.
std::vector<Choice> noise(std::size_t count, std::uint32_t arity, std::uint64_t seed) {
    Choices choices = Choices::from_seed(seed);
    std::vector<Choice> drawn;
    for (std::size_t i = 0; i < count; ++i) {
        drawn.push_back({arity, choices.draw(Site::Delay, 0, arity)});
    }
    return drawn;
}

std::uint32_t value_at(const ChoiceRecord& record, StreamKey key, std::size_t index) {
    const auto found = record.find(key);
    if (found == record.end() || index >= found->second.size()) return 0;
    return found->second[index].value;
}

bool holds_value(const ChoiceRecord& record, StreamKey key, std::uint32_t value) {
    const auto found = record.find(key);
    return found != record.end() &&
           std::any_of(found->second.begin(), found->second.end(),
                       [&](const Choice& choice) { return choice.value == value; });
}

// A predicate that reads all that it is given.
template <class Fails>
StillFails reading_all(Fails fails) {
    return [fails](const ChoiceRecord& record) -> std::optional<ChoiceRecord> {
        if (!fails(record)) return std::nullopt;
        return record;
    };
}

/// Goal: two choices that only together make a run fail are found among thousands, and nothing else
/// is left.
/// Method: plant a value in each of two long streams, beside streams of noise.
TEST(Shrink, KeepsOnlyTheChoicesThatMatter) {
    ChoiceRecord record;
    record[fate_1_2] = noise(3'000, 50, 1);
    record[crash_1] = noise(500, 50, 2);
    record[{Site::Delay, 70}] = noise(4'000, 1'000, 3);
    record[swarm] = noise(30, 2, 4);
    record[fate_1_2][1'234] = {100, 77};
    record[crash_1][321] = {100, 88};
    const auto fails = [](const ChoiceRecord& r) {
        return holds_value(r, fate_1_2, 77) && holds_value(r, crash_1, 88);
    };
    const Shrunk shrunk = shrink(record, reading_all(fails), {});
    const ChoiceRecord least = {{fate_1_2, {{100, 77}}}, {crash_1, {{100, 88}}}};
    EXPECT_EQ(shrunk.record, least);
    EXPECT_TRUE(shrunk.complete);
    EXPECT_LT(shrunk.runs, 2'000U);
}

/// Goal: a choice stays where it must be: those before it are calmed, not removed.
/// Method: the run fails only by what stands at one index.
TEST(Shrink, CalmsWhatStandsBeforeAFixedPlace) {
    ChoiceRecord record;
    record[crash_1] = noise(400, 9, 5);
    record[crash_1][123] = {9, 7};
    const auto fails = [](const ChoiceRecord& r) { return value_at(r, crash_1, 123) == 7; };
    const Shrunk shrunk = shrink(record, reading_all(fails), {});
    EXPECT_EQ(shrunk.record.at(crash_1).size(), 124U);
    EXPECT_EQ(size_of(shrunk.record), (RecordSize{1, 124, 7}));
}

/// Goal: values come down to the least that fails.
/// Method: a threshold, far above 1 and far below what was drawn.
TEST(Shrink, LowersValuesToTheLeastThatFails) {
    const ChoiceRecord record = {{shape_0, {{5'000, 4'321}, {5'000, 4'000}}}};
    const auto fails = [](const ChoiceRecord& r) { return value_at(r, shape_0, 0) >= 1'023; };
    const Shrunk shrunk = shrink(record, reading_all(fails), {});
    EXPECT_EQ(shrunk.record, (ChoiceRecord{{shape_0, {{5'000, 1'023}}}}));
}

/// Goal: what a run no longer reads is gone with the choice that made it be read.
/// Method: a run that reads as many choices of a stream as its first choice says, and fails when at
/// least two of them are not calm.
TEST(Shrink, DropsWhatTheRunDoesNotRead) {
    const auto fails = [](const ChoiceRecord& given) -> std::optional<ChoiceRecord> {
        Choices choices = Choices::from_record(given);
        choices.keep_record();
        const std::uint32_t count = choices.draw(Site::Shape, 0, 1'000);
        std::uint32_t not_calm = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            not_calm += choices.draw(Site::Fate, 66, 10) == 0 ? 0U : 1U;
        }
        if (not_calm < 2) return std::nullopt;
        return choices.record();
    };
    const ChoiceRecord record = {{shape_0, {{1'000, 600}}}, {fate_1_2, noise(900, 10, 6)}};
    const Shrunk shrunk = shrink(record, fails, {});
    const ChoiceRecord least = {{shape_0, {{1'000, 2}}}, {fate_1_2, {{10, 1}, {10, 1}}}};
    EXPECT_EQ(shrunk.record, least);
}

/// Goal: a node that does nothing for the failure goes, also when it is not the last one.
/// Method: the run has as many nodes as the shape says, and fails when its last node's disk fails
/// and the last link into it loses a message.
TEST(Shrink, TakesOutNodesInTheMiddle) {
    const auto fails = [](const ChoiceRecord& r) {
        const std::uint32_t nodes = value_at(r, shape_0, 0) + 1;  // Numbered from 0.
        if (nodes < 2) return false;
        return value_at(r, {Site::DiskFault, nodes - 1}, 0) == 3 &&
               value_at(r, {Site::Fate, 0 * 64 + nodes - 1}, 0) == 2;
    };
    ChoiceRecord record;
    record[shape_0] = {{7, 4}};
    for (std::uint32_t node = 0; node < 5; ++node) {
        record[{Site::DiskFault, node}] = {{9, node == 4 ? 3U : 1U}};
        record[{Site::Fate, node}] = {{9, node == 4 ? 2U : 1U}};
    }
    const Shrunk shrunk = shrink(record, reading_all(fails), {});
    const ChoiceRecord least = {
        {shape_0, {{7, 1}}}, {{Site::DiskFault, 1}, {{9, 3}}}, {{Site::Fate, 1}, {{9, 2}}}};
    EXPECT_EQ(shrunk.record, least);
}

/// Goal: a failure that needs nothing becomes nothing.
/// Method: a predicate that always holds.
TEST(Shrink, NothingIsTheSmallestRecord) {
    const Shrunk shrunk =
        shrink({{crash_1, noise(100, 5, 7)}}, reading_all([](const auto&) { return true; }), {});
    EXPECT_TRUE(shrunk.record.empty());
    EXPECT_EQ(shrunk.runs, 1U);
}

/// Goal: the budget holds, and what is then returned still fails.
/// Method: budgets of 0 to 200 runs on one record; more runs never give a larger result.
TEST(Shrink, StopsWithinItsBudget) {
    ChoiceRecord record;
    record[fate_1_2] = noise(300, 50, 8);
    record[fate_1_2][200] = {100, 77};
    const auto fails = [](const ChoiceRecord& r) { return holds_value(r, fate_1_2, 77); };
    RecordSize last = size_of(record);
    for (std::uint64_t runs = 0; runs <= 200; runs += 10) {
        ShrinkBudget budget;
        budget.runs = runs;
        const Shrunk shrunk = shrink(record, reading_all(fails), budget);
        EXPECT_LE(shrunk.runs, runs);
        EXPECT_TRUE(fails(shrunk.record));
        EXPECT_LE(size_of(shrunk.record), last);
        last = size_of(shrunk.record);
    }
    EXPECT_EQ(last, (RecordSize{1, 1, 77}));
}

/// Goal: somebody's wish to end is obeyed.
/// Method: `spent` says so from its tenth question on.
TEST(Shrink, StopsWhenTheTimeIsOver) {
    ShrinkBudget budget;
    int asked = 0;
    budget.spent = [&] { return ++asked > 10; };
    const auto fails = [](const ChoiceRecord& r) { return holds_value(r, crash_1, 4); };
    const Shrunk shrunk = shrink({{crash_1, noise(300, 5, 9)}}, reading_all(fails), budget);
    EXPECT_FALSE(shrunk.complete);
    EXPECT_LE(shrunk.runs, 10U);
}

/// Goal: nothing is tried twice, and the same record shrinks the same way.
/// Method: count the records offered; shrink twice.
TEST(Shrink, IsDeterministicAndRemembersWhatItTried) {
    const ChoiceRecord record = {{crash_1, noise(200, 6, 10)}, {fate_1_2, noise(200, 6, 11)}};
    std::vector<ChoiceRecord> seen;
    const auto fails = [&](const ChoiceRecord& r) -> std::optional<ChoiceRecord> {
        EXPECT_EQ(std::find(seen.begin(), seen.end(), r), seen.end());
        seen.push_back(r);
        if (size_of(r).sum % 7 < 3 || size_of(r).sum < 20) return std::nullopt;
        return r;
    };
    const Shrunk first = shrink(record, fails, {});
    seen.clear();
    const Shrunk second = shrink(record, fails, {});
    EXPECT_EQ(first.record, second.record);
    EXPECT_EQ(first.runs, second.runs);
}

}  // namespace
}  // namespace decree::sim
