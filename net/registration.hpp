#pragma once

/// What Doozer's clients expect to find below /ctl.

#include <optional>
#include <string>

#include "core/store/command.hpp"
#include "core/store/state.hpp"
#include "net/cluster_plan.hpp"

namespace decree::net {

/// A node, as it shows itself there.
struct Shown {
    NodeId node;
    std::string client;  ///< Where clients reach it.
    std::string hostname;
    std::string version;
};

/// The write that founds the tree: the cluster's name, its members, their slots. Nothing when that
/// is done. Refused by the store where somebody else was faster.
[[nodiscard]] std::optional<store::StoreCommand> founding_write(const store::State& state,
                                                                const ClusterPlan& plan);
/// The write with which a node shows itself as it is now. Nothing when it is shown so already.
[[nodiscard]] std::optional<store::StoreCommand> presence_write(const store::State& state,
                                                                const Shown& shown);

}  // namespace decree::net
