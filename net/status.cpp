#include "net/status.hpp"

#include <string_view>
#include <type_traits>

#include <boost/json.hpp>

namespace decree::net {
namespace {

namespace json = boost::json;

// One list of fields for both directions: `visit(name, field)` for each.
template <class S, class F>
    requires std::is_same_v<std::remove_const_t<S>, ListedNode>
void for_each_field(S& node, F visit) {
    visit("id", node.id);
    visit("client", node.client);
    visit("peer", node.peer);
    visit("slot", node.slot);
}
template <class S, class F>
    requires std::is_same_v<std::remove_const_t<S>, DecidedChange>
void for_each_field(S& change, F visit) {
    visit("id", change.id);
    visit("in", change.in);
    visit("out", change.out);
    visit("state", change.state);
    visit("why", change.why);
    visit("slot", change.slot);
}
template <class S, class F>
    requires std::is_same_v<std::remove_const_t<S>, NodeStatus::Cluster>
void for_each_field(S& cluster, F visit) {
    visit("name", cluster.name);
    visit("id", cluster.id);
    visit("voters", cluster.voters);
    visit("removed", cluster.removed);
    visit("free_slots", cluster.free_slots);
    visit("nodes", cluster.nodes);
    visit("change_pending", cluster.change_pending);
    visit("lease_us", cluster.lease_us);
}
template <class S, class F>
    requires std::is_same_v<std::remove_const_t<S>, NodeStatus::Log>
void for_each_field(S& log, F visit) {
    visit("leader", log.leader);
    visit("ballot", log.ballot);
    visit("chosen", log.chosen);
    visit("applied", log.applied);
    visit("revision", log.revision);
    visit("in_doubt", log.in_doubt);
    visit("unrecognized", log.unrecognized);
}
template <class S, class F>
    requires std::is_same_v<std::remove_const_t<S>, NodeStatus::Disk>
void for_each_field(S& disk, F visit) {
    visit("journal", disk.journal);
    visit("snapshots", disk.snapshots);
    visit("free", disk.free);
}
template <class S, class F>
    requires std::is_same_v<std::remove_const_t<S>, NodeStatus>
void for_each_field(S& status, F visit) {
    visit("node", status.node);
    visit("version", status.version);
    visit("standing", status.standing);
    visit("role", status.role);
    visit("start", status.start);
    visit("cluster", status.cluster);
    visit("log", status.log);
    visit("disk", status.disk);
    visit("waits", status.waits);
    visit("connected", status.connected);
    visit("changes", status.changes);
    visit("drift_ppm", status.drift_ppm);
}

json::value write(const std::string& text) { return json::string(text); }
json::value write(bool flag) { return flag; }
json::value write(std::uint64_t number) { return number; }
json::value write(std::int64_t number) { return number; }
template <class T>
json::value write(const std::vector<T>& list);
template <class T>
    requires std::is_class_v<T>
json::value write(const T& thing) {
    json::object object;
    for_each_field(thing,
                   [&](std::string_view name, const auto& field) { object[name] = write(field); });
    return object;
}
template <class T>
json::value write(const std::vector<T>& list) {
    json::array array;
    for (const T& one : list) array.push_back(write(one));
    return array;
}

// What is of another kind than it must be stays as it is: empty.
void read(const json::value& value, std::string& text) {
    if (const auto* const found = value.if_string()) text.assign(found->data(), found->size());
}
void read(const json::value& value, bool& flag) {
    if (const auto* const found = value.if_bool()) flag = *found;
}
template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
void read(const json::value& value, T& number) {
    boost::system::error_code error;
    const T found = value.to_number<T>(error);
    if (!error) number = found;
}
template <class T>
void read(const json::value& value, std::vector<T>& list);
template <class T>
    requires std::is_class_v<T>
void read(const json::value& value, T& thing) {
    const auto* const object = value.if_object();
    if (object == nullptr) return;
    for_each_field(thing, [&](std::string_view name, auto& field) {
        if (const auto* const found = object->if_contains(name)) read(*found, field);
    });
}
template <class T>
void read(const json::value& value, std::vector<T>& list) {
    const auto* const array = value.if_array();
    if (array == nullptr) return;
    for (const json::value& one : *array) read(one, list.emplace_back());
}

}  // namespace

std::string sentence(const DecidedChange& change) {
    std::string text = change.id.empty() ? std::string() : "change " + change.id + ": ";
    text += change.in.empty()    ? change.out + " loses its vote"
            : change.out.empty() ? change.in + " gets a free slot"
                                 : change.in + " gets the vote of " + change.out;
    text += ": " + change.state;
    return change.why.empty() ? text : text + ": " + change.why;
}

std::string to_json(const NodeStatus& status) { return json::serialize(write(status)); }

std::expected<NodeStatus, std::string> parse_status(const std::string& text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_object()) return std::unexpected("its status is no JSON object");
    NodeStatus status;
    read(value, status);
    return status;
}

}  // namespace decree::net
