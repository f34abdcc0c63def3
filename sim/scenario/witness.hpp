#pragma once

/// What nobody in a run knows, and a scenario may expect: which votes are durable, what is chosen,
/// who was refused, which messages left. It looks on from outside, step by step.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"
#include "core/node/node.hpp"
#include "core/options.hpp"
#include "core/rule.hpp"
#include "props/ghost/reference.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// A vote, or what was voted for in one ballot.
struct HeldVote {
    Ballot ballot;
    Value value;
    bool operator==(const HeldVote&) const = default;
};

/// What happened to one slot in one ballot. Of one ballot there are several where a core is broken.
struct Tally {
    HeldVote vote;
    std::vector<NodeId> by;      ///< Who has cast it, durably, now or ever; ascending.
    std::vector<NodeId> voters;  ///< Those of them that vote in the slot.
    bool chosen{};               ///< They are a phase 2 quorum.
};

class Witness {
public:
    explicit Witness(const Settings& settings);

    // Told by whoever runs the nodes.

    /// A node starts, with what its disk holds.
    void started(NodeId node, const Recovered& disk);
    void stepped(const Node& after, const Event& event, const Effects& effects);
    /// Its memory is gone, and what its disk had not synced.
    void crashed(NodeId node);
    /// Its disk has forgotten all; what it once voted for stays a fact.
    void forgot(NodeId node);

    // Facts.

    /// What a node has durably promised.
    [[nodiscard]] Ballot promised(NodeId node) const;
    /// Its latest durable vote in a slot, if its disk still counts on it.
    [[nodiscard]] std::optional<HeldVote> accepted(NodeId node, Slot slot) const;
    /// What it wrote as its latest vote there, durable or not.
    [[nodiscard]] std::optional<HeldVote> voted(NodeId node, Slot slot) const;
    /// All that was ever voted for in a slot, in the order in which it was first.
    [[nodiscard]] std::vector<Tally> tallies(Slot slot) const;
    /// The values chosen in a slot, in the order in which they were: more than one is a violation.
    [[nodiscard]] std::vector<Value> chosen(Slot slot) const;
    /// The first slot found with two values chosen, if any.
    [[nodiscard]] std::optional<Slot> conflict() const { return conflict_; }
    /// Whether `by` has refused a message of that kind of `of`.
    [[nodiscard]] bool refused(NodeId by, NodeId of, Kind kind) const;
    /// Whether a node has taken a rule. REQUIRES: the nodes were listened to.
    [[nodiscard]] bool took(NodeId node, Rule rule) const { return took_.contains({node, rule}); }
    /// The kinds that it has refused.
    [[nodiscard]] std::vector<Kind> refused(NodeId by, NodeId of) const;
    /// Who votes in a slot; nothing where that is not settled yet.
    [[nodiscard]] std::optional<Voters> voters(Slot slot) const;

private:
    struct Pending {
        Position end;
        Ballot promised;
        std::vector<std::pair<Slot, HeldVote>> votes;
    };
    struct Seen {
        Ballot promised;                    // Durably.
        std::map<Slot, HeldVote> accepted;  // Durably.
        std::map<Slot, HeldVote> voted;     // As written.
        std::vector<Pending> pending;       // By end.
        Slot trimmed;                       // Its log no longer holds slots through here.
    };
    void wrote(Seen& node, const JournalAppend& append);
    void synced(NodeId id, Position position);
    void cast(NodeId node, Slot slot, const HeldVote& vote);
    void find_choices(Slot slot);
    [[nodiscard]] bool suffices(const Voters& voters, std::size_t count) const;

    Settings settings_;
    std::map<NodeId, Seen> nodes_;
    std::map<Slot, std::vector<Tally>> tallies_;  // Of these, voters and chosen are not kept.
    std::map<Slot, std::vector<Value>> chosen_;
    std::optional<Slot> conflict_;
    std::set<std::tuple<NodeId, NodeId, Kind>> refused_;
    std::set<std::pair<NodeId, Rule>> took_;
    // The chosen log, executed apart from the code that is judged: it says who votes.
    props::Reference reference_;
    std::map<Slot, Voters> eras_;  // From these slots on.
};

}  // namespace decree::sim::scenario
