#include "core/store/path.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace decree::store {
namespace {

std::vector<std::string> names_of(std::string_view path) {
    std::vector<std::string> names;
    for (PathNames rest(path); rest.next();) names.emplace_back(rest.name());
    return names;
}

/// Goal: exactly Doozer's paths are paths.
/// Method: examples of each rule; every byte in a name.
TEST(Path, HasDoozersGrammar) {
    for (const char* good : {"/", "/a", "/A/b/0", "/a.b-c", "/.", "/..", "/-", "/a/./.."}) {
        EXPECT_TRUE(is_path(good, Names::Doozer)) << good;
    }
    for (const char* bad : {"", "a", "a/b", "//", "/a/", "/a//b", "//a", "/a b", "/a_b", "/a=b",
                            "/a:b", "/*", "/?", "/caf\xc3\xa9", "/a\n", "./a"}) {
        EXPECT_FALSE(is_path(bad, Names::Doozer)) << bad;
    }
    std::string letters;
    for (int c = 0; c < 256; ++c) {
        const std::string path = std::string("/x") + static_cast<char>(c);
        if (is_path(path, Names::Doozer)) letters += static_cast<char>(c);
    }
    EXPECT_EQ(letters, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    EXPECT_TRUE(is_path("/" + std::string(100'000, 'a'), Names::Doozer));
}

/// Goal: a cluster that was founded with wide names takes _ : @ + = , as well, and nothing else.
/// Method: every byte.
TEST(Path, WideNamesHoldSixMore) {
    std::string more;
    for (int c = 0; c < 256; ++c) {
        const char character = static_cast<char>(c);
        if (is_name_character(character, Names::Doozer)) {
            EXPECT_TRUE(is_name_character(character, Names::Wide));
        } else if (is_name_character(character, Names::Wide)) {
            more += character;
        }
    }
    EXPECT_EQ(more, "+,:=@_");
}

/// Goal: what is no path is split as Doozer's GET does it: the first byte dropped, cut at slashes.
/// Method: examples from its transcripts, and the empty path, which crashes the real server.
TEST(Path, SplitsAlsoWhatIsNoPath) {
    EXPECT_EQ(names_of("/"), std::vector<std::string>{});
    EXPECT_EQ(names_of("/a/bc"), (std::vector<std::string>{"a", "bc"}));
    EXPECT_EQ(names_of("xctl/name"), (std::vector<std::string>{"ctl", "name"}));
    EXPECT_EQ(names_of("/ctl/"), (std::vector<std::string>{"ctl", ""}));
    EXPECT_EQ(names_of("//ctl"), (std::vector<std::string>{"", "ctl"}));
    EXPECT_EQ(names_of("ctl/name"), (std::vector<std::string>{"tl", "name"}));
    EXPECT_EQ(names_of(""), std::vector<std::string>{""});
    EXPECT_EQ(path_depth("/"), 0U);
    EXPECT_EQ(path_depth("/a/b"), 2U);
}

/// Goal: paths sort depth first: what is below a name comes before names that begin with it.
/// Method: an ascending list, each compared with each.
TEST(Path, WalkOrderIsDepthFirst) {
    const std::vector<std::string> ascending = {"/",    "/a",   "/a/b", "/a/b/c", "/a/b-c",
                                                "/a/c", "/a-b", "/a.c", "/aa",    "/b"};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            EXPECT_EQ(WalkOrder{ascending[i]} < WalkOrder{ascending[j]}, i < j)
                << ascending[i] << " " << ascending[j];
        }
    }
}

}  // namespace
}  // namespace decree::store
