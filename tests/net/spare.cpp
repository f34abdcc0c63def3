#include "net/spare.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "net/data_directory.hpp"
#include "tests/net/node_folder.hpp"
#include "traces/file.hpp"

namespace decree::net::tests {
namespace {

namespace fs = std::filesystem;

bool only_zeros(const std::string& path, std::size_t from) {
    const auto bytes = traces::read_file(path);
    if (!bytes) return false;
    const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
    return std::ranges::all_of(Bytes(*bytes).subspan(from), is_zero);
}

/// Goal: a spare is a whole file of zeros; it is given away once, and another one can be made.
/// Method: two, of a size that is no multiple of what is written at a time.
TEST(Spare, IsGivenAwayOnce) {
    constexpr std::uint64_t size = 300'001;
    const Folder folder;
    Spare spare(folder / "next");
    EXPECT_FALSE(spare.take(folder / "early"));
    for (const char* const name : {"first", "second"}) {
        const auto making = spare.begin(size);
        ASSERT_TRUE(making.has_value());
        EXPECT_FALSE(spare.begin(size).has_value()) << "two at a time";
        EXPECT_FALSE(spare.take(folder / name)) << "while it is made";
        ASSERT_TRUE(make_spare(*making));
        spare.made(true);
        EXPECT_FALSE(spare.begin(size).has_value()) << "one lies there";
        EXPECT_TRUE(spare.take(folder / name));
        EXPECT_FALSE(spare.take(folder / "again"));
        EXPECT_EQ(fs::file_size(folder / name), size);
        EXPECT_TRUE(only_zeros(folder / name, 0));
        EXPECT_FALSE(fs::exists(folder / "next"));
    }
}

/// Goal: where it cannot be made, or somebody took it away, there is none, and later one again.
/// Method: a folder that is missing at first; a file that is removed.
TEST(Spare, MayBeMissing) {
    const Folder folder;
    Spare spare(folder / "later/next");
    const auto in_vain = spare.begin(4096);
    ASSERT_FALSE(make_spare(*in_vain));
    spare.made(false);
    EXPECT_FALSE(spare.take(folder / "name"));
    fs::create_directory(folder / "later");
    const auto made = spare.begin(4096);
    ASSERT_TRUE(make_spare(*made));
    spare.made(true);
    fs::remove(folder / "later/next");
    EXPECT_FALSE(spare.take(folder / "name"));
    const auto dropped = spare.begin(4096);
    ASSERT_TRUE(dropped.has_value());
    EXPECT_FALSE(spare.drop()) << "while it is made";
    ASSERT_TRUE(make_spare(*dropped));
    spare.made(true);
    EXPECT_TRUE(spare.drop());
    EXPECT_FALSE(fs::exists(folder / "later/next"));
    EXPECT_FALSE(spare.drop());
    EXPECT_FALSE(spare.take(folder / "name"));
}

/// Goal: nobody else's file is touched, and a disk without much room gives none.
/// Method: a file of that name; a size that no disk has a multiple of.
TEST(Spare, IsNotMadeOfAnothersFile) {
    const Folder folder;
    const WantedSpare wanted{.path = folder / "next", .bytes = 4096};
    ASSERT_TRUE(traces::write_file(wanted.path, as_bytes("a segment by now")).has_value());
    EXPECT_FALSE(make_spare(wanted));
    EXPECT_EQ(fs::file_size(wanted.path), 16U);
    EXPECT_FALSE(make_spare({.path = folder / "vast", .bytes = std::uint64_t{1} << 50U}));
    EXPECT_FALSE(fs::exists(folder / "vast"));
}

/// Goal: a journal's next segment is made of the spare, once a quarter of the one before is used;
/// and without one it is made, with the same room, all the same. Method: three segments, with a
/// spare for the second.
TEST(Spare, BecomesASegment) {
    constexpr std::uint64_t room = 8192;
    const Folder folder;
    const std::string part = folder / "data/journal/next.part";
    auto disk = DataDirectory::open(folder / "data", NodeId{7});
    ASSERT_TRUE(disk.has_value() && disk->started({}) && disk->keep_room(room));
    std::uint64_t end = 0;
    const auto append = [&](bool starts, std::size_t size) {
        const JournalAppend bytes{.begin = Position{end},
                                  .starts_segment = starts,
                                  .bytes = ByteBuffer(size, std::byte{7})};
        ASSERT_TRUE(disk->append(bytes).has_value());
        ASSERT_TRUE(disk->begin_sync()->run().has_value());
        end += size;
    };
    append(true, room / 8);
    append(false, 1);
    EXPECT_FALSE(disk->begin_spare().has_value()) << "of a segment that may never be filled";
    append(false, room / 8);
    const auto making = disk->begin_spare();
    ASSERT_TRUE(making.has_value());
    EXPECT_FALSE(disk->begin_spare().has_value());
    ASSERT_TRUE(make_spare(*making));
    disk->spare_made(true);
    EXPECT_TRUE(fs::exists(part));
    for (int segment = 0; segment < 2; ++segment) {
        const std::string path = path_in(folder / "data", Position{end});
        append(true, 100);
        EXPECT_FALSE(fs::exists(part));
        EXPECT_EQ(fs::file_size(path), room);
        EXPECT_TRUE(only_zeros(path, 100));
        EXPECT_FALSE(only_zeros(path, 99));
    }
    // A start that finds one takes it away: it may be half written.
    ASSERT_TRUE(traces::write_file(part, {}).has_value());
    ASSERT_TRUE(disk->started(disk->read()->recover().value()).has_value());
    EXPECT_FALSE(fs::exists(part));
}

}  // namespace
}  // namespace decree::net::tests
