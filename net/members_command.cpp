#include "net/members_command.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "core/node_name.hpp"
#include "core/store/answer.hpp"
#include "core/store/electorate.hpp"
#include "net/cluster_client.hpp"
#include "net/standard_streams.hpp"
#include "net/table.hpp"

namespace decree::net {
namespace {

// Why something is not done, and with which status the program ends.
struct Stop {
    int status{};
    std::string why;
};
template <class T>
using Or = std::expected<T, Stop>;

std::unexpected<Stop> refused(std::string why) {
    return std::unexpected(Stop{.status = 1, .why = std::move(why)});
}
std::unexpected<Stop> unusable(std::string why) {
    return std::unexpected(Stop{.status = 2, .why = std::move(why)});
}

std::string path_of(const std::string& slot) {
    return fmt::format("{}/{}", store::slots_path, slot);
}

// One change of what a view shows.
class Change {
public:
    Change(ClusterClient cluster, std::int64_t revision)
        : cluster_(std::move(cluster)), revision_(revision) {}

    [[nodiscard]] Or<std::int64_t> fill(const std::string& slot, const std::string& node);
    [[nodiscard]] Or<std::size_t> remove_below(const std::string& glob);

private:
    /// `path`: what it writes.
    [[nodiscard]] Or<Response> call(const std::string& path, const Request& request);

    ClusterClient cluster_;
    std::int64_t revision_;  // Of the view.
};

Or<Response> Change::call(const std::string& path, const Request& request) {
    auto answer = cluster_.call(request);
    if (answer) return *std::move(answer);
    const auto mismatch = static_cast<std::int32_t>(store::code_number(store::Code::RevMismatch));
    if (answer.error().code == mismatch) {
        return refused("somebody else has changed that at the same time; look, and try again");
    }
    if (!answer.error().code) return unusable(answer.error().text);
    return refused(fmt::format("{}: {}", path, answer.error().text));
}

/// Puts `node`, or nobody, into a slot, which is made if there is none; but only if no slot has
/// changed since the view: what is harmless alone may not be so beside another change.
Or<std::int64_t> Change::fill(const std::string& slot, const std::string& node) {
    Request write;
    write.verb = static_cast<std::int32_t>(Verb::Transact);
    const std::string path = path_of(slot);
    write.compares.push_back(
        {.path = std::string(store::slots_path), .rev = revision_, .subtree = true});
    // It says nothing more, but lets the client ask again when an answer is lost.
    write.compares.push_back({.path = path, .rev = revision_, .subtree = false});
    write.writes.push_back({.path = path, .value = node, .session = {}, .remove = false});
    const auto done = call(path, write);
    if (!done) return std::unexpected(done.error());
    return done->rev.value_or(0);
}

Or<std::size_t> Change::remove_below(const std::string& glob) {
    std::vector<std::pair<std::string, std::int64_t>> files;
    while (true) {
        Request walk;
        walk.verb = static_cast<std::int32_t>(Verb::Walk);
        walk.path = glob;
        walk.offset = static_cast<std::int32_t>(files.size());
        const auto entry = cluster_.call(walk);
        if (!entry) {
            const auto range = static_cast<std::int32_t>(store::code_number(store::Code::Range));
            if (entry.error().code == range) break;
            return unusable(entry.error().text);
        }
        files.emplace_back(entry->path.value_or(""), entry->rev.value_or(0));
    }
    for (const auto& [path, revision] : files) {
        Request removal;
        removal.verb = static_cast<std::int32_t>(Verb::Del);
        removal.path = path;
        removal.rev = revision;
        if (const auto done = call(path, removal); !done) {
            return std::unexpected(done.error());
        }
    }
    return files.size();
}

// The lowest number that names no slot.
std::string new_slot(const NodeStatus::Cluster& cluster) {
    const auto taken = [&](const std::string& name) {
        const bool held = std::ranges::any_of(
            cluster.nodes, [&](const ListedNode& node) { return node.slot == name; });
        return held || std::ranges::find(cluster.free_slots, name) != cluster.free_slots.end();
    };
    std::uint64_t number = 0;
    while (taken(fmt::format("{}", number))) ++number;
    return fmt::format("{}", number);
}

std::string slot_of(const ClusterView& view, const std::string& node) {
    const AskedNode* const asked = view.find(node);
    return asked == nullptr ? std::string() : asked->listed.slot;
}

Or<std::string> read_name(const std::string& text) {
    const auto node = parse_node_name(text);
    if (!node) {
        return unusable(
            fmt::format("'{}' is no node: {}; `decree members` lists them", text, node.error()));
    }
    return node_name(*node);
}

using Told = Or<std::string>;  // What was done, for a person.

// Who joins shows itself only when it has taken over what the cluster has.
std::unexpected<Stop> unknown(const std::string& node) {
    return refused(
        fmt::format("the cluster does not know {}: if it was started with --join, it may still be "
                    "taking over what the cluster has; else start it so",
                    node));
}

Told add(const ClusterView& view, Change& change, const std::string& node) {
    if (node.empty()) {
        const std::string slot = new_slot(view.cluster);
        const auto made = change.fill(slot, {});
        if (!made) return std::unexpected(made.error());
        return fmt::format(
            "slot {} is free now, at revision {}: a learner that has caught up gets "
            "it",
            slot, *made);
    }
    if (view.find(node) == nullptr) return unknown(node);
    if (const std::string slot = slot_of(view, node); !slot.empty()) {
        return refused(fmt::format("{} has slot {} already", node, slot));
    }
    if (auto why = view.unfit(node)) return refused(fmt::format("{}: {}", node, *why));
    if (auto why = loses_quorum(view, {.in = node, .out = {}})) return refused(*std::move(why));
    const auto& free = view.cluster.free_slots;
    const std::string slot = free.empty() ? new_slot(view.cluster) : free.front();
    const auto done = change.fill(slot, node);
    if (!done) return std::unexpected(done.error());
    return fmt::format("{} has slot {}, at revision {}", node, slot, *done);
}

Told remove(const ClusterView& view, Change& change, const std::string& node) {
    const std::string slot = slot_of(view, node);
    if (slot.empty()) return refused(node + " has no slot");
    if (auto why = loses_quorum(view, {.in = {}, .out = node})) return refused(*std::move(why));
    const auto done = change.fill(slot, {});
    if (!done) return std::unexpected(done.error());
    return fmt::format(
        "{} has lost slot {}, at revision {}; a learner that has caught up gets it: "
        "`decree del {} {}` takes the slot away",
        node, slot, *done, path_of(slot), *done);
}

Told replace(const ClusterView& view, Change& change, const std::string& old,
             const std::string& node) {
    const std::string slot = slot_of(view, old);
    if (slot.empty()) return refused(old + " has no slot");
    if (const std::string has = slot_of(view, node); !has.empty()) {
        return refused(fmt::format("{} has slot {} already", node, has));
    }
    if (view.find(node) == nullptr) return unknown(node);
    if (auto why = view.unfit(node)) return refused(fmt::format("{}: {}", node, *why));
    if (auto why = loses_quorum(view, {.in = node, .out = old})) return refused(*std::move(why));
    const auto done = change.fill(slot, node);
    if (!done) return std::unexpected(done.error());
    return fmt::format("{} has slot {} of {}, at revision {}", node, slot, old, *done);
}

/// What the tree knows of a node that has no slot.
Told forget(const ClusterView& view, Change& change, const std::string& node) {
    if (const std::string slot = slot_of(view, node); !slot.empty()) {
        return refused(
            fmt::format("{0} has slot {1}: `decree members remove {0}` first", node, slot));
    }
    const auto shown = change.remove_below(fmt::format("{}/{}/**", store::nodes_path, node));
    if (!shown) return std::unexpected(shown.error());
    const auto named = change.remove_below(fmt::format("/ctl/ns/*/{}", node));
    if (!named) return std::unexpected(named.error());
    if (*shown + *named == 0) return refused("the cluster does not know " + node);
    return node + " is forgotten; if it is started again, it shows itself again";
}

Told make_change(const Where& where, const ClusterView& view,
                 const std::vector<std::string>& words) {
    auto cluster = ClusterClient::find(where.uri, where.boot, where.patience);
    if (!cluster) return unusable(cluster.error().text);
    Change change(*std::move(cluster), view.revision);
    std::vector<std::string> nodes;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto name = read_name(words[i]);
        if (!name) return std::unexpected(name.error());
        nodes.push_back(*name);
    }
    if (words[0] == "add") return add(view, change, nodes.empty() ? std::string() : nodes[0]);
    if (words[0] == "remove") return remove(view, change, nodes[0]);
    if (words[0] == "replace") return replace(view, change, nodes[0], nodes[1]);
    return forget(view, change, nodes[0]);
}

std::string note_of(const ClusterView& view, const AskedNode& node) {
    if (!node.status) return node.status.error();
    const std::vector<std::string>& waits = node.status->waits;
    std::string first = waits.empty() ? std::string() : waits.front();
    const auto why = view.unfit(node.listed.id);
    if (!why) return first;
    return first.empty() ? *why : fmt::format("{}; {}", *why, first);
}

void print_list(const ClusterView& view) {
    Table table({"SLOT", "NODE", "STANDING", "CLIENT", "PEER", "NOTE"});
    for (const AskedNode& node : view.nodes) {
        const std::string silent = view.votes(node.listed.id) ? "voter" : "";
        table.add({node.listed.slot, node.listed.id, node.status ? node.status->standing : silent,
                   node.listed.client, node.listed.peer, note_of(view, node)});
    }
    for (const std::string& slot : view.cluster.free_slots) {
        table.add({slot, "", "free", "", "", "a learner that has caught up gets it"});
    }
    print(table.text());
    for (const AskedNode& node : view.nodes) {
        if (!node.status) continue;
        for (const DecidedChange& change : node.status->changes) {
            print(fmt::format("{}: {}\n", node.listed.id, sentence(change)));
        }
    }
}

void print_json(const ClusterView& view) {
    namespace json = boost::json;
    json::array members;
    json::array changes;
    for (const AskedNode& node : view.nodes) {
        for (const DecidedChange& change :
             node.status ? node.status->changes : std::vector<DecidedChange>{}) {
            changes.push_back(json::object{{"by", node.listed.id},
                                           {"id", change.id},
                                           {"in", change.in},
                                           {"out", change.out},
                                           {"state", change.state},
                                           {"why", change.why},
                                           {"slot", change.slot}});
        }
        members.push_back(json::object{{"node", node.listed.id},
                                       {"slot", node.listed.slot},
                                       {"votes", view.votes(node.listed.id)},
                                       {"standing", node.status ? node.status->standing : ""},
                                       {"client", node.listed.client},
                                       {"peer", node.listed.peer},
                                       {"note", note_of(view, node)}});
    }
    json::array free;
    for (const std::string& slot : view.cluster.free_slots) free.emplace_back(slot);
    print(fmt::format("{}\n", json::serialize(json::object{{"members", std::move(members)},
                                                           {"free_slots", std::move(free)},
                                                           {"changes", std::move(changes)}})));
}

// What is wrong with the words themselves.
std::optional<std::string> misuse(const std::vector<std::string>& words) {
    if (words.empty()) return std::nullopt;
    const std::size_t count = words.size() - 1;
    if (words[0] == "add" && count <= 1) return std::nullopt;
    if ((words[0] == "remove" || words[0] == "forget") && count == 1) return std::nullopt;
    if (words[0] == "replace" && count == 2) return std::nullopt;
    return "write nothing, or add [ID], remove ID, replace OLD NEW, forget ID";
}

}  // namespace

int members_command(const Where& where, const MembersArguments& arguments) {
    const auto stop = [](int status, const std::string& why) {
        print_error(fmt::format("decree members: {}\n", why));
        return status;
    };
    if (const auto wrong = misuse(arguments.words)) return stop(2, *wrong);
    const auto view = look_at_cluster(where);
    if (!view) return stop(2, view.error().text);
    if (arguments.words.empty()) {
        if (arguments.json) {
            print_json(*view);
        } else {
            print_list(*view);
        }
        return 0;
    }
    const Told told = make_change(where, *view, arguments.words);
    if (!told) return stop(told.error().status, told.error().why);
    print(fmt::format("{}\n", *told));
    return 0;
}

}  // namespace decree::net
