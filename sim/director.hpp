#pragma once

/// A run that somebody directs: what is drawn in other runs (who is there, what goes wrong, what
/// clients ask) is said. Only what links and disks do by chance is still drawn.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "props/violation.hpp"
#include "sim/shape.hpp"

namespace decree {
class Node;
}

namespace decree::sim {

class Hands;

/// What stands in place of what is drawn.
struct Plan {
    Shape shape;      ///< `voters` and `spares` say how many processes there are.
    Weather weather;  ///< Only habits of links and disks: no kind of fault strikes.
    std::vector<ProcessIndex> absent;  ///< Numbers that no node has: they never start.
    /// Of a cluster that founds itself: lists, and alphas, of processes that are given others than
    /// the shape has.
    std::map<ProcessIndex, std::vector<std::string>> lists;
    std::map<ProcessIndex, std::uint64_t> alphas;
    std::vector<std::uint64_t> cues;  ///< When the director is called, never going back.
    std::uint64_t ends_at{};          ///< When the run is over.
    bool goes_on{};                   ///< Also when something that must hold does not.
};

class Director {
public:
    Director() = default;
    Director(const Director&) = delete;
    Director& operator=(const Director&) = delete;
    virtual ~Director() = default;

    [[nodiscard]] virtual const Plan& plan() const = 0;
    /// The time of cue `number` has come; of cues at one instant the first comes first, and all of
    /// them before anything else that happens then.
    virtual void cue(std::size_t number, Hands& hands) = 0;
    /// The run is over; nothing happens any more.
    virtual void over(Hands& /*hands*/) {}

    // What it sees.

    virtual void started(const Node& /*node*/, const Recovered& /*disk*/) {}
    virtual void stepped(const Node& /*after*/, const Event&, const Effects&) {}
    virtual void crashed(NodeId) {}
    /// A client got the reply to what it asked last as `reply.tag`.
    virtual void answered(const Reply& /*reply*/) {}
    /// Something that must hold does not, at that time.
    virtual void broken(std::uint64_t /*at_us*/, const props::Violation&) {}
};

}  // namespace decree::sim
