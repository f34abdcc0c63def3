#pragma once

/// What Doozer's clients expect to find below /ctl.

#include <optional>
#include <string>
#include <vector>

#include "core/charter.hpp"
#include "core/store/command.hpp"
#include "core/store/state.hpp"

namespace decree::net {

/// A node, as it shows itself there.
struct Shown {
    NodeId node;
    std::string client;  ///< Where clients reach it.
    std::string peer;    ///< Where other nodes do.
    std::string hostname;
    std::string version;
};

/// Of this machine.
[[nodiscard]] std::string host_name();

/// The write that founds the tree: the cluster's name, its founders, their slots. Nothing when that
/// is done. Refused by the store where somebody else was faster.
[[nodiscard]] std::optional<store::StoreCommand> founding_write(const store::State& state,
                                                                const std::string& name,
                                                                const Charter& charter,
                                                                const Shown& shown);
/// The write with which a node shows itself as it is now. Nothing when it is shown so already.
[[nodiscard]] std::optional<store::StoreCommand> presence_write(const store::State& state,
                                                                const std::string& name,
                                                                const Shown& shown);
/// Higher whenever anything that a node shows has changed.
[[nodiscard]] store::Revision presence_revision(const store::State& state, const std::string& name,
                                                NodeId node);
/// What Doozer's nodes write now and then: the revision that they have applied.
[[nodiscard]] store::StoreCommand applied_write(const store::State& state, NodeId node);

/// A node that the tree knows.
struct KnownNode {
    NodeId node;
    std::string client;
    std::string peer;  ///< Both empty where it has not said.
    std::string slot;  ///< The name of the file in /ctl/cal that names it; empty: none does.
};
/// All below /ctl/node, ascending by name.
[[nodiscard]] std::vector<KnownNode> known_nodes(const store::State& state);

}  // namespace decree::net
