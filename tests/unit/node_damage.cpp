#include <functional>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "core/charter.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/group.hpp"
#include "tests/unit/cluster.hpp"

/// One node's disk goes bad, in every way there is; the cluster agrees, and has lost nothing.

namespace decree::test {
namespace {

constexpr std::size_t seal_bytes = 76;

/// Which kinds of records stand in a journal whose groups are all intact.
std::set<std::size_t> kinds_in(const Cluster::Disk& disk) {
    std::set<std::size_t> kinds;
    for (const auto& [begin, bytes] : disk.segments) {
        const NodeId node = journal::read_segment_head(bytes, begin)->node;
        std::size_t at = journal::head_bytes<journal::SegmentHead>;
        while (at < bytes.size()) {
            const Position position{begin.value + at};
            const auto group = journal::read_group(Bytes(bytes).subspan(at), position, node);
            for (const Record& record : group->records) kinds.insert(record.index());
            at = group->end().value - begin.value;
        }
    }
    return kinds;
}

/// What a member finds on its disk when the cluster has just been founded.
Recovered just_founded() {
    Charter charter{.cluster = ClusterId{7}, .founders = {}, .settings = three_of(), .machine = {}};
    charter.machine = CommandLog(charter.settings).founding_settings();
    for (const std::uint64_t id : {1U, 2U, 3U}) {
        charter.founders.push_back({.address = std::string(1, "abc"[id - 1]), .node = n(id)});
    }
    Recovered found;
    found.charter = charter;
    found.founded = true;
    return found;
}

/// Three founders that have decided some commands. What came first is in a snapshot, and in no log;
/// then comes one that N3 only learned, then some without N2: so N3 holds one of the only two votes
/// for them. N3's journal has records of all kinds, and is sealed; N3 is down.
class Damaged : public testing::Test {
protected:
    static Options options() {
        Options options;
        options.segment_bytes = 700;
        options.heartbeat = 100'000;
        options.snapshot_every = 4;
        options.keep_slots = 0;
        return options;
    }
    void SetUp() override {
        base_.elect(1);
        submit("a", 4);
        base_.restart(3);
        base_.run(500'000);
        base_.isolate(3);
        submit("a", 1);
        base_.heal();
        base_.run(500'000);
        base_.isolate(2);
        base_.step(1, HandoverRequested{n(3)});
        base_.run(500'000);
        submit("b", 2);
        ASSERT_GE(base_.disk(3).segments.size(), 2U);
        ASSERT_EQ(base_.disk(3).snapshots.size(), 1U);
        ASSERT_EQ(base_.node(3).log().trimmed_through(), base_.disk(3).snapshots.begin()->first);
        ASSERT_EQ(kinds_in(base_.disk(3)).size(), std::variant_size_v<Record>);
    }

    /// So many commands, all acknowledged.
    void submit(const std::string& text, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            acknowledged_.push_back(text);
            base_.submit(1, acknowledged_.size(), AppendText{text});
        }
        base_.run(500'000);
        for (std::size_t i = 1; i <= acknowledged_.size(); ++i) {
            ASSERT_NE(base_.reply(i), nullptr) << i;
        }
        base_.lose_all();
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
        cluster.submit(2, 99, AppendText{"c"}, 101);
        live(cluster, 3'000'000);
        went_on_ += cluster.reply(99) == nullptr ? 0U : 1U;
        cluster.heal();
        live(cluster, 3'000'000);
        std::vector<std::string> expected = acknowledged_;
        expected.emplace_back("c");
        for (const std::uint64_t id : {1U, 2U, 3U}) {
            if (cluster.texts(id) != expected) {
                return "N" + std::to_string(id) + " has executed " +
                       std::to_string(cluster.texts(id).size()) + " commands, or others";
            }
        }
        return cluster.reply(99) == nullptr ? "a command is not answered" : "";
    }
    /// The same while N1 is there, which remembers what N3 had shown: N3 is refused. The others go
    /// on, and have all. Returns what is wrong.
    std::string live_without_it(const std::function<void(Cluster::Disk&)>& spoil) {
        Cluster cluster = base_;
        spoil(cluster.disk(3));
        cluster.restart(3);
        cluster.heal();
        cluster.submit(2, 99, AppendText{"c"}, 101);
        live(cluster, 3'000'000);
        if (!cluster.node(3).outcast()) return "N3 takes part";
        std::vector<std::string> expected = acknowledged_;
        expected.emplace_back("c");
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

    std::vector<std::string> acknowledged_;
    Cluster base_{3, three_of(), options(), std::make_unique<CommandLog, const Settings&>,
                  just_founded()};
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

/// Goal: both of a snapshot that holds what no log has, and N2 does not: it is noticed, and nothing
/// goes on without N1. Method: each bit and each length of its file, which is also missing.
TEST_F(Damaged, ABadSnapshotEndsInAgreement) {
    submit("b", 4);
    ASSERT_EQ(base_.disk(3).snapshots.size(), 1U);
    ASSERT_LT(base_.node(2).applied(), base_.disk(3).snapshots.begin()->first);
    const auto& [through, bytes] = *base_.disk(3).snapshots.begin();
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        const std::string wrong = live_on([&, file = through](Cluster::Disk& disk) {
            disk.snapshots.at(file)[bit / 8] ^= std::byte{1} << (bit % 8);
        });
        ASSERT_EQ(wrong, "") << "bit " << bit;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::string wrong = live_on([&, file = through](Cluster::Disk& disk) {
            disk.snapshots.at(file).resize(size);
            if (size == 0) disk.snapshots.erase(file);
        });
        ASSERT_EQ(wrong, "") << size << " bytes";
    }
    EXPECT_EQ(damaged_, 9 * bytes.size());
    EXPECT_EQ(doubted_, damaged_);
    EXPECT_EQ(went_on_, 0U);
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
