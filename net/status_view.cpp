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

std::string_view state_name(ChangeState state) {
    switch (state) {
    case ChangeState::Pending:
        return "pending";
    case ChangeState::Scheduled:
        return "scheduled";
    case ChangeState::Done:
        return "done";
    case ChangeState::Refused:
        return "refused";
    case ChangeState::Unknown:
        return "unknown";
    case ChangeState::Withheld:
        return "withheld";
    }
    return {};
}

std::string_view why(ChangeBar bar) {
    switch (bar) {
    case ChangeBar::None:
        return {};
    case ChangeBar::Floor:
        return "too few voters would be left";
    case ChangeBar::NoQuorum:
        return "too few of the new voters are heard";
    case ChangeBar::Others:
        return "the voters were others by then";
    case ChangeBar::TooLate:
        return "nobody made it before this node ceased to lead";
    }
    return {};
}

std::string name_or_none(NodeId node) { return node == NodeId{} ? "" : node_name(node); }

DecidedChange decided(const MemberChange& change) {
    const RequestId& id = change.id;
    std::string name;
    if (id.number > 0) {
        name = fmt::format("{}.{}.{}", node_name(id.origin), id.incarnation.value, id.number);
    }
    return {.id = std::move(name),
            .in = name_or_none(change.what.in),
            .out = name_or_none(change.what.out),
            .state = std::string(state_name(change.state)),
            .why = std::string(why(change.bar)),
            .slot = change.slot.value};
}

NodeStatus::Cluster cluster_status(const Node& node, const store::State& state,
                                   const ServerFacts& facts) {
    NodeStatus::Cluster cluster;
    cluster.name = facts.name;
    if (!node.charter()) return cluster;
    cluster.id = fmt::format("{:016X}", node.charter()->cluster.value);
    cluster.lease_us = node.settings().lease_us;
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
    cluster.change_pending = node.membership().change_pending(next(node.applied()));
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
    log.unrecognized = node.returning().has_value();
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
    for (const MemberChange& change : node.member_changes()) {
        status.changes.push_back(decided(change));
    }
    status.drift_ppm = node.options().drift_ppm;
    return status;
}

}  // namespace decree::net
