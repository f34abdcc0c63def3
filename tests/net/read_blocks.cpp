#include "net/read_blocks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <fcntl.h>
#include <unistd.h>

#include "net/folder.hpp"
#include "net/scrub.hpp"
#include "tests/net/node_folder.hpp"
#include "traces/file.hpp"

namespace decree::net::tests {
namespace {

// A disk that cannot read some bytes of each file whose name ends in this.
ReadAt bad_sectors(std::string name, ByteRange bad) {
    return [name, bad](int file, void* into, std::size_t bytes, off_t offset) -> ssize_t {
        const auto link = "/proc/self/fd/" + std::to_string(file);
        const auto at = static_cast<std::uint64_t>(offset);
        const bool strikes = std::filesystem::read_symlink(link).string().ends_with(name);
        if (!strikes || at + bytes <= bad.begin || bad.end <= at) {
            return ::pread(file, into, bytes, offset);
        }
        errno = EIO;
        return -1;
    };
}

// The last segment of a node's folder, or the one before it.
std::string segment(const DiskContents& contents, bool last) {
    auto at = std::prev(contents.segments.end(), last ? 1 : 2);
    return name_of(at->first.value);
}

/// Goal: what the disk cannot read is left out, block by block, and all else is read.
/// Method: a file of some hundred blocks and a half, with bad sectors in the middle and at the end.
TEST(ReadBlocks, LeavesOutWhatCannotBeRead) {
    const Folder folder;
    ByteBuffer bytes(300 * block_bytes + block_bytes / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i % 251);
    ASSERT_TRUE(traces::write_file(folder / "file", bytes).has_value());
    const auto whole = read_blocks(folder / "file");
    ASSERT_TRUE(whole.has_value()) << whole.error();
    EXPECT_EQ(whole->bytes, bytes);
    EXPECT_TRUE(whole->unreadable.empty());
    const std::uint64_t block = block_bytes;
    const std::vector<ByteRange> bad = {{70 * block + 9, 70 * block + 10},
                                        {63 * block, 66 * block},
                                        {300 * block + 5, 300 * block + 6}};
    const std::vector<ByteRange> expected = {
        {70 * block, 71 * block}, {63 * block, 66 * block}, {300 * block, bytes.size()}};
    for (std::size_t i = 0; i < bad.size(); ++i) {
        const auto read = read_blocks(folder / "file", bad_sectors("file", bad[i]));
        ASSERT_TRUE(read.has_value()) << read.error();
        EXPECT_EQ(read->unreadable, std::vector{expected[i]});
        ByteBuffer left = bytes;
        const auto from = left.begin() + static_cast<std::ptrdiff_t>(expected[i].begin);
        const auto to = left.begin() + static_cast<std::ptrdiff_t>(expected[i].end);
        std::fill(from, to, std::byte{0});
        EXPECT_EQ(read->bytes, left);
    }
}

/// Goal: a node starts where its disk cannot read what a later mark vouches for, and does not
/// where its newest promise may have stood; then it is told what to do.
/// Method: the journal of a node that ran, with a segment that cannot be read: the one before the
/// last, or the last.
TEST(ReadBlocks, WhatIsBelowTheLastMarkIsDamage) {
    const Folder folder;
    {
        LoneNode node(folder / "data", 0, 10'000);
        for (int i = 0; i < 80; ++i) node.append("text " + std::to_string(i));
    }
    const auto disk = DataDirectory::open(folder / "data", NodeId{7});
    ASSERT_TRUE(disk.has_value()) << disk.error();
    const auto sound = disk->read();
    ASSERT_TRUE(sound.has_value() && sound->segments.size() > 2);
    const auto middle = disk->read(bad_sectors(segment(*sound, false), {1'000, 1'001}));
    ASSERT_TRUE(middle.has_value()) << middle.error();
    const auto damaged = middle->recover();
    ASSERT_TRUE(damaged.has_value()) << damaged.error().what;
    EXPECT_FALSE(damaged->damage.empty());
    const auto last = disk->read(bad_sectors(segment(*sound, true), {1'000, 1'001}));
    ASSERT_TRUE(last.has_value()) << last.error();
    const auto refused = last->recover();
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().what.find("cannot read its journal"), std::string::npos);
    EXPECT_NE(how_to_go_on(*last).find("copy the folder"), std::string::npos);
}

/// Goal: what a start found bad makes no look at the files end the node again and again.
/// Method: two segments side by side are bad; a start passes over both at once.
TEST(Scrub, KnowsAllThatTheStartFound) {
    const Folder folder;
    {
        LoneNode node(folder / "data", 0, 10'000);
        for (int i = 0; i < 200; ++i) node.append("text " + std::to_string(i));
    }
    auto disk = DataDirectory::open(folder / "data", NodeId{7});
    ASSERT_TRUE(disk.has_value()) << disk.error();
    auto contents = disk->read();
    ASSERT_TRUE(contents.has_value() && contents->segments.size() > 3);
    for (int behind = 2; behind <= 3; ++behind) {
        auto& [begin, bytes] = *std::prev(contents->segments.end(), behind);
        std::fill(bytes.begin(), bytes.end(), std::byte{0});
        const std::string name = folder / ("data/journal/" + name_of(begin.value));
        ASSERT_TRUE(traces::write_file(name, bytes).has_value());
    }
    const auto kept = contents->recover();
    ASSERT_TRUE(kept.has_value()) << kept.error().what;
    EXPECT_EQ(kept->damage.size(), 1U);
    ASSERT_TRUE(disk->started(*kept).has_value());
    EXPECT_GT(disk->needed().segments.size(), 3U);
    Scrub scrub(folder / "data", *contents, *kept);
    for (std::size_t i = 0; i < 2 * contents->segments.size(); ++i) {
        EXPECT_EQ(scrub.look(disk->needed(), kept->place.end), std::nullopt);
    }
}

}  // namespace
}  // namespace decree::net::tests
