#include "net/acquaintances.hpp"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "core/node_name.hpp"

namespace decree::net {
namespace {

// Of as many nodes it is kept what they last showed.
constexpr std::size_t most_acquaintances = 4096;

}  // namespace

std::string Acquaintances::objection(const Life& life) const {
    const auto found = known_.find(life.node);
    if (found == known_.end()) return {};
    const Life& last = found->second.last;
    if (life == last || life.start > last.start) return {};
    if (life.start < last.start) {
        return fmt::format(
            "node {} comes back with less than it has shown: with its start {}, after {}; its data "
            "folder is an earlier copy, or else the other one was: go on with the folder that was "
            "in use last",
            node_name(life.node), life.start, last.start);
    }
    return fmt::format(
        "another process was heard as node {} in the same start, {}, on a copy of the data folder: "
        "go on with the folder that was in use last, and start it once more",
        node_name(life.node), life.start);
}

void Acquaintances::heard(const Life& life, bool binding) {
    if (known_.size() >= most_acquaintances && !known_.contains(life.node)) return;
    const auto [place, fresh] = known_.try_emplace(life.node, Known{.last = life, .before = {}});
    Known& known = place->second;
    if (!fresh && known.last != life) {
        known.before = std::exchange(known.last, life);
        known.bound = false;
    }
    known.bound = known.bound || binding;
}

void Acquaintances::disowned(NodeId node, std::uint64_t start) {
    const auto found = known_.find(node);
    if (found == known_.end()) return;
    Known& known = found->second;
    if (known.bound || known.last.start != start) return;
    if (!known.before) {
        known_.erase(found);
        return;
    }
    known.last = *std::exchange(known.before, std::nullopt);
    known.bound = true;
}

}  // namespace decree::net
