#pragma once

/// Which part of a run is shown.

#include <algorithm>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "traces/render/words.hpp"

namespace decree::traces {

/// All of it, unless something here says less.
struct View {
    std::optional<SlotRange> slots;  ///< Only what is about these, or about no slot.
    std::vector<NodeId> nodes;       ///< Only these; empty: all.
    std::optional<Time> from;        ///< World time, inclusive ...
    std::optional<Time> to;          ///< ... at both ends.

    [[nodiscard]] bool shows(NodeId node) const {
        return nodes.empty() || std::ranges::find(nodes, node) != nodes.end();
    }
    [[nodiscard]] bool shows(Time at) const { return (!from || *from <= at) && (!to || at <= *to); }
    [[nodiscard]] bool shows(const std::optional<SlotRange>& about) const {
        return !slots || !about || slots->meets(*about);
    }
};

}  // namespace decree::traces
