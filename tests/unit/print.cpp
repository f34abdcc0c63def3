#include "core/print.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/event.hpp"
#include "core/paxos/message.hpp"
#include "core/rule.hpp"

namespace decree {
namespace {

/// Goal: a message reads as its name and its named fields.
/// Method: messages with numbers, ballots, bools, enums, lists and values.
TEST(Print, MessagesAreNamesAndFields) {
    EXPECT_EQ(describe(Message{Prepare{{2, NodeId{1}}, Slot{3}}}),
              "Prepare{ballot=2.1 from_slot=3}");
    EXPECT_EQ(describe(PreVoteAnswer{7, true, false, {}, Slot{4}}),
              "PreVoteAnswer{attempt=7 granted=yes leader_heard=no promised=0.0 chosen_through=4}");
    EXPECT_EQ(describe(Nack{{1, NodeId{1}}, {2, NodeId{2}}, Refused::AcceptMessage, Slot{5}}),
              "Nack{ballot=1.1 promised=2.2 refused=AcceptMessage slot=5}");
    EXPECT_EQ(describe(Decide{{{Slot{1}, {1, NodeId{1}}, Value(as_bytes("a"))},
                               {Slot{2}, {1, NodeId{1}}, Value{}}},
                              Slot{2}}),
              "Decide{entries=[Decided{slot=1 ballot=1.1 value=\"a\"} "
              "Decided{slot=2 ballot=1.1 value=\"\"}] chosen_through=2}");
}

/// Goal: events, optionals, maps, rings and empty structs read well, too.
/// Method: one of each.
TEST(Print, OtherShapes) {
    EXPECT_EQ(describe(Event{Time{9}, TimePassed{}}), "Event{now=9 what=TimePassed{}}");
    EXPECT_EQ(describe(std::optional<Slot>{}), "none");
    EXPECT_EQ(describe(std::optional{Slot{3}}), "3");
    EXPECT_EQ(describe(std::map<NodeId, bool>{{NodeId{1}, true}, {NodeId{2}, false}}),
              "{1:yes 2:no}");
    EXPECT_EQ(describe(std::vector<Slot>{}), "[]");
    Ring<Slot> ring;
    ring.push_back(Slot{1});
    ring.push_back(Slot{2});
    EXPECT_EQ(describe(ring), "[1 2]");
    EXPECT_EQ(describe(Rule::PromiseGiven), "PromiseGiven");
}

/// Goal: bytes are shown as text where a person can read them, and told apart where not.
/// Method: printable, too long, and binary bytes.
TEST(Print, BytesAreTextOrSizeAndDigest) {
    EXPECT_EQ(describe(std::string("set /a")), "\"set /a\"");
    EXPECT_EQ(describe(Value(as_bytes("a\n"))).substr(0, 9), "2 bytes #");
    const std::string just_short(64, 'x');
    const std::string too_long(65, 'x');
    EXPECT_EQ(describe(just_short), '"' + just_short + '"');
    EXPECT_EQ(describe(too_long).substr(0, 10), "65 bytes #");
    EXPECT_NE(describe(Value(as_bytes("\x01"))), describe(Value(as_bytes("\x02"))));
}

}  // namespace
}  // namespace decree
