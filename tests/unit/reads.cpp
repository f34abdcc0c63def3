#include "core/node/reads.hpp"

#include <gtest/gtest.h>

namespace decree {
namespace {

AskedReads group(std::uint64_t id, std::vector<std::uint64_t> clients) {
    AskedReads reads{
        .id = id, .to = {}, .asked = {}, .point = Slot{id}, .clients = {}, .peers = {}};
    for (const std::uint64_t client : clients) {
        reads.clients.push_back({.client = ClientId{client}, .tag = id, .query = {}});
    }
    return reads;
}

/// Goal: groups that have their point do not pile up when their clients go away; the others stay in
/// their order. Method: three groups, the middle one of one client only, which goes.
TEST(Reads, AGroupThatNobodyWaitsForIsForgotten) {
    Reads reads;
    reads.pointed.push_back(group(1, {7, 8}));
    reads.pointed.push_back(group(2, {7}));
    reads.pointed.push_back(group(3, {8, 7}));
    reads.remove_client(ClientId{7});
    ASSERT_EQ(reads.pointed.size(), 2U);
    EXPECT_EQ(reads.pointed[0], group(1, {8}));
    EXPECT_EQ(reads.pointed[1], group(3, {8}));
    reads.remove_client(ClientId{8});
    EXPECT_EQ(reads.pointed.size(), 0U);
    EXPECT_EQ(reads.size(), 0U);
}

}  // namespace
}  // namespace decree
