#include "core/digest.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "core/paxos/message.hpp"
#include "core/ring.hpp"

namespace decree {
namespace {

/// Goal: a digest is the same on every machine, compiler and optimisation level.
/// Method: recorded digests of a number, a text's hash and a message.
TEST(Digest, IsTheSameEverywhere) {
    EXPECT_EQ(hash_bytes(as_bytes("")), 0x2D06800538D394C2U);  // XXH3's own test vector.
    EXPECT_EQ(mix(0, 1), 0x3D417E7FD99E1AE1U);
    EXPECT_EQ(digest_of(Message{Prepare{{2, NodeId{1}}, Slot{3}}}), 0x7869140EB6C83F22U);
}

/// Goal: every field counts, and so does its place.
/// Method: one message, then the same with each field changed in turn, and with two exchanged.
TEST(Digest, EveryFieldCounts) {
    const Accept base{{1, NodeId{2}}, Slot{3}, Value(as_bytes("v")), Slot{4}, Round{5}};
    std::set<std::uint64_t> digests{digest_of(base)};
    const auto changed = [&](auto change) {
        Accept other = base;
        change(other);
        digests.insert(digest_of(other));
    };
    changed([](Accept& m) { m.ballot.round = 9; });
    changed([](Accept& m) { m.ballot.node = NodeId{9}; });
    changed([](Accept& m) { m.slot = Slot{9}; });
    changed([](Accept& m) { m.value = Value(as_bytes("w")); });
    changed([](Accept& m) { m.chosen_through = Slot{9}; });
    changed([](Accept& m) { m.round = Round{9}; });
    changed([](Accept& m) { std::swap(m.slot, m.chosen_through); });
    EXPECT_EQ(digests.size(), 8U);
}

/// Goal: things that look alike in parts have digests of their own.
/// Method: none and a zero; lists of different length with the same sum of parts; alternatives
/// with the same contents; where one text ends and the next begins.
TEST(Digest, ShapeCounts) {
    EXPECT_NE(digest_of(std::optional<Slot>{}), digest_of(std::optional{Slot{0}}));
    EXPECT_NE(digest_of(std::vector<Slot>{}), digest_of(std::vector{Slot{0}}));
    EXPECT_NE(digest_of(std::vector{Slot{1}, Slot{2}}), digest_of(std::vector{Slot{2}, Slot{1}}));
    using Either = std::variant<Slot, NodeId>;
    EXPECT_NE(digest_of(Either{Slot{1}}), digest_of(Either{NodeId{1}}));
    using Texts = std::vector<std::string>;
    EXPECT_NE(digest_of(Texts{"ab", "c"}), digest_of(Texts{"a", "bc"}));
    using Map = std::map<NodeId, Slot>;
    EXPECT_NE(digest_of(Map{{NodeId{1}, Slot{2}}}), digest_of(Map{{NodeId{2}, Slot{1}}}));
}

/// Goal: equal things have equal digests, whatever their memory looks like.
/// Method: values built in one and in two parts; a queue that wrapped around and one that did not.
TEST(Digest, EqualThingsHaveEqualDigests) {
    EXPECT_EQ(digest_of(Value(as_bytes("abc"))), digest_of(Value(as_bytes("a"), as_bytes("bc"))));
    Ring<Slot> fresh;
    Ring<Slot> wrapped;
    for (std::uint64_t i = 0; i < 3; ++i) wrapped.push_back(Slot{i});
    for (std::uint64_t i = 0; i < 3; ++i) wrapped.pop_front();
    for (std::uint64_t i = 0; i < 3; ++i) {
        fresh.push_back(Slot{i});
        wrapped.push_back(Slot{i});
    }
    EXPECT_EQ(fresh, wrapped);
    EXPECT_EQ(digest_of(fresh), digest_of(wrapped));
}

}  // namespace
}  // namespace decree
