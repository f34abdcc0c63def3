#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "traces/note.hpp"

namespace decree::traces {

/// Which links are cut, from notes about one direction of one link each.
class Links {
public:
    explicit Links(std::vector<NodeId> nodes) : nodes_(std::move(nodes)) {}

    /// Takes a LinkCut or LinkMended; ignores all else.
    void take(const Note& note);
    /// What follows happens at another instant.
    void begin_instant() { changes_.clear(); }
    /// What happened in this instant, in one sentence without its full stop.
    [[nodiscard]] std::string words() const;
    /// The nodes by whom they can exchange messages with; one group when nobody is cut off. A node
    /// that everybody hears, and that hears everybody, is in none, unless it stands between others.
    [[nodiscard]] std::vector<std::vector<NodeId>> groups() const;

private:
    using Link = std::pair<NodeId, NodeId>;
    [[nodiscard]] static std::string list(const std::set<Link>& links);
    // Whether the node exchanges nothing with some other.
    [[nodiscard]] bool is_apart(NodeId node) const;
    [[nodiscard]] bool is_cut_off(NodeId node, NodeId other) const {
        return cut_.contains({node, other}) && cut_.contains({other, node});
    }
    // Whether exactly those links are cut that lead from one group to another.
    [[nodiscard]] bool is_partition(const std::vector<std::vector<NodeId>>& groups) const;

    std::vector<NodeId> nodes_;
    std::set<Link> cut_;
    std::set<Link> changes_;  // Of this instant.
};

}  // namespace decree::traces
