#include "net/scrub.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/net/lone_replica.hpp"
#include "tests/net/node_folder.hpp"

/// Looks at the files of a node that runs.

namespace decree::net::tests {
namespace {

constexpr std::uint64_t look_each_turn = 1;

std::vector<std::string> files_of(const std::string& folder) {
    std::vector<std::string> paths;
    const auto files = files_by_number(folder);
    EXPECT_TRUE(files.has_value());
    for (const auto& [number, path] : *files) paths.push_back(path);
    return paths;
}

/// What looks find within so many turns; "" for nothing.
std::string found_within(LoneReplica& replica, int turns) {
    for (; turns > 0 && !replica.damaged(); --turns) {
        EXPECT_EQ(replica.turn(), "");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return replica.damaged().value_or("");
}

/// Goal: a file that is not there is damage like any other, and is named: the first segment of
/// several, the last one, all of them, the snapshot.
/// Method: delete it while the node runs.
TEST(ScrubWhileRunning, FindsWhatIsMissing) {
    for (const std::string what : {"first", "last", "all", "snapshot"}) {
        const Folder folder;
        LoneReplica replica(folder / "n", look_each_turn);
        const auto journal = [&folder] { return files_of(folder / "n/journal"); };
        const auto snapshots = [&folder] { return files_of(folder / "n/snapshots"); };
        const std::string big(300, 'x');
        // No snapshot is on its way any more, which would let segments go.
        const auto settled = [&] {
            const NeededFiles needed = replica.needed();
            return needed.snapshot && needed.segments.size() >= 2 &&
                   journal().size() == needed.segments.size();
        };
        for (int i = 0; i < 4'000 && !settled(); ++i) {
            ASSERT_EQ(i % 20 == 0 ? replica.append(big) : found_within(replica, 1), "");
        }
        ASSERT_TRUE(settled());
        std::vector<std::string> gone = what == "snapshot" ? snapshots() : journal();
        if (what == "first") gone.resize(1);
        if (what == "last") gone = {gone.back()};
        for (const std::string& path : gone) std::filesystem::remove(path);
        const std::string found = found_within(replica, 2'000);
        EXPECT_NE(found.find(gone.front() + ": "), std::string::npos) << what << ": " << found;
    }
}

/// Goal: files that are released or replaced are not missed.
/// Method: looks all the time, at a node that makes many of them, through two starts.
TEST(ScrubWhileRunning, MissesNothingThatWasReleased) {
    const Folder folder;
    for (int start = 0; start < 2; ++start) {
        LoneReplica replica(folder / "n", look_each_turn);
        const std::string big(300, 'x');
        for (int i = 0; i < 400 && !replica.damaged(); ++i) ASSERT_EQ(replica.append(big), "");
        EXPECT_EQ(found_within(replica, 50), "");
    }
}

}  // namespace
}  // namespace decree::net::tests
