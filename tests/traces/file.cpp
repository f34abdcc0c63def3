#include "traces/file.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/format.hpp"

namespace decree::traces::tests {
namespace {

namespace fs = std::filesystem;

/// A folder of a test's own.
class Scratch {
public:
    Scratch() : path_(fs::temp_directory_path() / ("decree-file-" + std::to_string(getpid()))) {
        fs::create_directories(path_);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { fs::remove_all(path_); }
    [[nodiscard]] std::string operator/(const std::string& name) const {
        return (path_ / name).string();
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
    }

private:
    fs::path path_;
};

std::string content(const std::string& path) {
    const auto bytes = read_file(path);
    return bytes ? std::string(as_text(*bytes)) : bytes.error();
}

/// Goal: a file is replaced as a whole, and keeps who may read it.
/// Method: write twice, with other permissions in between.
TEST(File, IsReplaced) {
    const Scratch folder;
    ASSERT_TRUE(write_file(folder / "a", as_bytes("first")).has_value());
    fs::permissions(folder / "a", fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(write_file(folder / "a", as_bytes("second")).has_value());
    EXPECT_EQ(content(folder / "a"), "second");
    EXPECT_EQ(fs::status(folder / "a").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(folder.files(), 1U);
}

/// Goal: a symbolic link stays one; what it names is written, there before or not.
/// Method: a chain of two links to a file, and a link to nothing.
TEST(File, LinksAreFollowed) {
    const Scratch folder;
    fs::create_symlink("a", folder / "b");
    fs::create_symlink("b", folder / "c");
    ASSERT_TRUE(write_file(folder / "c", as_bytes("one")).has_value());
    ASSERT_TRUE(write_file(folder / "c", as_bytes("two")).has_value());
    EXPECT_TRUE(fs::is_symlink(folder / "c"));
    EXPECT_TRUE(fs::is_symlink(folder / "b"));
    EXPECT_FALSE(fs::is_symlink(folder / "a"));
    EXPECT_EQ(content(folder / "a"), "two");
    EXPECT_EQ(folder.files(), 3U);
}

/// Goal: a device is written into, never replaced; when it takes nothing, that is told.
/// Method: /dev/null and /dev/full, behind links, so that a mistake breaks only those.
TEST(File, DevicesAreWrittenInto) {
    const Scratch folder;
    fs::create_symlink("/dev/null", folder / "null");
    fs::create_symlink("/dev/full", folder / "full");
    EXPECT_TRUE(write_file(folder / "null", as_bytes("x")).has_value());
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    const auto full = write_file(folder / "full", as_bytes("x"));
    ASSERT_FALSE(full.has_value());
    EXPECT_NE(full.error().find("make room"), std::string::npos) << full.error();
    EXPECT_EQ(folder.files(), 2U);
}

/// Goal: what cannot be written or read is told with advice, and without any name that the caller
/// did not give.
/// Method: a folder as the file, a folder that is not there, a file that is not there.
TEST(File, FailuresAreTold) {
    const Scratch folder;
    const auto on_folder = write_file(folder / ".", as_bytes("x"));
    ASSERT_FALSE(on_folder.has_value());
    EXPECT_NE(on_folder.error().find("not a folder"), std::string::npos) << on_folder.error();
    const auto nowhere = write_file(folder / "no/such", as_bytes("x"));
    ASSERT_FALSE(nowhere.has_value());
    EXPECT_NE(nowhere.error().find("make the folder"), std::string::npos) << nowhere.error();
    EXPECT_EQ(nowhere.error().find(".new"), std::string::npos) << nowhere.error();
    const auto absent = read_file(folder / "absent");
    ASSERT_FALSE(absent.has_value());
    EXPECT_NE(absent.error().find("check the name"), std::string::npos) << absent.error();
    EXPECT_EQ(folder.files(), 0U);
}

/// Goal: what is no trace is not read to its end, which may never come.
/// Method: /dev/zero.
TEST(File, OnlyTheBeginningOfSomethingElseIsRead) {
    const auto zeros = read_file("/dev/zero", {trace_magic});
    ASSERT_TRUE(zeros.has_value());
    EXPECT_LE(zeros->size(), 1U << 20U);
    EXPECT_FALSE(Trace::read(*zeros).has_value());
}

}  // namespace
}  // namespace decree::traces::tests
