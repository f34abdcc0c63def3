#include "net/status_view.hpp"

#include <fmt/format.h>

#include "core/node_name.hpp"
#include "core/store/electorate.hpp"
#include "net/standing.hpp"

namespace decree::net {
namespace {

std::string_view role_name(Role role) {
    switch (role) {
    case Role::Following:
        return "following";
    case Role::Canvassing:
        return "canvassing";
    case Role::Preparing:
        return "preparing";
    case Role::Leading:
        return "leading";
    }
    return {};
}

std::vector<std::string> names(const std::vector<NodeId>& nodes) {
    std::vector<std::string> texts;
    for (const NodeId node : nodes) texts.push_back(node_name(node));
    return texts;
}

NodeStatus::Cluster cluster_status(const Node& node, const store::State& state,
                                   const ServerFacts& facts) {
    NodeStatus::Cluster cluster;
    cluster.name = facts.name;
    if (!node.charter()) return cluster;
    cluster.id = fmt::format("{:016X}", node.charter()->cluster.value);
    cluster.voters = names(state.electorate.voters());
    cluster.removed = names(state.electorate.retired());
    for (const store::FreeSlot& slot : store::free_slots(state.tree())) {
        cluster.free_slots.push_back(slot.path.substr(store::slots_path.size() + 1));
    }
    for (const KnownNode& known : known_nodes(state)) {
        cluster.nodes.push_back({.id = node_name(known.node),
                                 .client = known.client,
                                 .peer = known.peer,
                                 .slot = known.slot});
    }
    cluster.change_pending = node.membership().change_pending(next(node.chosen_through()));
    return cluster;
}

NodeStatus::Log log_status(const Node& node, const store::State& state) {
    const Ballot promised = node.promised();
    NodeStatus::Log log;
    if (node.leader()) log.leader = node_name(*node.leader());
    if (promised != Ballot{}) {
        log.ballot = fmt::format("{}.{}", promised.round, node_name(promised.node));
    }
    log.chosen = node.chosen_through().value;
    log.applied = node.applied().value;
    log.revision = state.revision().value;
    log.in_doubt = node.doubt_through() != Slot{};
    return log;
}

}  // namespace

NodeStatus node_status(const Replica& replica, const store::State& state, const ServerFacts& facts,
                       const std::function<bool(NodeId)>& connected) {
    const Node& node = replica.node();
    NodeStatus status;
    status.node = node_name(node.id());
    status.version = facts.shown.version;
    status.standing = to_text(standing_of(node, state));
    status.role = role_name(node.role());
    status.start = node.incarnation().value;
    status.cluster = cluster_status(node, state, facts);
    status.log = log_status(node, state);
    const DiskUse use = replica.disk().use();
    status.disk = {.journal = use.journal, .snapshots = use.snapshots, .free = use.free};
    status.waits = waits_for(node, state, connected);
    for (const KnownNode& known : known_nodes(state)) {
        if (connected(known.node)) status.connected.push_back(node_name(known.node));
    }
    return status;
}

}  // namespace decree::net
