/// What the command line's client makes of words, and what it may ask twice.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/cluster_client.hpp"
#include "net/transact_command.hpp"

namespace decree::net::tests {
namespace {

Request set(const std::string& path, std::int64_t rev) {
    Request request;
    request.verb = static_cast<std::int32_t>(Verb::Set);
    request.path = path;
    request.rev = rev;
    request.value = "v";
    return request;
}

/// Goal: only a write that its revision guards may be asked again.
/// Method: writes with and without; transactions that write what they compare, or something else.
TEST(Guard, IsOfWhatChangesTheFileThatItCompares) {
    EXPECT_EQ(guard_of(set("/a", 7)), (Guard{.path = "/a", .rev = 7}));
    EXPECT_EQ(guard_of(set("/a", 0)), (Guard{.path = "/a", .rev = 0}));
    EXPECT_FALSE(guard_of(set("/a", -1)).has_value());
    EXPECT_FALSE(harmless_twice(set("/a", 7)));
    const auto guard = [](const std::vector<std::string>& words) {
        return guard_of(*parse_parts(words));
    };
    EXPECT_EQ(guard({"if", "/a", "7", "set", "/a", "x"}), (Guard{.path = "/a", .rev = 7}));
    EXPECT_EQ(guard({"if", "/b", "1", "if", "/a", "7", "del", "/a"}),
              (Guard{.path = "/a", .rev = 7}));
    EXPECT_FALSE(guard({"if", "/a", "7", "set", "/b", "x"}).has_value());
    EXPECT_FALSE(guard({"if-below", "/a", "7", "set", "/a", "x"}).has_value());
    EXPECT_FALSE(guard({"if", "/a", "-1", "set", "/a", "x"}).has_value());
    Request nop;
    nop.verb = static_cast<std::int32_t>(Verb::Nop);
    EXPECT_FALSE(harmless_twice(nop));
    EXPECT_TRUE(harmless_twice(*parse_parts({"if", "/a", "1"})));
    Request get;
    get.verb = static_cast<std::int32_t>(Verb::Get);
    EXPECT_TRUE(harmless_twice(get));
}

/// Goal: what is asked again is the same write, refused if anything happened at its path.
/// Method: a SET and a DEL as transactions.
TEST(Guard, MakesTheSameWriteATransaction) {
    Request wanted = *parse_parts({"if", "/a", "7", "if-below", "/a", "9", "set", "/a", "v"});
    EXPECT_EQ(guarded(set("/a", 7), "/a", 9), wanted);
    Request del = set("/a", 7);
    del.verb = static_cast<std::int32_t>(Verb::Del);
    del.value = {};
    wanted = *parse_parts({"if", "/a", "7", "if-below", "/a", "9", "del", "/a"});
    EXPECT_EQ(guarded(del, "/a", 9), wanted);
}

/// Goal: parts of a transaction are read as they are meant, and anything else is refused with what
/// would be right.
/// Method: words that stand for themselves elsewhere; parts cut short; lines with and without.
TEST(TransactParts, AreReadOrRefused) {
    const auto request = parse_parts({"set", "/a", "del", "if", "/b", "-1", "del", "/c"});
    ASSERT_TRUE(request.has_value());
    ASSERT_EQ(request->writes.size(), 2U);
    EXPECT_EQ(request->writes[0].value, "del");
    EXPECT_TRUE(request->writes[1].remove);
    EXPECT_EQ(request->compares.at(0).rev, -1);
    for (const std::vector<std::string>& bad :
         {std::vector<std::string>{"put", "/a", "x"}, {"set", "/a"}, {"del"}, {"if", "/a", "x"}}) {
        const auto refused = parse_parts(bad);
        ASSERT_FALSE(refused.has_value()) << bad.front();
        EXPECT_FALSE(refused.error().empty());
    }
    const auto lines = split_lines("# what\n\nif /a 3\nset /a two words\nset /b\ndel /c");
    ASSERT_TRUE(lines.has_value());
    EXPECT_EQ(*lines, (std::vector<std::string>{"if", "/a", "3", "set", "/a", "two words", "set",
                                                "/b", "", "del", "/c"}));
    EXPECT_NE(split_lines("\nget /a\n").error().find("line 2"), std::string::npos);
    EXPECT_FALSE(split_lines("if /a").has_value());
    EXPECT_FALSE(split_lines("del").has_value());
}

}  // namespace
}  // namespace decree::net::tests
