#include <gtest/gtest.h>

#include "props/accepted_never_goes_back.hpp"
#include "props/bounded_queues.hpp"
#include "props/contract.hpp"
#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

/// N2 has promised ballot 1, voted in slots 1 and 2, and crashed.
FakeCluster crashed_voter() {
    FakeCluster cluster(3);
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({2}, Slot{1}, ballot(1, 1), cluster.value("v"));
    cluster.vote({2}, Slot{2}, ballot(1, 1), cluster.value("w"));
    cluster.crash(2);
    return cluster;
}

/// Goal: a disk that shows all that was durable is fine, also when luck has kept more.
/// Method: a restart after votes that were synced, and with one that was not.
TEST(DurableStateSurvives, WhatIsThereIsFine) {
    FakeCluster cluster = crashed_voter();
    cluster.restart(2);
    cluster.write(2, VoteRecord{.slot = Slot{3}, .ballot = ballot(1, 1), .value = Value{}});
    cluster.crash(2, false);
    cluster.restart(2);
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    EXPECT_EQ(cluster.observer.sometimes().restarts, 2U);
}

/// Goal: each thing that was durable and is gone is found.
/// Method: the recovered disk without a vote, with another value, without a promise, cut short.
TEST(DurableStateSurvives, WhatIsMissingIsFound) {
    const auto found = [](const auto& spoil) {
        FakeCluster cluster = crashed_voter();
        Recovered disk = cluster.disk_of(2);
        spoil(disk);
        cluster.restart(2, disk);
        return cluster.found();
    };
    EXPECT_EQ(found([](Recovered& disk) { disk.slots.pop_back(); }),
              "DurableStateSurvives (VoteLost) at Start");
    EXPECT_EQ(found([](Recovered& disk) { disk.slots[0].value = disk.slots[1].value; }),
              "DurableStateSurvives (VoteOther) at Start");
    EXPECT_EQ(found([](Recovered& disk) { disk.heads.promised = Ballot{}; }),
              "DurableStateSurvives (Promise) at Start");
    EXPECT_EQ(found([](Recovered& disk) { disk.place.end.value -= 1; }),
              "DurableStateSurvives (Journal) at Start");
    EXPECT_EQ(found([](Recovered&) {}), "");
}

/// Goal: what damage took must be in doubt, and what is in doubt may be gone; a promise never.
/// Method: the last vote is gone, and damage is told, with a doubt too small and large enough; the
/// promise is gone as well.
TEST(DurableStateSurvives, WhatIsInDoubtMayBeGone) {
    const auto found = [](std::uint64_t less, bool promise) {
        FakeCluster cluster = crashed_voter();
        Recovered disk = cluster.disk_of(2);
        const Slot lost = disk.slots.back().slot;
        disk.slots.pop_back();
        disk.damage = {{.at = {}, .what = "rot"}};
        disk.doubt_through = Slot{lost.value - less};
        if (!promise) disk.heads.promised = Ballot{};
        cluster.restart(2, disk);
        return cluster.found();
    };
    EXPECT_EQ(found(1, true), "DurableStateSurvives (VoteLost) at Start");
    EXPECT_EQ(found(0, false), "DurableStateSurvives (Promise) at Start");
    EXPECT_NE(found(0, true).find("DurableStateSurvives"), 0U);
}

/// Goal: what was in doubt at a start still is at the next one, unless it is known chosen.
/// Method: N2 doubts slot 2; the next start says nothing of it, or that it was chosen.
TEST(DurableStateSurvives, ADoubtDoesNotGoByItself) {
    const auto found = [](bool chosen) {
        FakeCluster cluster = crashed_voter();
        cluster.observer.rotted(NodeId{2});
        Recovered disk = cluster.disk_of(2);
        const RecoveredSlot lost = disk.slots.back();
        disk.slots.pop_back();
        disk.damage = {{.at = {}, .what = "rot"}};
        disk.doubt_through = lost.slot;
        cluster.restart(2, disk);
        cluster.vote({1, 3}, Slot{1}, ballot(1, 1), disk.slots[0].value);
        cluster.vote({1, 3}, lost.slot, ballot(1, 1), lost.value);
        cluster.crash(2);
        disk.doubt_through = Slot{};
        if (chosen) {
            for (RecoveredSlot& each : disk.slots) each.chosen = true;
            disk.slots.push_back(lost);
            disk.slots.back().chosen = true;
        }
        cluster.restart(2, disk);
        return cluster.found();
    };
    EXPECT_EQ(found(false), "DurableStateSurvives (Doubt) at Start");
    EXPECT_NE(found(true).find("DurableStateSurvives (Doubt)"), 0U);
}

/// Goal: a node that has lost a snapshot need not doubt what it only learned by it, but all that
/// the snapshot had taken the place of in its journal. Method: N2 voted in slot 1 only, and has a
/// snapshot through slot 2; record and file are gone.
TEST(DurableStateSurvives, WhatALostSnapshotHadReplacedMustBeInDoubt) {
    const auto found = [](std::uint64_t doubt) {
        FakeCluster cluster(3);
        cluster.promise({1, 2, 3}, ballot(1, 1));
        cluster.vote({1, 2}, Slot{1}, ballot(1, 1), cluster.value("v"));
        cluster.vote({1, 3}, Slot{2}, ballot(1, 1), cluster.value("w"));
        cluster.step(2, {.now = Time{1}, .what = SnapshotStored{Slot{2}}});
        cluster.write(2, SnapshotRecord{.through = Slot{2}});
        cluster.sync(2);
        cluster.crash(2);
        Recovered disk = cluster.disk_of(2);
        disk.slots.clear();
        disk.damage = {{.at = {}, .what = "a lost write"}};
        disk.doubt_through = Slot{doubt};
        cluster.restart(2, disk);
        return cluster.found();
    };
    EXPECT_EQ(found(0), "DurableStateSurvives (Snapshot) at Start");
    EXPECT_NE(found(1).find("DurableStateSurvives"), 0U);
}

/// Goal: a disk that the world has let rot may show less, and its node is then judged by what is
/// left; what it had said still counts.
/// Method: N2's vote in slot 2 rots away; its promise may leave it out; the vote still counts for
/// the choice.
TEST(DurableStateSurvives, RotIsAllowedWhenTheWorldSaysSo) {
    FakeCluster cluster = crashed_voter();
    Recovered disk = cluster.disk_of(2);
    const Value kept = disk.slots.at(0).value;
    const Value rotten = disk.slots.at(1).value;
    disk.slots.pop_back();
    cluster.observer.rotted(NodeId{2});
    cluster.restart(2, disk);
    cluster.recognize(2, 1);
    cluster.promise({2}, ballot(2, 3));
    cluster.say(2, Promise{.ballot = ballot(2, 3),
                           .covers_from = Slot{1},
                           .covers_through = last_slot,
                           .trimmed_through = {},
                           .votes = {{.slot = Slot{1}, .ballot = ballot(1, 1), .value = kept}}});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    cluster.vote({1}, Slot{2}, ballot(1, 1), rotten);
    EXPECT_NE(cluster.observer.chosen().find(Slot{2}), nullptr);
}

/// Goal: what heads behind rot repeat is not lost at the next start, though the node has written
/// nothing of its own.
/// Method: N2's promise is read once after rot, and then it is gone.
TEST(DurableStateSurvives, WhatARottenDiskRepeatsStays) {
    FakeCluster cluster = crashed_voter();
    Recovered disk = cluster.disk_of(2);
    cluster.observer.rotted(NodeId{2});
    cluster.restart(2, disk);
    cluster.crash(2, false);
    disk.heads.promised = Ballot{};
    cluster.restart(2, disk);
    EXPECT_EQ(cluster.found(), "DurableStateSurvives (Promise) at Start");
}

/// Goal: a snapshot is called durable on disk only when it is.
/// Method: the record before and after SnapshotStored.
TEST(NoClaimBeyondDisk, ASnapshotRecordWaitsForTheSnapshot) {
    FakeCluster cluster(3);
    cluster.promise({1, 2, 3}, ballot(1, 1));
    cluster.vote({1, 2}, Slot{1}, ballot(1, 1), cluster.value("v"));
    FakeCluster early = cluster;
    early.write(1, SnapshotRecord{.through = Slot{1}});
    EXPECT_EQ(early.found(), "NoClaimBeyondDisk (SnapshotRecord) at TimePassed");
    cluster.step(1, {.now = Time{1}, .what = SnapshotStored{Slot{1}}});
    cluster.write(1, SnapshotRecord{.through = Slot{1}});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
}

/// Goal: an acceptor's vote in a slot does not fall.
/// Method: plain data, since in a history the promise always falls first.
TEST(AcceptedNeverGoesBack, ComparesBallots) {
    const auto judge = [](Ballot before, Ballot now) {
        return accepted_never_goes_back(NodeId{1}, Slot{1}, before, now, "Vote").has_value();
    };
    EXPECT_FALSE(judge(ballot(1, 1), ballot(1, 1)));
    EXPECT_FALSE(judge(ballot(1, 1), ballot(1, 2)));
    EXPECT_TRUE(judge(ballot(1, 2), ballot(1, 1)));
}

/// Goal: a queue and a message beyond their bounds are found.
/// Method: sizes at the bound and one above.
TEST(BoundedQueues, WhatIsTooLargeIsFound) {
    EXPECT_FALSE(bounded_queue(NodeId{1}, "outbox", 4, 4).has_value());
    EXPECT_TRUE(bounded_queue(NodeId{1}, "outbox", 5, 4).has_value());
    Settings settings;
    settings.command_bytes = 100;
    Options options;
    options.part_bytes = 1000;
    options.batch_bytes = 1000;
    options.batch_commands = 1;
    MessageBounds bounds(settings);
    bounds.allow(options);
    const auto of = [](std::size_t size) { return Value(ByteBuffer(size)); };
    const auto accept = [&](std::size_t size) {
        return bounds.check(NodeId{1}, Accept{.ballot = {},
                                              .slot = Slot{1},
                                              .value = of(size),
                                              .chosen_through = {},
                                              .round = {}});
    };
    EXPECT_FALSE(accept(1100).has_value());
    EXPECT_TRUE(accept(1500).has_value());
    const Decided small{.slot = Slot{1}, .ballot = {}, .value = of(400)};
    EXPECT_FALSE(bounds.check(NodeId{1}, Decide{{small, small, small}, {}}).has_value());
    EXPECT_TRUE(bounds.check(NodeId{1}, Decide{{small, small, small, small}, {}}).has_value());
}

/// Goal: a broken contract is a violation whose signature has the invariant, the kind of the step,
/// and no number.
/// Method: one is thrown and turned into a violation.
TEST(Contract, ItsSignatureHasNoNumbers) {
    const Event event{.now = Time{7},
                      .what = Received{.from = NodeId{2},
                                       .message = Accepted{
                                           .ballot = ballot(1, 1), .slot = Slot{1}, .round = {}}}};
    try {
        ENSURE(event.now == Time{8}, "clocks are right");
        FAIL() << "the contract holds";
    } catch (const ContractViolation& broken) {
        const Violation violation = contract_violation(broken, NodeId{3}, event);
        EXPECT_EQ(violation.property, "Contract");
        EXPECT_EQ(violation.signature, "Contract (clocks are right) at Received Accepted");
        EXPECT_NE(violation.details.find("N3"), std::string::npos);
    }
}

}  // namespace
}  // namespace decree::props::test
