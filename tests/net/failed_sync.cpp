#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/cluster.hpp"
#include "net/data_directory.hpp"
#include "net/read_blocks.hpp"
#include "net/shown.hpp"
#include "tests/net/lone_replica.hpp"
#include "tests/net/node_folder.hpp"

/// Disks whose syncs fail.

namespace decree::net::tests {
namespace {

/// The next sync of a file below a folder of this name fails, and none after it; null: none does.
std::atomic<const char*> failing_folder = nullptr;
/// The same of a folder of this name itself: of the names in it.
std::atomic<const char*> failing_names = nullptr;

std::string path_of(int file) {
    std::string path(4096, '\0');
    const std::string link = fmt::format("/proc/self/fd/{}", file);
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    path.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return path;
}

bool must_fail(int file) {
    const char* const folder = failing_folder;
    const char* const names = failing_names;
    if (folder == nullptr && names == nullptr) return false;
    const std::string path = path_of(file);
    if (folder != nullptr && path.find(fmt::format("/{}/", folder)) != std::string::npos) {
        failing_folder = nullptr;
        return true;
    }
    if (names != nullptr && path.ends_with(fmt::format("/{}", names))) {
        failing_names = nullptr;
        return true;
    }
    return false;
}

ino_t inode_of(int file) {
    struct stat about = {};
    EXPECT_EQ(::fstat(file, &about), 0);
    return about.st_ino;
}

/// Files of which the system was told to remember nothing, by any thread.
std::mutex forgotten_mutex;
std::set<ino_t> forgotten_files;

void note_forgotten(ino_t file) {
    const std::lock_guard lock(forgotten_mutex);
    forgotten_files.insert(file);
}

bool was_forgotten(ino_t file) {
    const std::lock_guard lock(forgotten_mutex);
    return forgotten_files.contains(file);
}

}  // namespace
}  // namespace decree::net::tests

/// In place of the system's, for all of this program; and so is what follows.
extern "C" int fdatasync(int file) {
    if (!decree::net::tests::must_fail(file)) return ::fsync(file);
    errno = EIO;
    return -1;
}

extern "C" int posix_fadvise(int file, off_t offset, off_t length, int advice) {
    using namespace decree::net::tests;
    if (advice == POSIX_FADV_DONTNEED) note_forgotten(inode_of(file));
    return ::syscall(SYS_fadvise64, file, offset, length, advice) == 0 ? 0 : errno;
}

namespace decree::net::tests {
namespace {

// What was acknowledged is there, and the node goes on.
void starts_again(const std::string& path, std::size_t executed) {
    LoneReplica again(path);
    EXPECT_EQ(again.append("later"), "");
    EXPECT_GE(again.executed(), executed);
}

/// Goal: a sync of the journal that fails ends the node, though the next one would succeed, and
/// nothing is acknowledged that it was for.
/// Method: one that fails among others; then another start.
TEST(FailedSync, OfTheJournalEndsTheNode) {
    const Folder folder;
    {
        LoneReplica replica(folder / "n");
        ASSERT_EQ(replica.append("durable"), "");
        failing_folder = "journal";
        const std::string why = replica.append("perhaps");
        EXPECT_NE(why.find("cannot sync"), std::string::npos) << why;
        EXPECT_EQ(failing_folder, nullptr);
    }
    starts_again(folder / "n", 2);
}

/// Goal: the same of a snapshot, for which the journal would be given up.
/// Method: as many commands as make one.
TEST(FailedSync, OfASnapshotEndsTheNode) {
    const Folder folder;
    {
        LoneReplica replica(folder / "n");
        failing_folder = "snapshots";
        std::string why;
        for (int i = 0; i < 100 && why.empty(); ++i) why = replica.append("x");
        EXPECT_NE(why.find("cannot sync"), std::string::npos) << why;
        EXPECT_EQ(failing_folder, nullptr);
    }
    starts_again(folder / "n", 8);
}

/// Goal: so does a sync of their names.
/// Method: one that fails when a segment is begun, or a snapshot has got its name.
TEST(FailedSync, OfAFoldersNamesEndsTheNode) {
    for (const char* const names : {"journal", "snapshots"}) {
        const Folder folder;
        LoneReplica replica(folder / "n");
        ASSERT_EQ(replica.append("durable"), "");
        failing_names = names;
        std::string why;
        for (int i = 0; i < 200 && why.empty(); ++i) why = replica.append("x");
        EXPECT_NE(why.find("cannot sync"), std::string::npos) << names << why;
        EXPECT_EQ(failing_names, nullptr);
    }
}

/// Goal: a node does not go on either where it may have lost what it is kept beside the journal:
/// who it is, its cluster's name, which start it has shown.
/// Method: the sync of the folder in which they are, after each of them.
TEST(FailedSync, OfTheNodesFolderIsTold) {
    const Folder folder;
    const std::string path = folder / "n";
    const auto told = [](const auto& done) {
        EXPECT_FALSE(done.has_value());
        return done ? "nothing" : done.error();
    };
    failing_names = "n";
    EXPECT_NE(told(DataDirectory::open(path, NodeId{7})).find("cannot sync"), std::string::npos);
    failing_names = "n";
    EXPECT_NE(told(keep_shown(path, 1)).find("cannot sync"), std::string::npos);
    failing_names = "n";
    EXPECT_NE(told(keep_name(path, "local")).find("cannot sync"), std::string::npos);
    EXPECT_EQ(failing_names.exchange(nullptr), nullptr);
    EXPECT_TRUE(keep_shown(path, 1).has_value());
}

/// Goal: a folder that is made is not lost with power: nor are those above it that came with it.
/// Method: the sync of each folder in which one is made.
TEST(FailedSync, OfWhatIsAboveTheNodesFolderIsTold) {
    for (const char* const names : {"upper", "lower"}) {
        const Folder folder;
        std::filesystem::create_directory(folder / "upper");
        failing_names = names;
        const auto opened = DataDirectory::open(folder / "upper/lower/n/", NodeId{7});
        EXPECT_EQ(failing_names.exchange(nullptr), nullptr) << names;
        ASSERT_FALSE(opened.has_value()) << names;
        EXPECT_NE(opened.error().find("cannot sync"), std::string::npos) << opened.error();
    }
}

/// Goal: what stands in for the system here may be used by all threads, and passes on what it is
/// told: other tests of this program read from the disk as well.
/// Method: many files at once; an advice that there is not.
TEST(FailedSync, AdviceReachesTheSystem) {
    const Folder folder;
    constexpr int files_each = 100;
    constexpr int threads = 4;
    const auto path = [&folder](int thread, int file) {
        return folder / fmt::format("{}-{}", thread, file);
    };
    for (int file = 0; file < threads * files_each; ++file) {
        std::ofstream(path(file % threads, file / threads)) << "x";
    }
    {
        std::vector<std::jthread> all;
        for (int thread = 0; thread < threads; ++thread) {
            all.emplace_back([thread, &path] {
                for (int file = 0; file < files_each; ++file) forget_cached(path(thread, file));
            });
        }
    }
    for (int file = 0; file < threads * files_each; ++file) {
        struct stat about = {};
        ASSERT_EQ(::stat(path(file % threads, file / threads).c_str(), &about), 0);
        EXPECT_TRUE(was_forgotten(about.st_ino)) << file;
    }
    const int file = ::open(path(0, 0).c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(::posix_fadvise(file, 0, 0, 99), EINVAL);
    ::close(file);
}

/// Goal: a start reads what is on the disk: of what a failed sync lost the system may remember
/// that it was written, and no other sync writes it.
/// Method: look, at each read, whether the system was told to forget the file.
TEST(FailedSync, AStartReadsFromTheDisk) {
    const Folder folder;
    {
        LoneReplica replica(folder / "n");
        for (int i = 0; i < 20; ++i) ASSERT_EQ(replica.append("x"), "");
    }
    {
        const std::lock_guard lock(forgotten_mutex);
        forgotten_files.clear();
    }
    const auto disk = DataDirectory::open(folder / "n", NodeId{7});
    ASSERT_TRUE(disk.has_value()) << disk.error();
    std::size_t reads = 0;
    const auto contents = disk->read([&](int file, void* into, std::size_t bytes, off_t offset) {
        ++reads;
        EXPECT_TRUE(was_forgotten(inode_of(file)));
        return ::pread(file, into, bytes, offset);
    });
    ASSERT_TRUE(contents.has_value()) << contents.error();
    EXPECT_GE(reads, contents->segments.size() + contents->snapshots.size());
    EXPECT_FALSE(contents->snapshots.empty());
}

}  // namespace
}  // namespace decree::net::tests
