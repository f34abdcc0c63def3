#include "traces/format.hpp"

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "tests/traces/small_world.hpp"

namespace decree::traces::tests {
namespace {

ByteBuffer small_trace() {
    SmallWorld world(1, "one node");
    world.run(1'500'000, [&] { return world.leader().has_value(); });
    world.ask(NodeId{1}, "X");
    world.recorder().note(Time{world.now()}, Remark{"a remark"});
    world.run(world.now() + 5'000);
    return world.recorder().finish(props::Violation{"Agreement", "slot 1", "Agreement/VoteCast"});
}

/// Goal: what is recorded is what is read.
/// Method: record a run of one node, read it, look at header, ends and a note.
TEST(TraceFormat, RoundTrip) {
    const auto trace = Trace::read(small_trace());
    ASSERT_TRUE(trace.has_value()) << trace.error().what;
    EXPECT_EQ(trace->header().title, "one node");
    EXPECT_EQ(trace->header().seed, 7U);
    EXPECT_EQ(trace->nodes(), std::vector<NodeId>{NodeId{1}});
    ASSERT_TRUE(trace->violation().has_value());
    EXPECT_EQ(trace->violation()->property, "Agreement");
    EntryReader reader(*trace);
    Entry entry;
    std::uint64_t steps = 0;
    bool remark = false;
    while (reader.next(entry)) {
        if (std::holds_alternative<Step>(entry.what)) ++steps;
        const auto* note = std::get_if<Note>(&entry.what);
        remark = remark || (note != nullptr && *note == Note(Remark{"a remark"}));
    }
    EXPECT_EQ(steps, trace->end().steps);
    EXPECT_TRUE(remark);
}

/// Goal: a trace that was cut off anywhere is refused, with a message.
/// Method: read every prefix of a small trace.
TEST(TraceFormat, EveryTruncationIsRefused) {
    const ByteBuffer whole = small_trace();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto trace = Trace::read({whole.begin(), whole.begin() + static_cast<long>(size)});
        ASSERT_FALSE(trace.has_value()) << size;
        ASSERT_FALSE(trace.error().what.empty()) << size;
        ASSERT_LE(trace.error().offset, size);
    }
}

/// Goal: a trace with any bit changed is refused, with a message; also in a text that any bits
/// could stand in.
/// Method: flip every bit of a small trace in turn.
TEST(TraceFormat, EveryFlippedBitIsRefused) {
    const ByteBuffer whole = small_trace();
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        ByteBuffer damaged = whole;
        damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        const auto trace = Trace::read(std::move(damaged));
        ASSERT_FALSE(trace.has_value()) << bit;
        ASSERT_FALSE(trace.error().what.empty()) << bit;
    }
}

/// Goal: bytes behind the end are refused.
/// Method: append one byte, and a second end.
TEST(TraceFormat, NothingFollowsTheEnd) {
    ByteBuffer longer = small_trace();
    longer.push_back(std::byte{0});
    EXPECT_FALSE(Trace::read(longer).has_value());
}

/// Goal: data of another shape are refused by name, not misread.
/// Method: rename a field in the header's own account of it, and set the checksum right.
TEST(TraceFormat, AnotherShapeIsRefusedByName) {
    ByteBuffer bytes = small_trace();
    const std::string_view text = as_text(bytes);
    const std::size_t field = text.find("heartbeat:u64");
    ASSERT_NE(field, std::string_view::npos);
    bytes[field] = std::byte{'H'};
    const std::size_t begin = std::string_view("decree trace\n").size() + 1;
    std::uint64_t size = 0;
    for (std::size_t i = block_head; i > 0; --i) {
        size = (size << 8U) | std::to_integer<std::uint64_t>(bytes[begin + i - 1]);
    }
    const Bytes payload = Bytes(bytes).subspan(begin + block_head, size);
    const std::uint64_t checksum = block_checksum(0, payload);
    for (std::size_t i = 0; i < block_foot; ++i) {
        bytes[begin + block_head + size + i] = static_cast<std::byte>(checksum >> (8 * i));
    }
    const auto trace = Trace::read(std::move(bytes));
    ASSERT_FALSE(trace.has_value());
    EXPECT_NE(trace.error().what.find("Options{"), std::string::npos) << trace.error().what;
}

/// Goal: a step costs few bytes.
/// Method: a run of three nodes with commands; bytes of the whole trace by its steps.
TEST(TraceFormat, AStepCostsFewBytes) {
    SmallWorld world(3);
    world.run(3'000'000, [&] { return world.leader().has_value(); });
    for (int i = 0; i < 400; ++i) {
        world.ask(world.leader().value(), "command");
        world.run(world.now() + 5'000);
    }
    const Trace trace = world.finish();
    const std::size_t header = shape().size() + 200;
    EXPECT_LT(trace.size_bytes() - header, trace.end().steps * 16);
}

}  // namespace
}  // namespace decree::traces::tests
