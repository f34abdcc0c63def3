#include "sim/memory_cluster.hpp"

#include <gtest/gtest.h>

#include "core/store/command_log.hpp"

namespace decree::sim {
namespace {

/// Goal: what the benchmarks measure is a cluster at work: every command is executed.
/// Method: more commands than are in flight at once, beyond several snapshots, in clusters of
/// several sizes.
TEST(MemoryCluster, ExecutesWhatItIsAsked) {
    const Value payload = encode_command(AppendText{"x"});
    for (const std::uint32_t nodes : {1U, 3U, 5U}) {
        for (const std::uint32_t batch : {1U, 64U}) {
            MemoryCluster cluster(nodes, batch);
            cluster.execute(5'000, payload);
            cluster.execute(1, payload);
            EXPECT_EQ(cluster.answered(), 5'001U);
            EXPECT_GT(cluster.steps(), 5'001U);
        }
    }
}

}  // namespace
}  // namespace decree::sim
