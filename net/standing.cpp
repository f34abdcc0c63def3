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

// A node, and where it listens.
std::string place_of(NodeId node, const std::vector<KnownNode>& known) {
    const auto at = std::ranges::find(known, node, &KnownNode::node);
    const std::string where = at == known.end() || at->peer.empty() ? "?" : at->peer;
    return fmt::format("{} at {}", node_name(node), where);
}

std::vector<std::string> sentences(std::vector<Awaited> awaited,
                                   const std::vector<KnownNode>& known) {
    std::vector<std::string> texts;
    for (Awaited& one : awaited) {
        const bool voter = one.why == Awaiting::Recognition || one.why == Awaiting::Doubt;
        if (voter && one.node != NodeId{}) one.address = place_of(one.node, known);
        texts.push_back(sentence(one));
    }
    return texts;
}

// Of a voter that knows no leader.
std::string without_leader(const Node& node, const std::vector<KnownNode>& known,
                           const std::function<bool(NodeId)>& connected) {
    const Voters& voters = node.membership().voters(next(node.applied()));
    std::vector<std::string> missing;
    for (const NodeId voter : voters) {
        if (voter != node.id() && !connected(voter)) missing.push_back(place_of(voter, known));
    }
    if (missing.empty()) return "no leader yet, though there is a connection to every voter";
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
    if (node.membership().votes_from(next(node.applied()), node.id())) {
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
    const std::vector<KnownNode> known = known_nodes(state);
    std::vector<std::string> lines = sentences(node.awaited(), known);
    switch (standing_of(node, state)) {
    case Standing::Founding:
    case Standing::Joining:
        break;
    case Standing::CatchingUp:
        lines.emplace_back("this node takes over what the cluster has, and registers itself then");
        break;
    case Standing::Learner:
    case Standing::Removed:
        lines.push_back(without_slot(node, state));
        break;
    case Standing::Voter:
        if (!node.leader()) lines.push_back(without_leader(node, known, connected));
        break;
    }
    return lines;
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
