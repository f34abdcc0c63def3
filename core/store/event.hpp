#pragma once

/// What a revision did: one event each.

#include <cstdint>
#include <string>

#include "core/store/revision.hpp"
#include "core/value.hpp"

namespace decree::store {

enum class EventKind : std::uint8_t { Nop, Set, Del };

struct Event {
    Revision revision;
    /// The last revision of the command that made this one: events of equal groups belong together.
    Revision group;
    EventKind kind{};
    std::string path;  ///< "/" of a Nop.
    Value value;       ///< Of a Set.
    /// Of a Set: see File.
    SessionId session;
    bool lock{};
    bool operator==(const Event&) const = default;
};

/// Doozer's flags of an event: 4 set, 8 deleted, 0 no-op.
constexpr std::uint32_t event_flags(EventKind kind) {
    if (kind == EventKind::Set) return 4;
    return kind == EventKind::Del ? 8 : 0;
}

}  // namespace decree::store
