#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/charter.hpp"
#include "core/codec.hpp"
#include "tests/props/fake_cluster.hpp"

namespace decree::props::test {
namespace {

Charter charter(std::uint64_t cluster) {
    Charter made;
    made.cluster = ClusterId{cluster};
    made.founders = {{.address = "a", .node = NodeId{1}}, {.address = "b", .node = NodeId{2}}};
    made.settings.voters = {NodeId{1}, NodeId{2}};
    return made;
}

Value bytes_of(std::uint64_t cluster) { return Value(Bytes(encode(charter(cluster)))); }

FoundingRecord record(std::uint64_t cluster, bool founded) {
    return {.founded = static_cast<std::uint8_t>(founded ? 1 : 0), .charter = bytes_of(cluster)};
}

/// Two nodes that begin with the same list of founders.
FakeCluster founders(const std::vector<std::string>& second = {"a", "b"}) {
    FakeCluster cluster(2);
    for (const std::uint64_t number : {1U, 2U}) {
        cluster.node(number).founding = begin_founding(
            NodeId{number}, number == 2 ? second : std::vector<std::string>{"a", "b"});
        cluster.crash(number);
        cluster.restart(number);
    }
    return cluster;
}

void store(FakeCluster& cluster, std::uint64_t node, std::uint64_t which, bool founded = false) {
    if (founded) cluster.node(node).founding.reset();
    cluster.write(node, record(which, founded));
    cluster.sync(node);
}

/// Goal: founders who do as they should are not blamed.
/// Method: both store the record, say so, and know the cluster founded; one welcomes somebody.
TEST(FoundedByAll, AllHaveStoredIt) {
    FakeCluster cluster = founders();
    store(cluster, 1, 7);
    cluster.say(1, FoundingWord{.founders = {}, .charter = bytes_of(7), .asks = true});
    store(cluster, 2, 7);
    store(cluster, 2, 7, true);
    store(cluster, 1, 7, true);
    cluster.say(1, Welcome{.charter = bytes_of(7), .members = {}});
    EXPECT_EQ(cluster.found(), "") << cluster.details();
    EXPECT_EQ(cluster.observer.sometimes().clusters_founded, 1U);
    EXPECT_EQ(cluster.observer.settings().voters, charter(7).settings.voters);
}

/// Goal: a cluster that is taken for founded before all have stored its record is found.
/// Method: the second has not, or not durably, or another one.
TEST(FoundedByAll, OneHasNot) {
    FakeCluster cluster = founders();
    store(cluster, 1, 7);
    cluster.write(2, record(7, false));
    store(cluster, 1, 7, true);
    EXPECT_EQ(cluster.found(), "FoundedByAll (NotStored) at TimePassed");

    FakeCluster other = founders();
    store(other, 1, 7);
    store(other, 2, 8);
    store(other, 1, 7, true);
    EXPECT_EQ(other.found(), "FoundedByAll (OtherStored) at TimePassed");
}

/// Goal: a second record at one node is found, in its journal and after a restart.
/// Method: it writes another; its disk shows none.
TEST(FoundingRecordNeverChanges, AnotherOneIsFound) {
    FakeCluster cluster = founders();
    store(cluster, 1, 7);
    store(cluster, 1, 8);
    EXPECT_EQ(cluster.found(), "FoundingRecordNeverChanges (Record) at TimePassed");

    FakeCluster forgetful = founders();
    store(forgetful, 1, 7);
    forgetful.crash(1);
    Recovered disk = forgetful.disk_of(1);
    ASSERT_TRUE(disk.charter.has_value());
    disk.charter.reset();
    forgetful.restart(1, disk);
    EXPECT_EQ(forgetful.found(), "FoundingRecordNeverChanges (Restart) at Start");
}

/// Goal: whoever speaks of a record has it durably.
/// Method: it says so before the sync.
TEST(NoClaimBeyondDisk, AFoundingRecordIsDurableWhenItIsSpokenOf) {
    FakeCluster cluster = founders();
    cluster.write(1, record(7, false));
    cluster.say(1, FoundingWord{.founders = {}, .charter = bytes_of(7), .asks = false});
    EXPECT_EQ(cluster.found(), "NoClaimBeyondDisk (FoundingWord) at TimePassed");
}

/// Goal: a second cluster, and one that nobody has founded, are found.
/// Method: nodes 1 and 2 found one; then a third node joins another one, or is welcomed to it.
TEST(OneCluster, AnotherOneIsFound) {
    FakeCluster cluster = founders();
    cluster.say(1, Welcome{.charter = bytes_of(7), .members = {}});
    EXPECT_EQ(cluster.found(), "OnlyMembersTakePart (Welcome) at TimePassed");

    FakeCluster invented = founders();
    invented.node(1).founding.reset();
    invented.say(1, Welcome{.charter = bytes_of(7), .members = {}});
    EXPECT_EQ(invented.found(), "OneCluster (NotFounded) at TimePassed");

    FakeCluster second = founders();
    store(second, 1, 7);
    store(second, 2, 7);
    store(second, 1, 7, true);
    second.node(2).founding.reset();
    second.say(2, Welcome{.charter = bytes_of(8), .members = {}});
    EXPECT_EQ(second.found(), "OneCluster (Two) at TimePassed");
}

/// Goal: who is no member and takes part is found; who tells how far it is, is not.
/// Method: a word of founding, and a promise.
TEST(OnlyMembersTakePart, APromiseBeforeFoundingIsFound) {
    FakeCluster cluster = founders();
    cluster.say(1, FoundingWord{.founders = {}, .charter = {}, .asks = true});
    EXPECT_EQ(cluster.found(), "");
    cluster.say(1,
                Nack{.ballot = ballot(1, 2), .promised = ballot(2, 1), .refused = {}, .slot = {}});
    EXPECT_EQ(cluster.found(), "OnlyMembersTakePart (Nack) at TimePassed");
}

/// Goal: a record that is proposed although a founder was given another list is found.
/// Method: the second was given another one.
TEST(FoundersAgree, AnotherListIsFound) {
    FakeCluster cluster = founders({"a", "b", "c"});
    store(cluster, 1, 7);
    EXPECT_EQ(cluster.found(), "FoundersAgree (OtherList) at TimePassed");
}

}  // namespace
}  // namespace decree::props::test
