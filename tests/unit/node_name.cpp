#include "core/node_name.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace decree::tests {
namespace {

/// Goal: the written form is fixed for ever: it stands in trees, in files and in people's notes.
/// Method: a few names, written down here.
TEST(NodeName, IsWrittenInOneWay) {
    EXPECT_EQ(node_name(NodeId{0}), "0000000000000c9y");
    EXPECT_EQ(node_name(NodeId{1}), "000000000000288z");
    EXPECT_EQ(node_name(NodeId{~std::uint64_t{0}}), "zzzzzzzzzzzzz5yz");
}

/// Goal: what is written can be read, however people write it.
/// Method: any id; upper case; look-alike letters.
RC_GTEST_PROP(NodeNameProperty, IsReadBack, (std::uint64_t id)) {
    const std::string name = node_name(NodeId{id});
    RC_ASSERT(parse_node_name(name).value().value == id);
    std::string sloppy = name;
    for (char& c : sloppy) {
        if (c == '0') c = 'O';
        if (c == '1') c = *rc::gen::element('i', 'I', 'l', 'L');
        if (c >= 'a' && c <= 'z' && *rc::gen::arbitrary<bool>()) c = static_cast<char>(c - 32);
    }
    RC_ASSERT(parse_node_name(sloppy).value().value == id);
}

/// Goal: a mistyped name is refused.
/// Method: every other character at every place, and every exchange of two neighbours.
RC_GTEST_PROP(NodeNameProperty, MistakesAreNoticed, (std::uint64_t id)) {
    const std::string name = node_name(NodeId{id});
    for (std::size_t at = 0; at < name.size(); ++at) {
        for (const char other : std::string("0123456789abcdefghjkmnpqrstvwxyz")) {
            std::string wrong = name;
            wrong[at] = other;
            RC_ASSERT(parse_node_name(wrong).has_value() == (wrong == name));
        }
        if (at == 0) continue;
        std::string swapped = name;
        std::swap(swapped[at - 1], swapped[at]);
        RC_ASSERT(parse_node_name(swapped).has_value() == (swapped == name));
    }
}

/// Goal: what is no name is told from what is mistyped.
/// Method: a few texts.
TEST(NodeName, WhatIsNoNameIsRefusedWithTheReason) {
    EXPECT_EQ(parse_node_name("").error(), "a node's name has 16 characters, not 0");
    EXPECT_EQ(parse_node_name("000000000000000/").error(), "no node's name has a '/'");
    EXPECT_EQ(parse_node_name("0000000000000000").error(),
              "the name has a mistake in it: its check does not fit");
}

}  // namespace
}  // namespace decree::tests
