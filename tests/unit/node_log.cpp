#include "tests/unit/cluster.hpp"

namespace decree::test {
namespace {

using Texts = std::vector<std::string>;

/// Goal: a new leader finishes what it finds: votes found, no-ops in the holes, own commands last.
/// Method: N1 leads, its accept for slot 1 reaches nobody, that for slot 2 reaches N2; N1 dies.
TEST(Log, ANewLeaderFillsHolesAndFinishesWhatItFound) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"lost"});
    cluster.lose_all();
    cluster.submit(1, 2, AppendText{"found"});
    ASSERT_TRUE(cluster.deliver<Accept>(1, 2));
    cluster.lose_all();
    cluster.isolate(1);
    cluster.submit(3, 3, AppendText{"own"});
    cluster.elect(3);
    cluster.run(500'000);
    EXPECT_EQ(cluster.texts(3), (Texts{"found", "own"}));
    EXPECT_EQ(cluster.texts(2), cluster.texts(3));
    EXPECT_GE(cluster.count(Rule::GapFilledWithNoop), 1U);
    cluster.heal();
    cluster.run(2'000'000);
    // The first command was never chosen; its client's node leads no more and sends it on.
    EXPECT_EQ(cluster.texts(1), (Texts{"found", "own", "lost"}));
    EXPECT_EQ(cluster.texts(2), cluster.texts(1));
}

/// Goal: a retry executes once, wherever it is sent, and gets the first answer.
/// Method: the same request at three nodes, before and after a change of leader.
TEST(Log, ARetryExecutesOnce) {
    Cluster cluster(3);
    cluster.elect(1);
    cluster.submit(1, 1, AppendText{"once"});
    cluster.submit(2, 1, AppendText{"once"});
    cluster.run(300'000);
    cluster.isolate(1);
    cluster.elect(2);
    cluster.submit(3, 1, AppendText{"once"});
    cluster.run(300'000);
    EXPECT_EQ(cluster.texts(2), Texts{"once"});
}

/// Goal: one step proposes all that waits as one batch, and each command has its answer.
/// Method: commands that wait at a follower until a leader is there.
TEST(Log, WaitingCommandsShareASlot) {
    Cluster cluster(3);
    for (std::uint64_t i = 1; i <= 10; ++i) cluster.submit(1, i, AppendText{std::to_string(i)});
    cluster.elect(1);
    cluster.run(200'000);
    EXPECT_EQ(cluster.node(1).chosen_through(), Slot{1});
    EXPECT_EQ(cluster.texts(3).size(), 10U);
    for (std::uint64_t i = 1; i <= 10; ++i) EXPECT_NE(cluster.reply(i), nullptr);
}

/// Goal: no more than alpha slots are in flight.
/// Method: alpha 4, batches of one, ten commands, no votes.
TEST(Log, AtMostAlphaSlotsAreInFlight) {
    Settings settings;
    settings.alpha = 4;
    Options options;
    options.batch_commands = 1;
    Cluster cluster(3, settings, options);
    cluster.elect(1);
    for (std::uint64_t i = 1; i <= 10; ++i) cluster.submit(1, i, AppendText{std::to_string(i)});
    EXPECT_EQ(std::get<Leading>(cluster.node(1).role_state()).phase2.size(), 4U);
    EXPECT_GT(cluster.count(Rule::ProposalWaitsForWindow), 0U);
    cluster.settle();
    EXPECT_EQ(cluster.texts(1).size(), 10U);
}

/// Goal: a laggard catches up from the log, or by a snapshot when the log is trimmed; then it is
/// equal in all that is replicated. Method: isolate N3, write much, heal.
TEST(Log, ALaggardCatchesUpByLogOrSnapshot) {
    for (const std::uint32_t every : {1000U, 10U}) {
        Options options;
        options.snapshot_every = every;
        options.keep_slots = 2;
        options.part_bytes = 200;
        Cluster cluster(3, {}, options);
        cluster.elect(1);
        cluster.isolate(3);
        for (std::uint64_t i = 1; i <= 150; ++i) {
            cluster.submit(1, i, AppendText{"text " + std::to_string(i)});
            cluster.settle();
        }
        cluster.heal();
        cluster.run(2'000'000);
        EXPECT_EQ(cluster.node(3).applied(), Slot{150});
        EXPECT_EQ(cluster.node(3).applied_digest(), cluster.node(1).applied_digest());
        EXPECT_EQ(cluster.count(Rule::SnapshotInstalled), every == 10 ? 1U : 0U);
    }
}

/// Goal: a leader whose slots others decided stops: its watermark must not bless its own old
/// values. Method: N1 proposes "old" to N2 and N3's link to it is cut; the others decide otherwise
/// and trim; N1, which still believes that it leads, gets their snapshot.
TEST(Log, ALeaderOvertakenByASnapshotStepsDown) {
    Options options;
    options.snapshot_every = 4;
    options.keep_slots = 0;
    options.election = 100'000'000;  // Nobody steps down by time.
    Cluster cluster(3, {}, options);
    cluster.step(1, TimePassed{});
    for (int i = 0; i < 10 && cluster.node(1).role() != Role::Leading; ++i) {
        cluster.pass_at(1, 200'000'000);
        cluster.pass_at(2, 0);
        cluster.settle();
    }
    ASSERT_EQ(cluster.node(1).role(), Role::Leading);
    const Ballot old = cluster.node(1).ballot();
    const Executor snapshot = [&] {
        Executor executor(cluster.settings(), std::make_unique<CommandLog>(cluster.settings()));
        std::vector<CommandResult> results;
        std::vector<NodeId> dropped;
        for (std::uint64_t slot = 1; slot <= 4; ++slot) {
            executor.apply(Slot{slot}, {}, cluster.settings(), results, dropped);
        }
        return executor;
    }();
    cluster.submit(1, 1, AppendText{"old"});
    ASSERT_EQ(cluster.node(1).ballot(), old);
    const Frozen frozen(snapshot, options.part_bytes);
    for (std::uint64_t piece = 0;; ++piece) {
        ByteBuffer bytes;
        ByteBuffer following;
        ASSERT_TRUE(frozen.piece(piece, bytes));
        const bool last = !frozen.piece(piece + 1, following);
        cluster.step(1, Received{.from = n(3),
                                 .message = SnapshotPiece{.through = Slot{4},
                                                          .piece = piece,
                                                          .last = last,
                                                          .bytes = Value(Bytes(bytes))}});
        if (last) break;
    }
    EXPECT_EQ(cluster.node(1).applied(), Slot{4});
    EXPECT_NE(cluster.node(1).role(), Role::Leading);
    EXPECT_EQ(cluster.count(Rule::SteppedDownOvertaken), 1U);
}

/// Goal: an old snapshot changes nothing.
/// Method: hand a piece of a snapshot through slot 1 to a node that has applied slot 3.
TEST(Log, AnOldSnapshotIsIgnored) {
    Cluster cluster(1);
    cluster.elect(1);
    for (std::uint64_t i = 1; i <= 3; ++i) cluster.submit(1, i, AppendText{"x"});
    const std::uint64_t before = cluster.node(1).applied_digest();
    cluster.step(
        1,
        Received{.from = n(2),
                 .message = SnapshotPiece{
                     .through = Slot{1}, .piece = 0, .last = true, .bytes = Value(as_bytes("x"))}});
    EXPECT_EQ(cluster.node(1).applied(), Slot{3});
    EXPECT_EQ(cluster.node(1).applied_digest(), before);
    EXPECT_EQ(cluster.count(Rule::SnapshotPieceIgnored), 1U);
}

/// Goal: a full disk queue slows a node down; it does not fill its memory.
/// Method: a follower whose disk stalls, and a limit of one kilobyte.
TEST(Log, ANodeWhoseDiskIsBehindTakesNothingMore) {
    Options options;
    options.unsynced_bytes = 1024;
    Cluster cluster(3, {}, options);
    cluster.elect(1);
    cluster.stall(3);
    for (std::uint64_t i = 1; i <= 40; ++i) {
        cluster.submit(1, i, AppendText{std::string(100, 'x')});
        cluster.settle();
    }
    EXPECT_GT(cluster.count(Rule::DiskBehind), 0U);
    EXPECT_EQ(cluster.texts(1).size(), 40U);
    cluster.sync(3);
    cluster.run(2'000'000);
    EXPECT_EQ(cluster.texts(3).size(), 40U);
}

/// Goal: cluster time moves only while somebody leads, by at most two heartbeats a step, and a
/// stamp is proposed when the machine wants one. Method: a wake-up in one second; a pause of an
/// hour.
TEST(Log, AStampComesWhenItIsDueAndAPauseHurriesNothing) {
    Cluster cluster(1);
    cluster.elect(1);
    cluster.submit(1, 1, WakeAt{ClusterTime{1'000'000}});
    cluster.settle();
    cluster.pass_at(1, 3'600'000'000);
    EXPECT_EQ(cluster.count(Rule::StampProposed), 0U);
    for (int i = 0; i < 40; ++i) cluster.pass_at(1, 50'000);
    EXPECT_EQ(cluster.count(Rule::StampProposed), 1U);
}

/// Goal: a wake-up at the end of time is no deadline of now.
/// Method: ask for one; time fires only what is due.
TEST(Log, AWakeUpAtTheEndOfTimeIsNeverDue) {
    Cluster cluster(1);
    cluster.elect(1);
    cluster.submit(1, 1, WakeAt{ClusterTime{~0ULL}});
    cluster.pass(100'000);
    ASSERT_NE(cluster.reply(1), nullptr);
    EXPECT_FALSE(decode_answer(cluster.reply(1)->answer)->refused);
    EXPECT_GT(cluster.node(1).deadline(), cluster.now());
    EXPECT_EQ(cluster.count(Rule::StampProposed), 0U);
}

}  // namespace
}  // namespace decree::test
