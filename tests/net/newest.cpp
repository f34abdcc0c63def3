#include "net/newest.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/data_directory.hpp"
#include "net/data_files.hpp"
#include "tests/net/lone_replica.hpp"
#include "tests/net/node_folder.hpp"

namespace decree::net::tests {
namespace {

namespace fs = std::filesystem;

// Why no node starts on what is in the folder; empty when one does.
std::string why_unusable(const std::string& path) {
    const auto disk = DataDirectory::open(path, NodeId{9});
    if (!disk) return disk.error();
    const auto contents = disk->read();
    if (!contents) return contents.error();
    const auto recovered = contents->recover();
    return recovered ? std::string() : recovered.error().what;
}

NewestSegment newest_in(const std::string& path) {
    const auto newest = kept_newest(path);
    EXPECT_TRUE(newest.has_value() && newest->has_value());
    return newest ? newest->value_or(NewestSegment{}) : NewestSegment{};
}

/// Goal: a journal that ends too early is not taken for one that was never longer: votes stood
/// there, of which others were told. Method: cut its newest segment off at several places, in its
/// unused room, too; take it away; put it back.
TEST(Newest, SegmentIsMissed) {
    const Folder folder;
    const std::string path = folder / "n";
    {
        LoneReplica replica(path);
        for (int i = 0; i < 40; ++i) ASSERT_EQ(replica.append("x"), "");
    }
    const NewestSegment newest = newest_in(path);
    EXPECT_NE(newest.begin, Position{});
    const std::string segment = path_in(path, newest.begin);
    EXPECT_EQ(fs::file_size(segment), newest.bytes);
    EXPECT_EQ(why_unusable(path), "");
    const std::string away = folder / "away";
    fs::rename(segment, away);
    EXPECT_NE(why_unusable(path).find(segment + ", the end of its journal, is missing"),
              std::string::npos);
    for (const std::uint64_t size : {std::uint64_t{0}, newest.bytes / 2, newest.bytes - 1}) {
        fs::copy_file(away, segment);
        fs::resize_file(segment, size);
        EXPECT_NE(why_unusable(path).find("was cut off"), std::string::npos) << size;
        fs::remove(segment);
    }
    fs::rename(away, segment);
    EXPECT_EQ(why_unusable(path), "");
}

/// Goal: what a start gives back of a segment's room is not missed, wherever that start ends.
/// Method: one that ends before it has a segment of its own; then one that goes on.
TEST(Newest, RoomThatIsGivenBackIsNotMissed) {
    const Folder folder;
    const std::string path = folder / "n";
    {
        LoneReplica replica(path);
        ASSERT_EQ(replica.append("x"), "");
    }
    const NewestSegment before = newest_in(path);
    {
        auto disk = DataDirectory::open(path, NodeId{9});
        ASSERT_TRUE(disk.has_value()) << disk.error();
        const auto contents = disk->read();
        ASSERT_TRUE(contents.has_value()) << contents.error();
        const auto recovered = contents->recover();
        ASSERT_TRUE(recovered.has_value()) << recovered.error().what;
        ASSERT_TRUE(disk->started(*recovered).has_value());
        ASSERT_TRUE(give_back_room(path, contents->segments, recovered->place).has_value());
    }
    const NewestSegment shorter = newest_in(path);
    EXPECT_EQ(shorter.begin, before.begin);
    EXPECT_LT(shorter.bytes, before.bytes);
    EXPECT_EQ(fs::file_size(path_in(path, shorter.begin)), shorter.bytes);
    EXPECT_EQ(why_unusable(path), "");
    {
        LoneReplica replica(path);
        ASSERT_EQ(replica.append("x"), "");
    }
    EXPECT_GT(newest_in(path).begin, before.begin);
    EXPECT_EQ(why_unusable(path), "");
}

/// Goal: a file that says nothing is told. Method: several texts.
TEST(Newest, FileMustBeReadable) {
    const Folder folder;
    const std::string path = folder / "n";
    fs::create_directory(path);
    EXPECT_TRUE(kept_newest(path).has_value());
    ASSERT_TRUE(keep_newest(path, {.begin = Position{17}, .bytes = 4}).has_value());
    EXPECT_EQ(newest_in(path).begin, Position{17});
    EXPECT_EQ(newest_in(path).bytes, 4U);
    const std::string head = "decree newest segment, format 1\n";
    const std::vector<std::string> bad{"",
                                       head,
                                       head + "17",
                                       head + "17 4",
                                       head + "17\n4\n",
                                       head + "17 4\n ",
                                       "decree newest segment, format 2\n17 4\n"};
    for (const std::string& text : bad) {
        ASSERT_TRUE(keep_file(path, "newest", as_bytes(text)).has_value());
        EXPECT_FALSE(kept_newest(path).has_value()) << text;
    }
}

}  // namespace
}  // namespace decree::net::tests
