#include "sim/scenario/rename.hpp"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/reflect.hpp"
#include "sim/scenario/print.hpp"
#include "sim/scenario/words.hpp"

namespace decree::sim::scenario {

namespace {

constexpr std::string_view members_word = "members=";

// Walks through a line, whatever it says: `names` is asked about each node, client and command.
template <class Names, class T>
void walk(Names& names, T& thing);

template <class Names, class... T>
void walk_fields(Names& names, const std::tuple<T&...>& fields) {
    std::apply([&](auto&... field) { (walk(names, field), ...); }, fields);
}

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_variant = false;
template <class... T>
constexpr bool is_variant<std::variant<T...>> = true;

template <class Names, class T>
void walk(Names& names, T& thing) {
    if constexpr (std::is_same_v<T, NodeId>) {
        names.node(thing);
    } else if constexpr (std::is_same_v<T, Submit>) {
        names.client(thing.client);
        names.node(thing.node);
        names.command(thing.command);
    } else if constexpr (std::is_same_v<T, Read> || std::is_same_v<T, Asking>) {
        names.client(thing.client);
        names.node(thing.node);
    } else if constexpr (is_vector<T>) {
        for (auto& each : thing) walk(names, each);
        names.list(thing);
    } else if constexpr (is_optional<T>) {
        if (thing) walk(names, *thing);
    } else if constexpr (is_variant<T>) {
        std::visit([&](auto& each) { walk(names, each); }, thing);
    } else if constexpr (reflect::Aggregate<T>) {
        walk_fields(names, reflect::fields(thing));
    }
}

std::optional<std::vector<NodeId>> members_in(const CommandText& command) {
    if (!command.starts_with(members_word)) return std::nullopt;
    return Words::as_nodes(std::string_view(command).substr(members_word.size()));
}

CommandText members_command(std::span<const NodeId> nodes) {
    return std::string(members_word) + to_text(nodes);
}

template <class T>
void add_once(std::vector<T>& list, const T& thing) {
    if (std::ranges::find(list, thing) == list.end()) list.push_back(thing);
}

// Lists of nodes ascend.
template <class T>
void sort_nodes(std::vector<T>& list) {
    if constexpr (std::is_same_v<T, NodeId>) std::ranges::sort(list);
}

struct Collecting {
    std::vector<NodeId> nodes;
    std::vector<ClientNumber> clients;
    std::vector<CommandText> commands;

    void node(NodeId node) { add_once(nodes, node); }
    template <class T>
    void list(const std::vector<T>&) {}
    void client(ClientNumber client) { add_once(clients, client); }
    void command(const CommandText& command) {
        if (!members_in(command)) add_once(commands, command);
    }
};

template <class T>
void rename(const std::map<T, T>& names, T& name) {
    const auto found = names.find(name);
    if (found != names.end()) name = found->second;
}

struct Renaming {
    const NewNames& names;

    void node(NodeId& node) const { rename(names.nodes, node); }
    template <class T>
    void list(std::vector<T>& list) const {
        sort_nodes(list);
    }
    void client(ClientNumber& client) const { rename(names.clients, client); }
    void command(CommandText& command) const {
        auto members = members_in(command);
        if (!members) return rename(names.commands, command);
        for (NodeId& each : *members) node(each);
        std::ranges::sort(*members);
        command = members_command(*members);
    }
};

template <class T>
void rename_keys(const Renaming& renaming, std::map<NodeId, T>& map) {
    std::map<NodeId, T> renamed;
    for (auto& [node, what] : map) {
        NodeId key = node;
        renaming.node(key);
        renamed.emplace(key, std::move(what));
    }
    map = std::move(renamed);
}

Collecting names_in(const Scenario& scenario) {
    Collecting found;
    for (Line line : scenario.lines) walk(found, line.what);
    return found;
}

// The line without the node; nothing where it says nothing without it.
std::optional<Action> without(Action action, NodeId node) {
    if (auto* const partition = std::get_if<Partition>(&action)) {
        for (auto& group : partition->groups) std::erase(group, node);
        std::erase_if(partition->groups, [](const auto& group) { return group.empty(); });
        if (partition->groups.size() < 2) return std::nullopt;
        return action;
    }
    if (auto* const submit = std::get_if<Submit>(&action)) {
        if (auto members = members_in(submit->command); members && submit->node != node) {
            std::erase(*members, node);
            if (members->empty()) return std::nullopt;
            submit->command = members_command(*members);
            return action;
        }
    }
    if (auto* const added = std::get_if<Added>(&action)) {
        if (auto* const nodes = std::get_if<std::vector<NodeId>>(&added->arguments.front())) {
            std::erase(*nodes, node);
            if (nodes->empty()) return std::nullopt;
            return action;
        }
    }
    Collecting found;
    walk(found, action);
    if (std::ranges::find(found.nodes, node) != found.nodes.end()) return std::nullopt;
    return action;
}

}  // namespace

std::vector<NodeId> nodes_of(const Scenario& scenario) {
    std::vector<NodeId> nodes = names_in(scenario).nodes;
    for (const NodeId node : scenario.setup.nodes) add_once(nodes, node);
    return nodes;
}

std::vector<ClientNumber> clients_of(const Scenario& scenario) {
    return names_in(scenario).clients;
}

std::vector<CommandText> commands_of(const Scenario& scenario) {
    return names_in(scenario).commands;
}

Scenario renamed(Scenario scenario, const NewNames& names) {
    const Renaming renaming{names};
    for (Line& line : scenario.lines) walk(renaming, line.what);
    Setup& setup = scenario.setup;
    for (std::vector<NodeId>* const list : {&setup.nodes, &setup.members, &setup.forgetful}) {
        for (NodeId& node : *list) renaming.node(node);
        std::ranges::sort(*list);
    }
    rename_keys(renaming, setup.timed.lists);
    rename_keys(renaming, setup.timed.given_alpha);
    for (auto& [node, list] : setup.timed.lists) {
        for (NodeId& listed : list) renaming.node(listed);
        std::ranges::sort(list);
    }
    for (ClientNumber& client : setup.clients) renaming.client(client);
    std::ranges::sort(setup.clients);
    return scenario;
}

Scenario without_node(Scenario scenario, NodeId node) {
    Setup& setup = scenario.setup;
    for (std::vector<NodeId>* const list : {&setup.nodes, &setup.members, &setup.forgetful}) {
        std::erase(*list, node);
    }
    setup.timed.lists.erase(node);
    for (auto& [of, list] : setup.timed.lists) std::erase(list, node);
    setup.timed.given_alpha.erase(node);
    std::vector<Line> lines;
    for (Line& line : scenario.lines) {
        auto left = without(std::move(line.what), node);
        if (!left) continue;
        line.what = *std::move(left);
        lines.push_back(std::move(line));
    }
    scenario.lines = std::move(lines);
    return scenario;
}

}  // namespace decree::sim::scenario
