#include "net/data_directory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/net/node_folder.hpp"
#include "traces/file.hpp"

namespace decree::net::tests {
namespace {

namespace fs = std::filesystem;

/// Goal: a folder in which a node has begun a journal is that node's for good; nobody else uses it
/// meanwhile. Until then nobody has heard of the node, and the next start is another one.
/// Method: open it twice at once, then again, then with a journal, then without one.
TEST(DataDirectory, IsOnesOwn) {
    const Folder folder;
    const std::string path = folder / "a/b";
    {
        const auto first = DataDirectory::open(path, NodeId{5});
        ASSERT_TRUE(first.has_value()) << first.error();
        EXPECT_EQ(first->node(), NodeId{5});
        const auto second = DataDirectory::open(path, NodeId{6});
        ASSERT_FALSE(second.has_value());
        EXPECT_NE(second.error().find("another process has it open"), std::string::npos);
    }
    const auto opened = [&](std::uint64_t fresh) {
        const auto again = DataDirectory::open(path, NodeId{fresh});
        return again.has_value() ? again->node() : NodeId{};
    };
    EXPECT_EQ(opened(6), NodeId{6});
    std::ofstream(path + "/journal/00000000000000000000.part") << "unsynced";
    EXPECT_EQ(opened(7), NodeId{7});
    std::ofstream(path + "/journal/00000000000000000000") << "durable";
    EXPECT_EQ(opened(8), NodeId{7});
    fs::remove(path + "/journal/00000000000000000000");
    std::ofstream(path + "/shown") << "1";
    EXPECT_EQ(opened(9), NodeId{7}) << "who has shown itself lost its journal";
}

/// Goal: a folder that cannot be looked into is not said to be none of a node's.
/// Method: a name that no system takes; and, since nobody may hold that against it, a folder that
/// is not there.
TEST(DataDirectory, TellsWhatItCannotLookInto) {
    const Folder folder;
    const auto hidden = look_into(folder / std::string(300, 'n'));
    ASSERT_FALSE(hidden.has_value());
    EXPECT_NE(hidden.error().find(": File name too long; "), std::string::npos) << hidden.error();
    const auto missing = look_into(folder / "missing");
    ASSERT_FALSE(missing.has_value());
    EXPECT_NE(missing.error().find("no node's folder"), std::string::npos) << missing.error();
}

/// Goal: what is not ours is left alone, and what is broken is said.
/// Method: a folder with a stranger's file, and one whose identity was edited.
TEST(DataDirectory, RefusesWhatIsNotANodes) {
    const Folder folder;
    fs::create_directories(folder / "photos");
    std::ofstream(folder / "photos/cat.jpg") << "meow";
    const auto strange = DataDirectory::open(folder / "photos", NodeId{5});
    ASSERT_FALSE(strange.has_value());
    EXPECT_NE(strange.error().find("name an empty folder"), std::string::npos);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "photos"), {}), 1);

    ASSERT_TRUE(DataDirectory::open(folder / "data", NodeId{5}).has_value());
    for (const char* text : {"", "decree data, format 9\nx\n", "decree data, format 1\nx\n"}) {
        std::ofstream(folder / "data/node") << text;
        EXPECT_FALSE(DataDirectory::open(folder / "data", NodeId{5}).has_value()) << text;
    }
}

/// Goal: a node finds again what it made durable, and its folder does not grow for ever.
/// Method: many commands, snapshots and starts.
TEST(DataDirectory, KeepsWhatANodeWrote) {
    const Folder folder;
    std::vector<std::string> expected;
    for (int start = 0; start < 5; ++start) {
        LoneNode node(folder / "data");
        for (int i = 0; i < 40; ++i) {
            expected.push_back(std::to_string(expected.size()));
            node.append(expected.back());
        }
        EXPECT_EQ(node.texts(), expected);
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "data/snapshots"), {}), 1);
    EXPECT_LE(std::distance(fs::directory_iterator(folder / "data/journal"), {}), 8);
}

/// Goal: what recovery gave up stays on the disk until something newer is durable, also where that
/// has the same name.
/// Method: three segments, of which a start keeps the first; then a new one in the second's place.
TEST(DataDirectory, GivesUpNothingBeforeItsFirstSync) {
    const Folder folder;
    const auto bytes_of = [&folder](std::uint64_t begin) {
        const auto bytes = traces::read_file(folder / fmt::format("data/journal/{:020}", begin));
        return bytes ? std::string(as_text(*bytes)) : "nothing";
    };
    const auto segment = [](std::uint64_t begin, const ByteBuffer& bytes) {
        return JournalAppend{.begin = Position{begin}, .starts_segment = true, .bytes = bytes};
    };
    const auto text = [](std::string_view words) {
        const Bytes bytes = as_bytes(words);
        return ByteBuffer(bytes.begin(), bytes.end());
    };
    Recovered kept;
    kept.place.end = Position{3};
    kept.place.segments = {{.begin = Position{0}, .highest = Slot{}}};
    {
        auto disk = DataDirectory::open(folder / "data", NodeId{7});
        ASSERT_TRUE(disk.has_value());
        for (const std::uint64_t begin : {0U, 3U, 6U}) {
            ASSERT_TRUE(disk->append(segment(begin, text("old"))).has_value());
        }
        ASSERT_TRUE(disk->begin_sync()->run().has_value());
    }
    for (const bool synced : {false, true}) {
        auto disk = DataDirectory::open(folder / "data", NodeId{7});
        ASSERT_TRUE(disk.has_value());
        ASSERT_EQ(disk->read()->segments.size(), 3U);
        ASSERT_TRUE(disk->started(kept).has_value());
        ASSERT_TRUE(disk->append(segment(3, text("newer"))).has_value());
        EXPECT_EQ(bytes_of(3), "old");
        EXPECT_EQ(bytes_of(6), "old");
        if (!synced) continue;
        EXPECT_EQ(disk->begin_sync()->run(), Position{8});
        EXPECT_EQ(bytes_of(0), "old");
        EXPECT_EQ(bytes_of(3), "newer");
        EXPECT_EQ(bytes_of(6), "nothing");
        EXPECT_EQ(disk->read()->segments.size(), 2U);
    }
}

/// Goal: a snapshot that recovery could not use goes, but not before something newer is durable,
/// nor while it is missed; and not one that has taken its name since. Method: a node's folder with
/// one more, of garbage, which two starts find; then a start in doubt, and one whose new snapshot
/// has that name.
TEST(DataDirectory, GivesUpRottenSnapshotsAfterItsFirstSync) {
    const Folder folder;
    const Slot through{1'000};
    const std::string rotten = folder / fmt::format("data/snapshots/{}", name_of(through.value));
    {
        LoneNode node(folder / "data");
        for (int i = 0; i < 20; ++i) node.append("x");
    }
    ASSERT_EQ(std::distance(fs::directory_iterator(folder / "data/snapshots"), {}), 1);
    std::ofstream(rotten) << "garbage";
    for (int start = 0; start < 2; ++start) {
        const LoneNode node(folder / "data");
        EXPECT_TRUE(fs::exists(rotten));
    }
    {
        LoneNode node(folder / "data");
        node.append("x");
        node.append("x");
        EXPECT_FALSE(fs::exists(rotten));
        EXPECT_EQ(node.texts().size(), 22U);
    }
    std::ofstream(rotten) << "garbage";
    for (const bool replaced : {false, true}) {
        auto disk = DataDirectory::open(folder / "data", NodeId{7});
        ASSERT_TRUE(disk.has_value()) << disk.error();
        auto kept = disk->read()->recover();
        ASSERT_TRUE(kept.has_value()) << kept.error().what;
        kept->doubt_through = replaced ? Slot{} : through;
        ASSERT_TRUE(disk->started(*kept).has_value());
        if (replaced) {
            ASSERT_TRUE(disk->write(SnapshotWrite{SnapshotBegin{through}}).has_value());
            const auto commit = disk->write(SnapshotWrite{SnapshotCommit{through}});
            ASSERT_TRUE(commit.has_value() && *commit);
            EXPECT_EQ((*commit)->run(), through);
        }
        for (std::uint64_t i = 0; i < 2; ++i) {
            ASSERT_TRUE(disk->append({.begin = Position{kept->place.end.value + i},
                                      .starts_segment = i == 0,
                                      .bytes = {std::byte{1}}})
                            .has_value());
            ASSERT_TRUE(disk->begin_sync()->run().has_value());
            EXPECT_TRUE(disk->release(Position{}).empty());
        }
    }
    EXPECT_TRUE(fs::exists(rotten));
}

/// Goal: room that was made in a segment, and not used, is no torn write; and what is written there
/// and is no group, is one.
/// Method: a node's journal, in segments made with room; then a byte in the middle of that.
TEST(DataDirectory, UnusedRoomIsNotTorn) {
    const Folder folder;
    {
        LoneNode node(folder / "data", 65'536);
        node.append("a");
    }
    auto disk = DataDirectory::open(folder / "data", NodeId{7});
    ASSERT_TRUE(disk.has_value()) << disk.error();
    auto contents = disk->read();
    ASSERT_TRUE(contents.has_value());
    ByteBuffer& segment = contents->segments.rbegin()->second;
    ASSERT_EQ(segment.size(), 65'536U);
    const auto found = contents->recover();
    ASSERT_TRUE(found.has_value()) << found.error().what;
    EXPECT_FALSE(found->torn_at.has_value());
    EXPECT_FALSE(found->slots.empty());
    segment[60'000] = std::byte{1};
    const auto torn = contents->recover();
    ASSERT_TRUE(torn.has_value()) << torn.error().what;
    EXPECT_EQ(torn->torn_at, found->place.end);
    EXPECT_EQ(torn->slots, found->slots);
}

/// Goal: kill -9 at any instant loses nothing that was acknowledged.
/// Method: a process that tells what was acknowledged, killed after more and more of it.
TEST(DataDirectory, SurvivesKilledProcesses) {
    const Folder folder;
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 12; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            LoneNode node(folder / "data");
            for (std::uint64_t i = node.texts().size();; ++i) {
                node.append(std::to_string(i));
                const std::uint64_t told = i + 1;
                if (::write(ends[1], &told, sizeof told) != sizeof told) ::_exit(1);
            }
        }
        ::close(ends[1]);
        for (int i = 0; i < 7 * round + 1; ++i) {
            ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), 8);
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(ends[0]);
        const std::vector<std::string> texts = LoneNode(folder / "data").texts();
        ASSERT_GE(texts.size(), acknowledged);
        for (std::uint64_t i = 0; i < texts.size(); ++i) ASSERT_EQ(texts[i], std::to_string(i));
    }
}

}  // namespace
}  // namespace decree::net::tests
