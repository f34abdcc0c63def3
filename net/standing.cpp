#include "net/standing.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/node_name.hpp"
#include "net/log.hpp"
#include "net/registration.hpp"

namespace decree::net {
namespace {

// What lasts no longer is not worth telling.
constexpr std::uint64_t look_every = 1'000'000;

std::vector<std::string> sentences(const std::vector<Awaited>& awaited) {
    std::vector<std::string> texts;
    for (const Awaited& one : awaited) texts.push_back(sentence(one));
    return texts;
}

// Of a voter that knows no leader.
std::string without_leader(const Node& node, const store::State& state,
                           const std::function<bool(NodeId)>& connected) {
    const Voters& voters = node.membership().voters(next(node.chosen_through()));
    const std::vector<KnownNode> known = known_nodes(state);
    std::vector<std::string> missing;
    for (const NodeId voter : voters) {
        if (voter == node.id() || connected(voter)) continue;
        const auto at = std::ranges::find(known, voter, &KnownNode::node);
        const std::string where = at == known.end() || at->peer.empty() ? "?" : at->peer;
        missing.push_back(fmt::format("{} at {}", node_name(voter), where));
    }
    if (missing.empty()) return "no leader yet, though every voter is reached";
    return fmt::format("no leader: {} of {} voters are not reached: {}", missing.size(),
                       voters.size(), fmt::join(missing, ", "));
}

std::string without_slot(const Node& node, const store::State& state) {
    const std::string name = node_name(node.id());
    if (state.electorate.is_retired(node.id())) {
        return fmt::format(
            "this node was removed: it refuses writes, and has no vote; `decree members add {0}` "
            "gives it one again; to be rid of it, stop it, and say `decree members forget {0}`",
            name);
    }
    if (!store::free_slots(state.tree()).empty()) {
        return "this node is a learner: it is to get the free slot from the leader";
    }
    return fmt::format(
        "this node is a learner: it has no vote, since no slot is free; `decree members add {}` "
        "gives it one",
        name);
}

}  // namespace

Standing standing_of(const Node& node, const store::State& state) {
    if (node.founding()) {
        return node.founding()->founders.empty() ? Standing::Joining : Standing::Founding;
    }
    if (node.membership().votes_from(next(node.chosen_through()), node.id())) {
        return Standing::Voter;
    }
    if (state.electorate.is_retired(node.id())) return Standing::Removed;
    return store::is_known(state.tree(), node.id()) ? Standing::Learner : Standing::CatchingUp;
}

std::string_view to_text(Standing standing) {
    switch (standing) {
    case Standing::Founding:
        return "founding";
    case Standing::Joining:
        return "joining";
    case Standing::CatchingUp:
        return "catching-up";
    case Standing::Learner:
        return "learner";
    case Standing::Voter:
        return "voter";
    case Standing::Removed:
        return "removed";
    }
    return {};
}

std::vector<std::string> waits_for(const Node& node, const store::State& state,
                                   const std::function<bool(NodeId)>& connected) {
    switch (standing_of(node, state)) {
    case Standing::Founding:
    case Standing::Joining:
        return sentences(node.awaited());
    case Standing::CatchingUp:
        return {"this node takes over what the cluster has, and registers itself then"};
    case Standing::Learner:
    case Standing::Removed:
        return {without_slot(node, state)};
    case Standing::Voter:
        break;
    }
    if (node.leader()) return {};
    return {without_leader(node, state, connected)};
}

void Narrator::look(Time now, const Node& node, const store::State& state,
                    const std::function<bool(NodeId)>& connected) {
    if (now < next_look_) return;
    const bool first = next_look_ == Time{};
    next_look_ = now + look_every;
    if (first) return;  // Nobody can have answered yet.
    std::vector<std::string> seen = waits_for(node, state, connected);
    if (seen.empty()) seen.emplace_back("this node is a voter");
    const bool lasts = seen == seen_;
    seen_ = std::move(seen);
    // A founder waits for people, mostly: they are told at once.
    const bool founds = standing_of(node, state) < Standing::CatchingUp;
    if (seen_ == said_ || !(lasts || founds)) return;
    said_ = seen_;
    for (const std::string& line : said_) {
        log_info((founds || !node.leader() ? "waiting: " : "") + line);
    }
}

}  // namespace decree::net
