#include "net/status_command.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "net/standard_streams.hpp"
#include "net/table.hpp"

namespace decree::net {
namespace {

std::string bytes_text(std::uint64_t bytes) {
    if (bytes < 10'000) return fmt::format("{} B", bytes);
    if (bytes < 10'000'000) return fmt::format("{} kB", bytes / 1'000);
    if (bytes < 10'000'000'000) return fmt::format("{} MB", bytes / 1'000'000);
    return fmt::format("{} GB", bytes / 1'000'000'000);
}

std::uint64_t lag_of(const ClusterView& view, const NodeStatus& status) {
    return view.chosen() - std::min(view.chosen(), status.log.applied);
}

std::size_t answering_voters(const ClusterView& view) {
    return static_cast<std::size_t>(std::ranges::count_if(
        view.cluster.voters, [&](const std::string& node) { return !view.unfit(node); }));
}

std::string headline(const ClusterView& view) {
    if (view.cluster.id.empty()) {
        return fmt::format("cluster {}: not founded yet\n", view.cluster.name);
    }
    const std::string leader = view.leader();
    return fmt::format("cluster {} ({}): {} of {} voters work; {}\n", view.cluster.name,
                       view.cluster.id, answering_voters(view), view.cluster.voters.size(),
                       leader.empty() ? "NO LEADER" : "leader " + leader);
}

void print_table(const ClusterView& view) {
    std::string text = headline(view);
    Table table({"NODE", "STANDING", "ROLE", "SLOT", "BALLOT", "CHOSEN", "APPLIED", "LAG", "DISK",
                 "FREE", "VERSION", "CLIENT"});
    for (const AskedNode& node : view.nodes) {
        const ListedNode& listed = node.listed;
        if (!node.status) {
            table.add({listed.id, view.votes(listed.id) ? "voter" : "", "no answer", listed.slot,
                       "", "", "", "", "", "", "", listed.client});
            continue;
        }
        const NodeStatus& status = *node.status;
        table.add({listed.id, status.standing, status.role, listed.slot, status.log.ballot,
                   fmt::format("{}", status.log.chosen), fmt::format("{}", status.log.applied),
                   fmt::format("{}", lag_of(view, status)),
                   bytes_text(status.disk.journal + status.disk.snapshots),
                   bytes_text(status.disk.free), status.version, listed.client});
    }
    text += table.text();
    for (const AskedNode& node : view.nodes) {
        if (!node.status) text += fmt::format("{}: {}\n", node.listed.id, node.status.error());
        if (!node.status) continue;
        for (const std::string& line : node.status->waits) {
            text += fmt::format("{}: {}\n", node.listed.id, line);
        }
        for (const DecidedChange& change : node.status->changes) {
            text += fmt::format("{}: {}\n", node.listed.id, sentence(change));
        }
    }
    print(text);
}

void print_json(const ClusterView& view, bool works) {
    namespace json = boost::json;
    json::array nodes;
    for (const AskedNode& node : view.nodes) {
        json::object one;
        if (node.status) {
            one = json::parse(to_json(*node.status)).as_object();
            one["lag"] = lag_of(view, *node.status);
        } else {
            one["node"] = node.listed.id;
            one["error"] = node.status.error();
        }
        one["client"] = node.listed.client;
        one["peer"] = node.listed.peer;
        one["slot"] = node.listed.slot;
        one["votes"] = view.votes(node.listed.id);
        nodes.push_back(std::move(one));
    }
    const json::object all{{"cluster", view.cluster.name},
                           {"id", view.cluster.id},
                           {"works", works},
                           {"leader", view.leader()},
                           {"voters", view.cluster.voters.size()},
                           {"voters_working", answering_voters(view)},
                           {"nodes", std::move(nodes)}};
    print(fmt::format("{}\n", json::serialize(all)));
}

}  // namespace

int status_command(const Where& where, bool json) {
    const auto view = look_at_cluster(where);
    if (!view) {
        print_error(fmt::format("decree status: {}\n", view.error().text));
        return 2;
    }
    const bool works = !view->cluster.id.empty() && !view->leader().empty();
    if (json) {
        print_json(*view, works);
    } else {
        print_table(*view);
    }
    return works ? 0 : 1;
}

}  // namespace decree::net
