#pragma once

/// What nobody in the run knows: which votes are durable, and so when a value is chosen.

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/journal/recovery.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"

namespace decree::traces {

/// A quorum has durable votes for `value` in `ballot`.
struct Choice {
    Slot slot;
    Ballot ballot;
    Value value;
    Voters voters;  ///< Who voted so.
    bool operator==(const Choice&) const = default;
};

/// Counts durable votes over all nodes, as an observer of everything. [PMS] 2.2: a value is chosen
/// when a quorum has accepted it in one ballot; knowing it is another matter, and comes later.
///
/// The voters of a slot are those that the node in question names; where it cannot, the cluster's
/// first ones.
class VoteLedger {
public:
    explicit VoteLedger(Settings settings) : settings_(std::move(settings)) {}

    /// What the event made chosen. At most one choice for each slot and ballot, ever.
    [[nodiscard]] std::vector<Choice> started(const Recovered& disk, const Node& node);
    [[nodiscard]] std::vector<Choice> stepped(const Event& event, const Node& after,
                                              const Effects& effects);

private:
    struct Vote {
        Position end;  // Durable when the journal is durable up to here.
        Slot slot;
        Ballot ballot;
        Value value;
    };
    struct Tally {
        Value value;
        Voters voters;
        bool told{};
    };
    void count(const Node& node, Slot slot, Ballot ballot, const Value& value,
               std::vector<Choice>& out);
    void forget_old_slots();

    Settings settings_;
    std::map<NodeId, std::deque<Vote>> waiting_;
    std::map<Slot, std::map<Ballot, Tally>> tallies_;
};

}  // namespace decree::traces
