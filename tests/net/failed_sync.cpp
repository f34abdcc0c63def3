#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/store/command_log.hpp"
#include "net/replica.hpp"
#include "tests/net/node_folder.hpp"

/// Disks whose syncs fail.

namespace decree::net::tests {
namespace {

/// The next sync of a file below a folder of this name fails, and none after it; null: none does.
std::atomic<const char*> failing_folder = nullptr;

bool must_fail(int file) {
    const char* const folder = failing_folder;
    if (folder == nullptr) return false;
    std::string path(4096, '\0');
    const std::string link = fmt::format("/proc/self/fd/{}", file);
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    path.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (path.find(fmt::format("/{}/", folder)) == std::string::npos) return false;
    failing_folder = nullptr;
    return true;
}

}  // namespace
}  // namespace decree::net::tests

/// In place of the system's, for all of this program.
extern "C" int fdatasync(int file) {
    if (!decree::net::tests::must_fail(file)) return ::fsync(file);
    errno = EIO;
    return -1;
}

namespace decree::net::tests {
namespace {

/// A cluster of one node as a server runs it, each turn a millisecond after the one before.
class LoneReplica final : ReplicaUser {
public:
    explicit LoneReplica(const std::string& path) {
        auto disk = DataDirectory::open(path, NodeId{7});
        EXPECT_TRUE(disk.has_value()) << disk.error();
        const Settings settings{.voters = {disk->node()}};
        const Options options{.self = disk->node(),
                              .contacts = {disk->node()},
                              .snapshot_every = 8,
                              .keep_slots = 8,
                              .segment_bytes = 4'000,
                              .members = {}};
        auto started = Replica::start(*std::move(disk), {.settings = settings, .founders = {}},
                                      options, std::make_unique<CommandLog>(settings),
                                      std::uint64_t{1} << 40U, now_, [this] { woken_.release(); });
        EXPECT_TRUE(started.has_value()) << started.error();
        replica_ = *std::move(started);
    }
    /// Returns when `text` is acknowledged, or what comes before that: why the node must end.
    std::string append(const std::string& text) {
        done_ = false;
        for (int turns = 0; turns < 5'000; ++turns) {
            if (!asked_) {
                replica_->happened(Requested{.client = ClientId{1},
                                             .id = {},
                                             .tag = 1,
                                             .payload = encode_command(AppendText{text})});
            }
            asked_ = true;
            if (std::string why = turn(); !why.empty()) return why;
            if (done_) return "";
        }
        return "there is no answer";
    }
    /// One turn, and all that it makes the disk do. Why the node must end, if it must.
    std::string turn() {
        now_ = now_ + 1'000;
        if (Done done = replica_->turn(now_, *this); !done) return done.error();
        if (!replica_->at_rest()) woken_.acquire();
        return "";
    }
    [[nodiscard]] std::size_t executed() const {
        return dynamic_cast<const CommandLog&>(replica_->node().machine()).length();
    }

private:
    void answered(const Reply& reply) override {
        asked_ = false;
        done_ = reply.outcome == Outcome::Done;
    }
    void send(const Envelope&) override {}
    void stepped() override {}

    Time now_{1'000'000};
    bool asked_ = false;
    bool done_ = false;
    std::counting_semaphore<> woken_{0};
    std::unique_ptr<Replica> replica_;  // Last: its threads use the others.
};

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
    LoneReplica again(folder / "n");
    EXPECT_EQ(again.append("later"), "");
    EXPECT_GE(again.executed(), 2U);
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
    LoneReplica again(folder / "n");
    EXPECT_EQ(again.append("later"), "");
    EXPECT_GE(again.executed(), 8U);
}

}  // namespace
}  // namespace decree::net::tests
