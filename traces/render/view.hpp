#pragma once

/// Which part of a run is shown.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "traces/render/words.hpp"

namespace decree::traces {

/// What distance down a page stands for.
enum class Scale : std::uint8_t {
    Events,  ///< Each event takes the room that it needs.
    Time,    ///< As Events, and further apart the more time lies between; long silence is folded.
};

/// All of it, unless something here says less.
struct View {
    std::optional<SlotRange> slots;  ///< Only what is about these, or about no slot.
    std::vector<NodeId> nodes;       ///< Only these; empty: all.
    std::optional<Time> from;        ///< World time, inclusive ...
    std::optional<Time> to;          ///< ... at both ends.
    bool all = false;                ///< Also what teaches nothing: every event, by itself.
    Scale scale = Scale::Events;     ///< Of pictures.

    [[nodiscard]] bool shows(NodeId node) const {
        return nodes.empty() || std::ranges::find(nodes, node) != nodes.end();
    }
    [[nodiscard]] bool shows(Time at) const { return (!from || *from <= at) && (!to || at <= *to); }
    [[nodiscard]] bool shows(const std::optional<SlotRange>& about) const {
        return !slots || !about || slots->meets(*about);
    }
};

}  // namespace decree::traces
