#include "traces/render/links.hpp"

#include <algorithm>

#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {

void Links::take(const Note& note) {
    if (const auto* cut = std::get_if<LinkCut>(&note)) {
        cut_.emplace(cut->from, cut->to);
        changes_.emplace(cut->from, cut->to);
    } else if (const auto* mended = std::get_if<LinkMended>(&note)) {
        cut_.erase({mended->from, mended->to});
        changes_.emplace(mended->from, mended->to);
    }
}

std::string Links::words() const {
    if (cut_.empty()) return "all links are whole again";
    const auto sides = groups();
    if (is_partition(sides)) return note_words(PartitionBegan{sides});
    std::set<Link> cut;
    std::set<Link> mended;
    for (const Link& link : changes_) (cut_.contains(link) ? cut : mended).insert(link);
    std::string text;
    if (!cut.empty()) text = "cut: " + list(cut);
    if (!mended.empty())
        text += (text.empty() ? "whole again: " : "; whole again: ") + list(mended);
    return text;
}

std::vector<std::vector<NodeId>> Links::groups() const {
    std::vector<std::vector<NodeId>> groups;
    std::set<NodeId> placed;
    for (const NodeId first : nodes_) {
        if (placed.contains(first) || !is_apart(first)) continue;
        placed.insert(first);
        std::vector<NodeId> group{first};
        for (std::size_t i = 0; i < group.size(); ++i) {
            for (const NodeId other : nodes_) {
                const bool together = is_apart(other) && !is_cut_off(group[i], other);
                if (together && placed.insert(other).second) group.push_back(other);
            }
        }
        std::ranges::sort(group);
        groups.push_back(std::move(group));
    }
    return groups;
}

bool Links::is_apart(NodeId node) const {
    return std::ranges::any_of(nodes_, [&](NodeId other) { return is_cut_off(node, other); });
}

// "N1 - N3" when both directions are in it, else "N1 > N3".
std::string Links::list(const std::set<Link>& links) {
    std::string text;
    for (const auto& [from, to] : links) {
        const bool both = links.contains({to, from});
        if (both && to < from) continue;
        if (!text.empty()) text += ", ";
        text += node_words(from) + (both ? " - " : " > ") + node_words(to);
    }
    return text;
}

bool Links::is_partition(const std::vector<std::vector<NodeId>>& groups) const {
    if (groups.size() < 2) return false;
    const auto place_of = [&](NodeId node) {
        return std::ranges::find_if(groups, [&](const std::vector<NodeId>& group) {
            return std::ranges::find(group, node) != group.end();
        });
    };
    return std::ranges::all_of(cut_, [&](const Link& link) {
        const auto from = place_of(link.first);
        const auto to = place_of(link.second);
        return from != groups.end() && to != groups.end() && from != to;
    });
}

}  // namespace decree::traces
