#include "net/spare.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <fcntl.h>
#include <fmt/format.h>

#include "net/data_directory.hpp"
#include "tests/net/lone_replica.hpp"
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

std::shared_ptr<const File> written(const std::string& path, std::size_t size) {
    auto file = File::open(path, O_RDWR | O_CREAT);
    EXPECT_TRUE(file && file->write_at(0, ByteBuffer(size, std::byte{7})));
    return std::make_shared<const File>(*std::move(file));
}

/// Goal: a spare is a whole file of zeros; it is given away once, and another one can be made.
/// Method: two, of a size that is no multiple of what is written at a time.
TEST(Spare, IsGivenAwayOnce) {
    constexpr std::uint64_t size = 300'001;
    const Folder folder;
    Spare spare(folder / "");
    EXPECT_FALSE(spare.take(folder / "early"));
    for (const char* const name : {"first", "second"}) {
        const auto making = spare.begin(size);
        ASSERT_TRUE(making.has_value());
        EXPECT_FALSE(spare.begin(size).has_value()) << "two at a time";
        EXPECT_FALSE(spare.take(folder / name)) << "while it is made";
        spare.made(make_spare(*making).value());
        EXPECT_FALSE(spare.begin(size).has_value()) << "one lies there";
        EXPECT_TRUE(spare.take(folder / name));
        EXPECT_FALSE(spare.take(folder / "again"));
        EXPECT_EQ(fs::file_size(folder / name), size);
        EXPECT_TRUE(only_zeros(folder / name, 0));
        EXPECT_FALSE(fs::exists(folder / "next.part"));
    }
}

/// Goal: where it cannot be made, or somebody took it away, there is none, and later one again.
/// Method: a folder that is missing at first; a file that is removed.
TEST(Spare, MayBeMissing) {
    const Folder folder;
    Spare spare(folder / "later");
    const auto in_vain = spare.begin(4096);
    spare.made(make_spare(*in_vain).value());
    EXPECT_FALSE(spare.take(folder / "name"));
    fs::create_directory(folder / "later");
    spare.made(make_spare(*spare.begin(4096)).value());
    fs::remove(folder / "later/next.part");
    EXPECT_FALSE(spare.take(folder / "name"));
    const auto dropped = spare.begin(4096);
    ASSERT_TRUE(dropped.has_value());
    EXPECT_FALSE(spare.drop()) << "while it is made";
    spare.made(make_spare(*dropped).value());
    EXPECT_TRUE(spare.drop());
    EXPECT_FALSE(fs::exists(folder / "later/next.part"));
    EXPECT_FALSE(spare.drop());
    EXPECT_FALSE(spare.take(folder / "name"));
}

/// Goal: nobody else's file is touched, and a disk without much room gives none.
/// Method: a file of that name; a size that no disk has a multiple of.
TEST(Spare, IsNotMadeOfAnothersFile) {
    const Folder folder;
    const std::string next = folder / "next.part";
    ASSERT_TRUE(traces::write_file(next, as_bytes("a segment by now")).has_value());
    EXPECT_FALSE(make_spare({.path = next, .bytes = 4096, .old = {}}).value());
    EXPECT_EQ(fs::file_size(next), 16U);
    constexpr std::uint64_t vast = std::uint64_t{1} << 50U;
    EXPECT_FALSE(make_spare({.path = folder / "vast", .bytes = vast, .old = {}}).value());
    EXPECT_FALSE(fs::exists(folder / "vast"));
}

/// Goal: it is made of an old file, all of which becomes zeros; the file is what was ours before,
/// whoever bears its name now, and whatever is not kept is deleted.
/// Method: an old file that is longer than what is asked for; a stranger's file under its name; as
/// many files as nobody needs.
TEST(Spare, IsMadeOfAnOldFile) {
    const Folder folder;
    Spare spare(folder / "");
    const auto keep = [&](const std::string& path, std::size_t size) {
        const LetGo gone = spare.keep(path, written(path, size), size);
        EXPECT_TRUE(let_go(gone).has_value());
        EXPECT_FALSE(fs::exists(path));
        return gone.kept_as;
    };
    const std::string kept = keep(folder / "1", 700'000);
    EXPECT_TRUE(Spare::is_named(fs::path(kept).filename().string()));
    spare.made(make_spare(*spare.begin(300'000)).value());
    EXPECT_FALSE(fs::exists(kept));
    ASSERT_TRUE(spare.take(folder / "2"));
    EXPECT_EQ(fs::file_size(folder / "2"), 700'000U);
    EXPECT_TRUE(only_zeros(folder / "2", 0));

    const std::string moved = keep(folder / "3", 5000);
    fs::rename(moved, folder / "elsewhere");
    ASSERT_TRUE(traces::write_file(moved, as_bytes("a stranger's")).has_value());
    spare.made(make_spare(*spare.begin(5000)).value());
    EXPECT_TRUE(only_zeros(folder / "elsewhere", 0));
    EXPECT_FALSE(only_zeros(folder / "next.part", 0));
    EXPECT_TRUE(spare.drop());

    std::size_t many = 0;
    while (many < 100 && !keep(folder / "many", 10).empty()) ++many;
    EXPECT_GT(many, 1U);
    EXPECT_LT(many, 100U);
    EXPECT_TRUE(spare.drop());
    EXPECT_TRUE(fs::remove(folder / "elsewhere") && fs::remove(folder / "2"));
    EXPECT_TRUE(fs::is_empty(folder / "")) << "nothing is left";
}

/// Goal: a journal's next segment is made of the spare, once a quarter of the one before is used;
/// and without one it is made, with the same room, all the same; and a segment that is needed no
/// more becomes a spare.
/// Method: three segments, with a spare for the second; then the first two are let go.
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
    disk->spare_made(make_spare(*making).value());
    EXPECT_TRUE(fs::exists(part));
    for (int segment = 0; segment < 2; ++segment) {
        const std::string path = path_in(folder / "data", Position{end});
        append(true, 100);
        EXPECT_FALSE(fs::exists(part));
        EXPECT_EQ(fs::file_size(path), room);
        EXPECT_TRUE(only_zeros(path, 100));
        EXPECT_FALSE(only_zeros(path, 99));
    }
    for (const LetGo& file : disk->release(Position{end - 100})) {
        EXPECT_FALSE(file.kept_as.empty());
        ASSERT_TRUE(let_go(file).has_value());
    }
    append(false, room / 4);
    const auto again = disk->begin_spare();
    ASSERT_TRUE(again.has_value() && again->old.has_value());
    disk->spare_made(make_spare(*again).value());
    EXPECT_TRUE(only_zeros(part, 0));
    // A start that finds some takes them away: they may be half written.
    EXPECT_TRUE(fs::exists(folder / "data/journal/old-1.part"));
    ASSERT_TRUE(disk->started({}).has_value());
    EXPECT_FALSE(fs::exists(part));
    EXPECT_FALSE(fs::exists(folder / "data/journal/old-1.part"));
}

/// Goal: segments that are used again hold what was written to them, and nothing of before: a node
/// that ends anywhere loses no more than ever.
/// Method: nodes that write many times what their journal holds, and end at once; then a start.
TEST(Spare, SegmentsAreUsedAgain) {
    bool seen = false;
    for (const std::size_t length : {120U, 137U, 151U, 166U, 200U, 333U}) {
        const Folder folder;
        {
            LoneReplica node(folder / "data");
            for (std::size_t i = 0; i < length; ++i) {
                ASSERT_EQ(node.append(fmt::format("{:200}", i)), "");
                seen = seen || fs::exists(folder / "data/journal/old-1.part");
            }
        }
        LoneReplica again(folder / "data");
        ASSERT_EQ(again.append("last"), "");
        EXPECT_EQ(again.executed(), length + 1);
    }
    EXPECT_TRUE(seen) << "no segment was kept";
}

}  // namespace
}  // namespace decree::net::tests
