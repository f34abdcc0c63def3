#include "net/registration.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/node_name.hpp"
#include "core/store/query.hpp"

namespace decree::net {
namespace {

store::Write put(std::string path, std::string_view text) {
    return store::PutFile{
        .path = std::move(path), .value = Value(as_bytes(text)), .session = store::no_session};
}

bool holds(const store::State& state, const std::string& path, std::string_view text) {
    const store::QueryAnswer found = store::query(state, store::Get{.path = path, .at = {}});
    return found.code == store::Code::Ok && found.entries.front().revision > store::missing &&
           as_text(found.entries.front().value.bytes()) == text;
}

std::string folder_of(NodeId node) { return "/ctl/node/" + node_name(node); }

}  // namespace

std::optional<store::StoreCommand> founding_write(const store::State& state,
                                                  const ClusterPlan& plan) {
    if (holds(state, "/ctl/name", plan.name)) return std::nullopt;
    store::Transact founding;
    founding.compares.emplace_back(
        store::CompareFile{.path = "/ctl/name", .revision = store::missing});
    founding.writes.push_back(put("/ctl/name", plan.name));
    for (const Member& member : plan.members) {
        founding.writes.push_back(put(folder_of(member.node) + "/addr", member.client));
        founding.writes.push_back(
            put(fmt::format("/ctl/ns/{}/{}", plan.name, node_name(member.node)), member.client));
    }
    for (std::size_t i = 0; i < plan.members.size(); ++i) {
        founding.writes.push_back(
            put(fmt::format("/ctl/cal/{}", i), node_name(plan.members[i].node)));
    }
    return founding;
}

std::optional<store::StoreCommand> presence_write(const store::State& state, const Shown& shown) {
    store::Transact presence;
    const std::string folder = folder_of(shown.node);
    const auto show = [&](std::string_view name, std::string_view text) {
        std::string path = fmt::format("{}/{}", folder, name);
        if (!holds(state, path, text)) presence.writes.push_back(put(std::move(path), text));
    };
    show("addr", shown.client);
    show("hostname", shown.hostname);
    show("version", shown.version);
    show("writable", "true");
    if (presence.writes.empty()) return std::nullopt;
    return presence;
}

}  // namespace decree::net
