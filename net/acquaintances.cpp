#include "net/acquaintances.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/node_name.hpp"

namespace decree::net {
namespace {

// Of as many nodes it is kept what they last showed.
constexpr std::size_t most_acquaintances = 4096;
// Of one node; more are forgotten together.
constexpr std::size_t most_refused = 16;
// What is heard so long after a refusal was not under way then, from a process that has ended.
constexpr std::uint64_t sure_after = 1'000'000;

Objection lives(const Life& holder, const std::string& from, bool sure) {
    const std::string_view rest =
        sure ? "one of the two runs on a copy of the data folder, and is to be stopped"
             : "if that one has just ended, this one is taken when it was silent for a moment";
    return {
        .why = fmt::format("another process runs as node {}, heard from {}, in its start {}; {}",
                           node_name(holder.node), from, holder.start, rest),
        .other = holder,
        .sure = sure};
}

Objection was_seen(const Life& life, const Life& last) {
    if (life.start < last.start) {
        return {.why = fmt::format(
                    "node {} comes back with less than it has shown: with its start {}, after {}; "
                    "its data folder is an earlier copy, or else the other one was: go on with "
                    "the folder that was in use last",
                    node_name(life.node), life.start, last.start),
                .other = last,
                .sure = true};
    }
    return {.why = fmt::format(
                "another process was heard as node {} in the same start, {}, on a copy of the data "
                "folder: go on with the folder that was in use last, and start it once more",
                node_name(life.node), life.start),
            .other = last,
            .sure = true};
}

}  // namespace

Objection Acquaintances::objection(const Life& life, Time now) {
    const auto found = known_.find(life.node);
    if (found == known_.end()) return {};
    Known& known = found->second;
    const auto& holder = known.holder;
    if (holder && holder->life.process != life.process) {
        const bool alive = holder->links > 0 && now < holder->heard + silent_after;
        const auto refused = known.refused.find(life.process);
        // A process beside which another one was heard runs on a copy, also when that has ended.
        const bool beside =
            refused != known.refused.end() && refused->second + sure_after < holder->heard;
        if (alive && refused == known.refused.end()) {
            if (known.refused.size() >= most_refused) known.refused.clear();
            known.refused.emplace(life.process, now);
        }
        if (alive || beside) return lives(holder->life, holder->from, beside);
    }
    if (!known.last || life == *known.last || life.start > known.last->start) return {};
    return was_seen(life, *known.last);
}

void Acquaintances::linked(const Life& life, const std::string& from, Time now) {
    if (known_.size() >= most_acquaintances && !known_.contains(life.node)) return;
    Known& known = known_[life.node];
    const bool same = known.holder && known.holder->life == life;
    const std::size_t links = same ? known.holder->links : 0;
    known.holder = {.life = life, .from = from, .heard = now, .links = links + 1};
    known.refused.erase(life.process);
}

void Acquaintances::heard(const Life& life, bool binding, Time now) {
    const auto found = known_.find(life.node);
    if (found == known_.end()) return;
    Known& known = found->second;
    if (known.holder && known.holder->life == life) known.holder->heard = now;
    if (known.last != life) {
        known.before = std::exchange(known.last, life);
        known.bound = false;
    }
    known.bound = known.bound || binding;
}

void Acquaintances::unlinked(const Life& life) {
    const auto found = known_.find(life.node);
    if (found == known_.end()) return;
    auto& holder = found->second.holder;
    if (holder && holder->life == life && holder->links > 0) --holder->links;
}

void Acquaintances::disowned(NodeId node, std::uint64_t start) {
    const auto found = known_.find(node);
    if (found == known_.end()) return;
    Known& known = found->second;
    if (known.bound || !known.last || known.last->start != start) return;
    known.last = std::exchange(known.before, std::nullopt);
    known.bound = true;
}

}  // namespace decree::net
