#include "net/shown.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace decree::net::tests {
namespace {

class Shown : public ::testing::Test {
protected:
    Shown() {
        std::string pattern = (std::filesystem::temp_directory_path() / "shown-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~Shown() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    [[nodiscard]] static Recovered with_starts(std::uint64_t starts) {
        Recovered disk;
        disk.heads.incarnation = Incarnation{starts};
        return disk;
    }

    std::string folder_;
};

/// Goal: a journal that knows of fewer starts than the node has shown is lost; any other is not.
/// Method: a folder where nothing was shown, then start 3; journals around that.
TEST_F(Shown, TellsALostJournalFromANewOne) {
    EXPECT_EQ(*lost_starts(folder_, with_starts(0)), std::nullopt);
    ASSERT_TRUE(keep_shown(folder_, 3).has_value());
    EXPECT_EQ(*lost_starts(folder_, with_starts(3)), std::nullopt);
    EXPECT_EQ(*lost_starts(folder_, with_starts(4)), std::nullopt);
    for (const std::uint64_t fewer : {0U, 2U}) {
        const auto why = lost_starts(folder_, with_starts(fewer));
        ASSERT_TRUE(why.has_value() && why->has_value());
        EXPECT_NE((*why)->find("shown 3"), std::string::npos) << **why;
    }
}

/// Goal: a file that says nothing is not taken for one that says "none".
/// Method: files that are empty, cut short, or of another format.
TEST_F(Shown, RefusesWhatItCannotRead) {
    for (const char* const text : {"", "decree shown, format 1\n", "decree shown, format 1\n3",
                                   "decree shown, format 1\nx\n", "decree shown, format 9\n3\n"}) {
        std::ofstream(folder_ + "/shown", std::ios::trunc) << text;
        const auto lost = lost_starts(folder_, with_starts(5));
        ASSERT_FALSE(lost.has_value()) << text;
        EXPECT_NE(lost.error().find("/shown"), std::string::npos);
    }
}

}  // namespace
}  // namespace decree::net::tests
