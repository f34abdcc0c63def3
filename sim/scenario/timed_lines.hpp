#pragma once

/// What each verb does in a world where time passes, and when it cannot.

#include <set>
#include <utility>

#include "core/ids.hpp"
#include "sim/hands.hpp"
#include "sim/scenario/clients.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

class TimedLines {
public:
    explicit TimedLines(Clients& clients) : clients_(clients) {}

    /// REQUIRES: it expects nothing, and names no message.
    [[nodiscard]] Done obey(const Action& action, Hands& hands);

private:
    using Links = std::set<std::pair<NodeId, NodeId>>;

    Done submit(const Submit& line, Hands& hands);
    Done read(const Read& line, Hands& hands);
    Done part(const Partition& line, Hands& hands);
    Done heal(Hands& hands);
    Done cut(const CutLink& line, Hands& hands);
    Done mend(const MendLink& line, Hands& hands);
    Done add(const Added& line, Hands& hands);

    Clients& clients_;
    Links parted_;  // By partitions, until all is healed.
    Links cut_;     // One by one.
};

}  // namespace decree::sim::scenario
