#pragma once

#include <cstdint>
#include <optional>

#include "core/event.hpp"
#include "core/ids.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// The violation.
[[nodiscard]] Violation message_refused(NodeId node, const Event& event);

/// Nodes send each other nothing that a node refuses: `node` has refused `refused` messages since
/// its start, and the world has sent it `nonsense` that no node sent.
[[nodiscard]] inline std::optional<Violation> sound_messages(NodeId node, std::uint64_t refused,
                                                             std::uint64_t nonsense,
                                                             const Event& event) {
    if (refused <= nonsense) [[likely]]
        return std::nullopt;
    return message_refused(node, event);
}

}  // namespace decree::props
