#include "net/standing.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/node_name.hpp"
#include "core/store/store.hpp"
#include "net/cluster.hpp"

namespace decree::net::tests {
namespace {

// What N3 of three waits for, as it comes up from `disk`. All links are there.
std::vector<std::string> waits(Recovered disk) {
    const store::StoreSettings store;
    Settings settings = cluster_settings();
    settings.voters = {NodeId{1}, NodeId{2}, NodeId{3}};
    Options options;
    options.self = NodeId{3};
    disk.heads.node = options.self;
    disk.heads.incarnation = Incarnation{1};
    const auto node = Node::start(settings, options,
                                  std::make_unique<store::Store>(settings, store), disk, Time{});
    EXPECT_TRUE(node.has_value());
    const auto& machine = dynamic_cast<const store::Store&>(node->machine());
    return waits_for(*node, machine.state(), [](NodeId) { return true; });
}

/// Goal: a voter that came back says by whom it is not recognized, and one whose disk is damaged in
/// which slots it may have forgotten votes, and who could tell. Method: N3 of three, just started.
TEST(WaitsFor, SaysWhatIsMissingAndFromWhom) {
    const std::string first = node_name(NodeId{1}) + " at ? has not ";
    const std::vector<std::string> sound = waits({});
    ASSERT_EQ(sound.size(), 3U);
    EXPECT_TRUE(sound[0].starts_with(first + "said yet that it saw no more")) << sound[0];
    EXPECT_EQ(sound[2], "no leader yet, though there is a connection to every voter");
    Recovered damaged;
    damaged.damage = {{.at = {}, .what = "rot"}};
    damaged.doubt_through = Slot{4};
    const std::vector<std::string> doubt = waits(damaged);
    ASSERT_EQ(doubt.size(), 5U);
    EXPECT_TRUE(doubt[2].starts_with(first + "told yet what was chosen in slots 1 to 4"))
        << doubt[2];
}

}  // namespace
}  // namespace decree::net::tests
