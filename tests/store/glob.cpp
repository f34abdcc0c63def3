#include "core/store/glob.hpp"

#include <string>

#include <gtest/gtest.h>

namespace decree::store {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
    const auto glob = Glob::parse(pattern, Names::Doozer);
    return glob && glob->matches(path);
}

/// Goal: exactly Doozer's globs are globs.
/// Method: examples of each rule.
TEST(Glob, HasDoozersGrammar) {
    for (const char* good : {"/", "/a", "/*", "/**", "/?", "/a*b?/**c", "/**/a", "/***", "/.-"}) {
        EXPECT_TRUE(Glob::parse(good, Names::Doozer)) << good;
    }
    for (const char* bad :
         {"", "*", "**", "a", "/a/", "//", "/a//b", "/[a]", "/{a}", "/a_b", "/\\*"}) {
        EXPECT_FALSE(Glob::parse(bad, Names::Doozer)) << bad;
    }
    EXPECT_TRUE(Glob::parse("/a_b/*", Names::Wide));
}

/// Goal: `?` is one character, `*` any in a name, `**` any at all, and all else itself.
/// Method: what doozer.md says of each, one by one.
TEST(Glob, MatchesAsDoozerDoes) {
    EXPECT_TRUE(matches("/?", "/a"));
    EXPECT_TRUE(matches("/?", "/-"));
    EXPECT_FALSE(matches("/?", "/"));
    EXPECT_FALSE(matches("/a?b", "/a/b"));
    EXPECT_TRUE(matches("/*", "/abc"));
    EXPECT_TRUE(matches("/a*", "/a"));
    EXPECT_FALSE(matches("/*", "/a/b"));
    EXPECT_TRUE(matches("/**", "/a/b"));
    EXPECT_TRUE(matches("/d**a", "/d/x/ya"));
    EXPECT_TRUE(matches("/d**a", "/da"));
    EXPECT_TRUE(matches("/**a", "/x/a"));
    EXPECT_FALSE(matches("/**/a", "/a"));
    EXPECT_TRUE(matches("/**/a", "/x/y/a"));
    EXPECT_TRUE(matches("/a.b", "/a.b"));
    EXPECT_FALSE(matches("/a.b", "/axb"));
    EXPECT_FALSE(matches("/A", "/a"));
    EXPECT_FALSE(matches("/a", "/ab"));
    EXPECT_FALSE(matches("/a/*", "/a"));
}

/// Goal: a no-op's event, at "/", is matched by what may match no character there.
/// Method: the globs that doozer.md names, and others.
TEST(Glob, MatchesTheRootOfANoop) {
    for (const char* glob : {"/", "/*", "/**", "/***"}) EXPECT_TRUE(matches(glob, "/")) << glob;
    for (const char* glob : {"/?", "/a", "/*/*", "/**/*"}) EXPECT_FALSE(matches(glob, "/")) << glob;
}

/// Goal: stars are read in pairs from the left: `***` reaches across slashes like `**`.
/// Method: runs of stars around a slash.
TEST(Glob, RunsOfStarsReachAcrossSlashes) {
    EXPECT_TRUE(matches("/***", "/a/b"));
    EXPECT_TRUE(matches("/****b", "/a/b"));
    EXPECT_TRUE(matches("/a***/b", "/axx/y/b"));
}

/// Goal: no pattern takes long.
/// Method: what takes exponential time when every star is tried; the test would not end.
TEST(Glob, NoPatternIsSlow) {
    std::string pattern = "/";
    for (int i = 0; i < 100; ++i) pattern += "a*";
    for (int i = 0; i < 100; ++i) pattern += "**a";
    EXPECT_FALSE(matches(pattern + "b", "/" + std::string(1000, 'a')));
}

/// Goal: watchers are found by what their globs begin with.
/// Method: the beginning without wildcards, cut at a slash.
TEST(Glob, SaysWhatEveryMatchBeginsWith) {
    const auto prefix = [](std::string_view pattern) {
        return std::string(Glob::parse(pattern, Names::Doozer)->literal_prefix());
    };
    EXPECT_EQ(prefix("/**"), "");
    EXPECT_EQ(prefix("/a*/b"), "");
    EXPECT_EQ(prefix("/a/b*"), "/a");
    EXPECT_EQ(prefix("/a/b/**"), "/a/b");
    EXPECT_EQ(prefix("/a/b"), "/a/b");
    EXPECT_EQ(prefix("/"), "/");
}

}  // namespace
}  // namespace decree::store
