#include "net/registration.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "core/node_name.hpp"
#include "core/store/electorate.hpp"

namespace decree::net {
namespace {

store::Write put(std::string path, std::string_view text) {
    return store::PutFile{
        .path = std::move(path), .value = Value(as_bytes(text)), .session = store::no_session};
}

// What a file holds; nothing when there is none.
std::optional<std::string> text_of(const store::State& state, const std::string& path) {
    const store::Found found = state.tree().find(path);
    if (found.file == nullptr) return std::nullopt;
    return std::string(as_text(found.file->value.bytes()));
}

std::string folder_of(NodeId node) {
    return std::string(store::nodes_path) + '/' + node_name(node);
}

std::string name_path(const std::string& cluster, NodeId node) {
    return fmt::format("/ctl/ns/{}/{}", cluster, node_name(node));
}

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

/// There is always a slot from then on, since the last voter cannot be removed.
std::optional<store::StoreCommand> founding_write(const store::State& state,
                                                  const std::string& name, const Charter& charter,
                                                  const Shown& shown) {
    if (state.tree().find(store::slots_path).directory != nullptr) return std::nullopt;
    store::Transact founding;
    founding.compares.emplace_back(
        store::CompareSubtree{.path = "/ctl", .revision = state.tree().subtree_revision("/ctl")});
    founding.writes.push_back(put("/ctl/name", name));
    for (const Founder& founder : charter.founders) {
        const std::string folder = folder_of(founder.node);
        const bool own = founder.node == shown.node;
        founding.writes.push_back(put(folder + "/peer", own ? shown.peer : founder.address));
        if (!own) continue;
        founding.writes.push_back(put(folder + "/addr", shown.client));
        founding.writes.push_back(put(name_path(name, founder.node), shown.client));
    }
    for (std::size_t i = 0; i < charter.founders.size(); ++i) {
        founding.writes.push_back(
            put(fmt::format("{}/{}", store::slots_path, i), node_name(charter.founders[i].node)));
    }
    return founding;
}

std::optional<store::StoreCommand> presence_write(const store::State& state,
                                                  const std::string& name, const Shown& shown) {
    store::Transact presence;
    const auto show = [&](std::string path, std::string_view text) {
        if (text_of(state, path) != text) presence.writes.push_back(put(std::move(path), text));
    };
    const std::string folder = folder_of(shown.node);
    show(folder + "/addr", shown.client);
    show(folder + "/hostname", shown.hostname);
    show(folder + "/peer", shown.peer);
    show(folder + "/version", shown.version);
    show(name_path(name, shown.node), shown.client);
    show(folder + "/writable", "true");
    if (presence.writes.empty()) return std::nullopt;
    return presence;
}

store::Revision presence_revision(const store::State& state, const std::string& name, NodeId node) {
    return std::max(state.tree().subtree_revision(folder_of(node)),
                    state.tree().subtree_revision(name_path(name, node)));
}

store::StoreCommand applied_write(const store::State& state, NodeId node) {
    store::Transact write;
    write.writes.push_back(
        put(folder_of(node) + "/applied", std::to_string(state.revision().value)));
    return write;
}

std::vector<KnownNode> known_nodes(const store::State& state) {
    std::vector<KnownNode> all;
    const store::Found nodes = state.tree().find(store::nodes_path);
    if (nodes.directory == nullptr) return all;
    nodes.directory->items.for_each([&](const auto& item) {
        const auto node = parse_node_name(item->name);
        if (!node || !std::holds_alternative<store::Directory>(item->what)) return;
        const std::string folder = folder_of(*node);
        const auto slots = store::slots_of(state.tree(), *node);
        std::string slot;
        if (!slots.empty()) slot = slots.front().path.substr(store::slots_path.size() + 1);
        all.push_back({.node = *node,
                       .client = text_of(state, folder + "/addr").value_or(""),
                       .peer = text_of(state, folder + "/peer").value_or(""),
                       .slot = std::move(slot)});
    });
    return all;
}

}  // namespace decree::net
