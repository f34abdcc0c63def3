#pragma once

/// Which commands of the chosen log are executed, and which are not: at most once, told anew from
/// the words of the design and not with the code that is judged. [RAFT-DISS] 6.3.

#include <cstdint>
#include <map>
#include <set>

#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/request.hpp"
#include "core/ring.hpp"

namespace decree::props {

/// What becomes of a command that is chosen.
enum class Fate : std::uint8_t {
    Executed,
    Duplicate,  ///< Executed before, and remembered.
    Refused,    ///< Of older incarnation, dropped, forgotten, too far ahead, or there is no room.
};

class GhostRequests {
public:
    explicit GhostRequests(const Settings& settings) : settings_(settings) {}

    [[nodiscard]] Fate judge(const RequestId& id);
    /// An origin is forgotten for ever, as a command in the log wants it.
    void drop(NodeId origin);

private:
    struct Origin {
        Incarnation incarnation;
        std::uint64_t lowest = 1;     // Smaller numbers have been answered.
        Ring<std::uint8_t> executed;  // 1 or 0, of number lowest, lowest + 1, ...
    };
    [[nodiscard]] Origin* admit(const RequestId& id);

    Settings settings_;
    std::map<NodeId, Origin> origins_;
    std::set<NodeId> dropped_;
};

}  // namespace decree::props
