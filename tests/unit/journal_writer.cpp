#include <gtest/gtest.h>

#include "core/contract.hpp"
#include "core/journal/writer.hpp"
#include "tests/support/journal_disk.hpp"

namespace decree::journal_test {
namespace {

constexpr JournalHeads heads{.node = NodeId{5},
                             .incarnation = Incarnation{1},
                             .promised = {3, NodeId{5}},
                             .snapshot_through = Slot{0}};

/// A segment for each group.
JournalWriter of_one_group_segments() { return JournalWriter(JournalPlace{}, 1); }

Position append(JournalWriter& writer, const VoteRecord& record) {
    JournalAppend out;
    writer.add(record);
    return writer.close_group(heads, out);
}

/// Goal: appends follow each other without a gap, and say where segments begin.
/// Method: write groups; compare begins and ends; restart from a place.
TEST(JournalWriter, AppendsJoin) {
    JournalWriter writer(JournalPlace{}, 1000);
    Position end;
    std::vector<std::uint64_t> segments;
    for (std::uint64_t i = 1; i <= 40; ++i) {
        JournalAppend out;
        writer.add(vote(i, 1, "value"));
        EXPECT_TRUE(writer.open());
        const Position after = writer.close_group(heads, out);
        EXPECT_FALSE(writer.open());
        EXPECT_EQ(out.begin, end);
        EXPECT_EQ(after.value, out.begin.value + out.bytes.size());
        EXPECT_EQ(writer.end(), after);
        if (out.starts_segment) segments.push_back(out.begin.value);
        end = after;
    }
    ASSERT_GT(segments.size(), 2U);
    for (std::size_t i = 1; i < segments.size(); ++i)
        EXPECT_GE(segments[i] - segments[i - 1], 1000U);

    JournalWriter restarted(
        {.end = end, .sequence = 41, .highest = {}, .segments = {{.begin = {}, .highest = {}}}},
        1000);
    JournalAppend out;
    restarted.close_group(heads, out);
    EXPECT_TRUE(out.starts_segment);
    EXPECT_EQ(out.begin, end);
}

/// Goal: a lone small record costs little more than its own bytes.
/// Method: measure a group that holds one vote; one that holds nothing.
TEST(JournalWriter, OverheadIsSmall) {
    JournalWriter writer(JournalPlace{}, 100000);
    append(writer, vote(1, 1, "first"));
    const Position before = writer.end();
    const VoteRecord record = vote(1000, 1, "0123456789abcdef");
    const Position after = append(writer, record);
    const std::size_t record_bytes = 16 + record.value.size();
    EXPECT_EQ(after.value - before.value - record_bytes, group_head_bytes + 21);
    JournalAppend out;
    EXPECT_EQ(writer.close_group(heads, out).value - after.value, group_head_bytes);
}

/// Goal: writing in a steady state allocates nothing.
/// Method: the same two buffers go back and forth between writer and caller.
TEST(JournalWriter, BuffersAreExchanged) {
    JournalWriter writer(JournalPlace{}, std::uint64_t{1} << 40U);
    JournalAppend out;
    std::vector<const std::byte*> seen;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        out.bytes.clear();
        writer.add(vote(i, 1, "value"));
        writer.add(vote(i + 1, 1, "value"));
        writer.close_group(heads, out);
        if (i > 10) seen.push_back(out.bytes.data());
    }
    std::ranges::sort(seen);
    seen.erase(std::ranges::unique(seen).begin(), seen.end());
    EXPECT_EQ(seen.size(), 2U);
}

/// Goal: an append is one step's; what nobody wrote is not durable.
/// Method: break both promises.
TEST(JournalWriter, BrokenPromisesAreNoticed) {
    JournalWriter writer(JournalPlace{}, 1000);
    JournalAppend out;
    writer.close_group(heads, out);
    EXPECT_THROW(writer.close_group(heads, out), ContractViolation);
    EXPECT_THROW(writer.durable(Position{writer.end().value + 1}), ContractViolation);
}

/// Goal: a journal is sealed exactly when an empty group, written while all before it was durable,
/// is durable at its end.
/// Method: go through the states of a writer.
TEST(JournalWriter, SealedIsWhenTheEndVouchesForAll) {
    JournalWriter writer(JournalPlace{}, 1000);
    EXPECT_TRUE(writer.sealed());
    const auto seal = [&] {
        JournalAppend out;
        writer.close_group(heads, out);
    };
    append(writer, vote(1, 1, "x"));
    EXPECT_FALSE(writer.sealed());
    seal();  // Too early: what is before it is not durable.
    writer.durable(writer.end());
    EXPECT_FALSE(writer.sealed());
    seal();
    EXPECT_FALSE(writer.sealed());
    writer.durable(writer.end());
    EXPECT_TRUE(writer.sealed());
    writer.durable(Position{1});  // Older news.
    EXPECT_TRUE(writer.sealed());
    writer.add(vote(2, 1, "y"));
    EXPECT_FALSE(writer.sealed());

    const JournalPlace place{.end = Position{500}, .sequence = 3, .highest = {}, .segments = {{}}};
    EXPECT_FALSE(JournalWriter(place, 1000).sealed());
}

/// Goal: what is released holds no slot above the trimmed ones, and no promise that stands nowhere
/// else durably.
/// Method: one group a segment; trim to each slot, with all durable, then with little.
TEST(JournalWriter, ReleasesWhatIsTrimmedAndRepeated) {
    JournalWriter writer = of_one_group_segments();
    std::vector<Position> begins;
    for (const std::uint64_t slot : {2U, 1U, 4U, 3U}) {
        begins.push_back(writer.end());
        append(writer, vote(slot, 1, "x"));
    }
    EXPECT_EQ(writer.releasable(last_slot), begins[0]);
    writer.durable(begins[2]);
    EXPECT_EQ(writer.releasable(last_slot), begins[1]);
    writer.durable(writer.end());
    EXPECT_EQ(writer.releasable(Slot{1}), begins[0]);
    EXPECT_EQ(writer.releasable(Slot{2}), begins[2]);
    EXPECT_EQ(writer.releasable(Slot{3}), begins[2]);
    EXPECT_EQ(writer.releasable(Slot{4}), begins[3]);
    EXPECT_EQ(writer.releasable(last_slot), begins[3]);

    writer.released(begins[2]);
    EXPECT_EQ(writer.releasable(Slot{}), begins[2]);
    EXPECT_EQ(writer.releasable(Slot{4}), begins[3]);
    writer.released(writer.end());
    EXPECT_EQ(writer.releasable(Slot{}), begins[3]);
}

/// Goal: a writer is a value: its digest and equality see each change.
/// Method: take every step that changes it; no two states are alike.
TEST(JournalWriter, DigestSeesEachChange) {
    std::vector<JournalWriter> states{JournalWriter(JournalPlace{}, 1000),
                                      JournalWriter(JournalPlace{}, 1001)};
    JournalWriter writer = states.front();
    JournalAppend out;
    writer.add(vote(1, 1, "x"));
    states.push_back(writer);
    writer.close_group(heads, out);
    states.push_back(writer);
    writer.durable(writer.end());
    states.push_back(writer);
    for (std::size_t i = 0; i < states.size(); ++i) {
        for (std::size_t j = 0; j < states.size(); ++j) {
            EXPECT_EQ(states[i] == states[j], i == j);
            EXPECT_EQ(states[i].digest() == states[j].digest(), i == j);
        }
    }
}

}  // namespace
}  // namespace decree::journal_test
