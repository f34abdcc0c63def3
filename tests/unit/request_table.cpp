#include "core/node/request_table.hpp"

#include <gtest/gtest.h>

#include "core/node/waiting.hpp"

namespace decree {
namespace {

RequestId request(std::uint64_t number, std::uint64_t lowest = 1, std::uint64_t incarnation = 1,
                  std::uint64_t origin = 7) {
    return {.origin = NodeId{origin},
            .incarnation = Incarnation{incarnation},
            .number = number,
            .lowest_unanswered = lowest};
}

/// Goal: a request is fresh once, whatever the order of numbers; its answer stays until it is said
/// to have arrived. Method: admit 2, 1, 2 again, then 3 that says 1 and 2 are answered.
TEST(RequestTable, AdmitsARequestOnce) {
    const Settings settings;
    RequestTable table;
    EXPECT_EQ(table.admit(request(2), Slot{1}, settings), Standing::Fresh);
    table.set_answer(request(2), "two");
    EXPECT_EQ(table.admit(request(1), Slot{2}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(2), Slot{3}, settings), Standing::Executed);
    ASSERT_NE(table.find(request(2)), nullptr);
    EXPECT_EQ(table.find(request(2))->answer, "two");
    EXPECT_EQ(table.find(request(2))->slot, Slot{1});
    EXPECT_EQ(table.admit(request(3, 3), Slot{4}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(2), Slot{5}, settings), Standing::Stale);
    EXPECT_EQ(table.find(request(2)), nullptr);
}

/// Goal: in one slot, a later request may make an earlier one's answer unwanted: it is not kept,
/// and never mistaken for another's. Method: number 1 with 2 that gave it up; then a newer
/// incarnation.
TEST(RequestTable, AnAnswerThatBecameUnwantedInItsSlotIsNotKept) {
    const Settings settings;
    RequestTable table;
    EXPECT_EQ(table.admit(request(1), Slot{1}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(2, 2), Slot{1}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(2, 2, 2), Slot{1}, settings), Standing::Fresh);
    table.set_answer(request(1), "one");
    table.set_answer(request(2, 2), "two");
    table.set_answer(request(2, 2, 2), "two of the second life");
    EXPECT_EQ(table.find(request(1)), nullptr);
    EXPECT_EQ(table.find(request(2, 2, 2))->answer, "two of the second life");
}

/// Goal: a newer incarnation starts over, and silences the older for ever.
/// Method: number 1 of incarnation 2, then number 9 of incarnation 1.
TEST(RequestTable, ANewIncarnationSilencesTheOld) {
    const Settings settings;
    RequestTable table;
    EXPECT_EQ(table.admit(request(1), Slot{1}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(1, 1, 2), Slot{2}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(9, 1, 1), Slot{3}, settings), Standing::Stale);
}

/// Goal: a dropped origin never executes anything again, not even its first request.
/// Method: execute number 1, drop, offer a late copy of number 1.
TEST(RequestTable, ADroppedOriginStaysDropped) {
    const Settings settings;
    RequestTable table;
    EXPECT_EQ(table.admit(request(1), Slot{1}, settings), Standing::Fresh);
    EXPECT_TRUE(table.drop(NodeId{7}, settings));
    EXPECT_FALSE(table.drop(NodeId{7}, settings));
    EXPECT_EQ(table.admit(request(1), Slot{2}, settings), Standing::Stale);
}

/// Goal: what one origin may keep in the table, and how many origins, are bounded; impossible
/// numbers are refused. Method: beyond each bound.
TEST(RequestTable, IsBounded) {
    Settings settings;
    settings.origin_window = 4;
    settings.max_origins = 1;
    RequestTable table;
    EXPECT_EQ(table.admit(request(4), Slot{1}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(5), Slot{1}, settings), Standing::TooFarAhead);
    EXPECT_EQ(table.admit(request(1, 1, 1, 8), Slot{1}, settings), Standing::NoRoom);
    EXPECT_EQ(table.admit(request(0), Slot{1}, settings), Standing::Stale);
    EXPECT_EQ(table.admit(request(5, 6), Slot{1}, settings), Standing::Stale);
    EXPECT_EQ(table.admit(request(~0ULL, ~0ULL), Slot{1}, settings), Standing::Fresh);
}

/// Goal: a table that was copied stays as it was, whatever becomes of the other one, and both ways.
/// Method: answer, admit, forget, start anew and drop in the original; then admit in the copy.
TEST(RequestTable, ACopyStaysAsItWas) {
    const Settings settings;
    RequestTable table;
    for (const std::uint64_t origin : {7U, 8U, 9U}) {
        EXPECT_EQ(table.admit(request(1, 1, 1, origin), Slot{1}, settings), Standing::Fresh);
        table.set_answer(request(1, 1, 1, origin), "first");
    }
    RequestTable copy = table;
    const std::uint64_t digest = copy.digest();
    EXPECT_EQ(copy, table);
    table.set_answer(request(1), "changed");
    EXPECT_EQ(table.admit(request(3, 2), Slot{2}, settings), Standing::Fresh);
    EXPECT_EQ(table.admit(request(1, 1, 2, 8), Slot{3}, settings), Standing::Fresh);
    EXPECT_TRUE(table.drop(NodeId{9}, settings));
    EXPECT_EQ(copy.digest(), digest);
    for (const std::uint64_t origin : {7U, 8U, 9U}) {
        ASSERT_NE(copy.find(request(1, 1, 1, origin)), nullptr) << origin;
        EXPECT_EQ(copy.find(request(1, 1, 1, origin))->answer, "first");
    }
    EXPECT_NE(copy, table);
    const std::uint64_t changed = table.digest();
    EXPECT_EQ(copy.admit(request(5), Slot{4}, settings), Standing::Fresh);
    EXPECT_EQ(table.digest(), changed);
}

/// Goal: requests that wait are found again, in any order of arrival, within the window.
/// Method: 5, then 3, then far away ones; remove and look at the lowest.
TEST(WaitingRequests, KeepsOneOriginsRequestsInAnyOrder) {
    WaitingRequests waiting;
    ASSERT_NE(waiting.add(request(5), 8), nullptr);
    ASSERT_NE(waiting.add(request(3), 8), nullptr);
    EXPECT_EQ(waiting.add(request(11), 8), nullptr);
    EXPECT_EQ(waiting.size(), 2U);
    EXPECT_EQ(waiting.lowest(NodeId{7}, Incarnation{1}), 3U);
    waiting.remove(request(3));
    EXPECT_EQ(waiting.find(request(3)), nullptr);
    EXPECT_EQ(waiting.lowest(NodeId{7}, Incarnation{1}), 5U);
    EXPECT_EQ(waiting.add(request(1, 1, 0), 8), nullptr);
    waiting.remove_client(ClientId{1});
    waiting.remove_forwarded();
    EXPECT_EQ(waiting.size(), 0U);
}

/// Goal: what an origin asked in older incarnations is taken out, so that somebody can be told;
/// nothing else is. Method: two requests of incarnation 1 with a gap between them, and another
/// origin's; ask for what is older than 1, then than 2.
TEST(WaitingRequests, GivesUpWhatIsOfOlderIncarnations) {
    WaitingRequests waiting;
    for (const RequestId& id : {request(2), request(5), request(2, 1, 1, 8)}) {
        WaitingRequest* const added = waiting.add(id, 8);
        ASSERT_NE(added, nullptr);
        added->tag = id.number;
    }
    EXPECT_TRUE(waiting.take_older(NodeId{7}, Incarnation{1}).empty());
    EXPECT_TRUE(waiting.take_older(NodeId{6}, Incarnation{2}).empty());
    EXPECT_EQ(waiting.size(), 3U);
    const std::vector<WaitingRequest> older = waiting.take_older(NodeId{7}, Incarnation{2});
    ASSERT_EQ(older.size(), 2U);
    EXPECT_EQ(older[0].tag, 2U);
    EXPECT_EQ(older[1].id, request(5));
    EXPECT_EQ(waiting.size(), 1U);
    EXPECT_NE(waiting.find(request(2, 1, 1, 8)), nullptr);
    EXPECT_NE(waiting.add(request(1, 1, 2), 8), nullptr);
    EXPECT_EQ(waiting.lowest(NodeId{7}, Incarnation{2}), 1U);
    EXPECT_EQ(waiting.add(request(6), 8), nullptr);
}

}  // namespace
}  // namespace decree
