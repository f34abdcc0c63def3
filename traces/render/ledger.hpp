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
    Voters voters;                     ///< Of the slot; those who voted so.
    std::vector<std::uint64_t> votes;  ///< The events in which they did, ascending.
    bool another{};                    ///< Another value had been chosen before: a violation.
    bool again{};                      ///< It had been, in another ballot: no contradiction.
    bool operator==(const Choice&) const = default;
};

/// Counts durable votes over all nodes, as an observer of everything. [PMS] 2.2: a value is chosen
/// when a quorum has accepted it in one ballot; knowing it is another matter, and comes later.
///
/// Who votes in a slot is what any node knows of it. Of a slot beyond what all of them know nothing
/// is claimed, until one does.
class VoteLedger {
public:
    explicit VoteLedger(const Settings& settings);

    /// What event `number` made chosen. A value is told once a ballot: other ballots choose it
    /// again.
    [[nodiscard]] std::vector<Choice> started(std::uint64_t number, const Recovered& disk,
                                              const Node& node);
    [[nodiscard]] std::vector<Choice> stepped(std::uint64_t number, const Event& event,
                                              const Node& after, const Effects& effects);
    /// Whether the node votes in some slot that has been known of so far.
    [[nodiscard]] bool ever_votes(NodeId node) const;

private:
    struct Vote {
        Position end;  // Durable when the journal is durable up to here.
        std::uint64_t number{};
        Slot slot;
        Ballot ballot;
        Value value;
    };
    struct Tally {
        Value value;
        std::map<NodeId, std::uint64_t> votes;  // And the events in which they were cast.
        bool told = false;                      // It is chosen.
    };
    struct SlotTallies {
        std::map<Ballot, std::vector<Tally>> ballots;
        std::vector<Value> told;
    };
    void learn_eras(const Node& node, std::vector<Choice>& out);
    void count(NodeId node, const Vote& vote, std::vector<Choice>& out);
    void judge(Slot slot, Ballot ballot, Tally& tally, std::vector<Choice>& out);
    void forget_old_slots();

    Settings settings_;
    std::map<Slot, Voters> eras_;  // By their first slots ...
    Slot horizon_;                 // ... known through here.
    std::map<NodeId, std::deque<Vote>> waiting_;
    std::map<Slot, SlotTallies> tallies_;
    Slot forgotten_;  // Slots through here are closed.
};

}  // namespace decree::traces
