#include <functional>
#include <map>
#include <utility>

#include "tests/unit/cluster.hpp"

/// One node's disk goes bad, in every way there is; the cluster agrees, and has lost nothing.

namespace decree::test {
namespace {

constexpr std::size_t seal_bytes = 76;

/// Three nodes that have decided some commands, the last ones without N2: so N3 holds one of the
/// only two votes for them. N3's journal is sealed, and N3 is down.
class Damaged : public testing::Test {
protected:
    static Options options() {
        Options options;
        options.segment_bytes = 700;
        options.heartbeat = 100'000;
        return options;
    }
    void SetUp() override {
        base_.elect(1);
        base_.submit(1, 1, AppendText{"a"});
        base_.run(100'000);
        base_.isolate(2);
        for (std::uint64_t i = 2; i <= 4; ++i) base_.submit(1, i, AppendText{"b"});
        base_.settle();
        base_.run(500'000);
        for (std::uint64_t i = 1; i <= 4; ++i) ASSERT_NE(base_.reply(i), nullptr) << i;
        base_.lose_all();
        ASSERT_GE(base_.disk(3).segments.size(), 2U);
    }

    /// N3 starts on a disk on which `spoil` was done. N1 is away, so N2 and N3 are a quorum, if N3
    /// may promise; a client asks for one command more. Then N1 comes back. Returns what is wrong.
    std::string live_on(const std::function<void(Cluster::Disk&)>& spoil) {
        Cluster cluster = base_;
        spoil(cluster.disk(3));
        const auto found = cluster.disk(3).recover();
        if (!found) return "it is refused: " + found.error().what;
        damaged_ += found->damage.empty() ? 0U : 1U;
        doubted_ += found->doubt_through == Slot{} ? 0U : 1U;
        cluster.restart(3);
        cluster.heal();
        cluster.isolate(1);
        cluster.submit(2, 9, AppendText{"c"}, 101);
        live(cluster, 3'000'000);
        went_on_ += cluster.reply(9) == nullptr ? 0U : 1U;
        cluster.heal();
        live(cluster, 3'000'000);
        const std::vector<std::string> expected = {"a", "b", "b", "b", "c"};
        for (const std::uint64_t id : {1U, 2U, 3U}) {
            if (cluster.texts(id) != expected) {
                return "N" + std::to_string(id) + " has executed " +
                       std::to_string(cluster.texts(id).size()) + " commands, or others";
            }
        }
        return cluster.reply(9) == nullptr ? "a command is not answered" : "";
    }
    /// The same while N1 is there, which remembers what N3 had shown: N3 is refused. The others go
    /// on, and have all. Returns what is wrong.
    std::string live_without_it(const std::function<void(Cluster::Disk&)>& spoil) {
        Cluster cluster = base_;
        spoil(cluster.disk(3));
        cluster.restart(3);
        cluster.heal();
        cluster.submit(2, 9, AppendText{"c"}, 101);
        live(cluster, 3'000'000);
        if (!cluster.node(3).outcast()) return "N3 takes part";
        const std::vector<std::string> expected = {"a", "b", "b", "b", "c"};
        const bool agree = cluster.texts(1) == expected && cluster.texts(2) == expected;
        return agree ? "" : "N1 and N2 have not executed all";
    }
    /// In steps as long as a heartbeat: there are many runs.
    static void live(Cluster& cluster, std::uint64_t microseconds) {
        for (std::uint64_t t = 0; t < microseconds; t += 100'000) {
            cluster.pass(100'000);
            cluster.settle();
        }
    }

    Cluster base_{3, {}, options()};
    std::size_t damaged_ = 0;
    std::size_t doubted_ = 0;
    std::size_t went_on_ = 0;  // Without N1.
};

/// Goal: whatever single bit flips on one disk of three, the cluster agrees in the end, and nothing
/// that was acknowledged is lost. Method: each bit of each file, in a cluster of its own.
TEST_F(Damaged, EveryBitFlipEndsInAgreement) {
    std::size_t runs = 0;
    for (const auto& [begin, bytes] : base_.disk(3).segments) {
        for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
            ++runs;
            const std::string wrong = live_on([&](Cluster::Disk& disk) {
                disk.segments.at(begin)[bit / 8] ^= std::byte{1} << (bit % 8);
            });
            ASSERT_EQ(wrong, "") << "bit " << bit << " of the segment at " << begin.value;
        }
    }
    EXPECT_GT(damaged_, runs / 2);
    EXPECT_GT(doubted_, runs / 4);
    EXPECT_LT(doubted_, damaged_) << "some damage takes nothing that matters";
    EXPECT_GT(went_on_, 0U);
    EXPECT_LT(went_on_, runs) << "who may have forgotten a vote waits for N1";
}

/// Goal: the same of every file that lost its end, or all of itself. The end of the last file is
/// excepted, but for the seal: see below. Method: each length of each file.
TEST_F(Damaged, EveryTruncationEndsInAgreement) {
    const auto& segments = base_.disk(3).segments;
    for (const auto& [begin, bytes] : segments) {
        const bool last = begin == segments.rbegin()->first;
        for (std::size_t size = last ? bytes.size() - seal_bytes : 0; size < bytes.size(); ++size) {
            const std::string wrong = live_on([&, at = begin](Cluster::Disk& disk) {
                disk.segments.at(at).resize(size);
                if (size == 0) disk.segments.erase(at);
            });
            ASSERT_EQ(wrong, "") << size << " bytes of the segment at " << begin.value;
        }
        if (!last) {
            EXPECT_GT(std::exchange(damaged_, 0), 0U);
        }
    }
}

/// Goal: a journal that lost more than its seal is one of an earlier moment, as far as it can tell;
/// who remembers the node notices, and refuses it. Method: each such length of the last file.
TEST_F(Damaged, AJournalOfAnEarlierMomentIsRefused) {
    const auto& [begin, bytes] = *base_.disk(3).segments.rbegin();
    for (std::size_t size = 0; size < bytes.size() - seal_bytes; ++size) {
        const std::string wrong = live_without_it([&, at = begin](Cluster::Disk& disk) {
            disk.segments.at(at).resize(size);
            if (size == 0) disk.segments.erase(at);
        });
        ASSERT_EQ(wrong, "") << size << " bytes of the segment at " << begin.value;
    }
}

}  // namespace
}  // namespace decree::test
