#pragma once

/// Every vote ever cast. The observer keeps it, never a node: a node remembers only its latest vote
/// per slot, so surviving state cannot show a decision that was lost. TLA+ Voting.tla "votes".

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/ring.hpp"
#include "core/value.hpp"
#include "props/ghost/node_set.hpp"

namespace decree::props {

/// What happened to one slot in one ballot.
struct BallotVotes {
    Ballot ballot;
    Value value;      ///< The one value that this ballot proposes here.
    NodeSet written;  ///< Voted, on the disk or on its way there.
    NodeSet durable;  ///< Voted, and a sync has covered it. Never shrinks.
    bool proposed{};  ///< An Accept was sent, and judged.
    bool operator==(const BallotVotes&) const = default;
};

/// What happened to one slot, in the order in which ballots came to it.
class SlotVotes {
public:
    [[nodiscard]] std::size_t size() const {
        return first_.ballot == Ballot{} ? 0 : 1 + others_.size();
    }
    [[nodiscard]] BallotVotes& operator[](std::size_t i) {
        return i == 0 ? first_ : others_[i - 1];
    }
    [[nodiscard]] const BallotVotes& operator[](std::size_t i) const {
        return i == 0 ? first_ : others_[i - 1];
    }
    [[nodiscard]] BallotVotes* find(Ballot ballot) {
        for (std::size_t i = 0; i < size(); ++i) {
            if ((*this)[i].ballot == ballot) return &(*this)[i];
        }
        return nullptr;
    }
    [[nodiscard]] const BallotVotes* find(Ballot ballot) const {
        for (std::size_t i = 0; i < size(); ++i) {
            if ((*this)[i].ballot == ballot) return &(*this)[i];
        }
        return nullptr;
    }
    /// REQUIRES: the ballot is not there yet.
    BallotVotes& add(Ballot ballot, const Value& value) {
        if (size() > 0) others_.emplace_back();
        BallotVotes& added = others_.empty() ? first_ : others_.back();
        added.ballot = ballot;
        added.value = value;
        return added;
    }
    /// The last vote of `node` in a ballot below `below`, be it durable or not; nullptr: none.
    [[nodiscard]] const BallotVotes* last_vote(NodeIndex node, Ballot below) const {
        const BallotVotes* last = nullptr;
        for (std::size_t i = 0; i < size(); ++i) {
            const BallotVotes& votes = (*this)[i];
            if (votes.ballot < below && votes.written.has(node) &&
                (last == nullptr || last->ballot < votes.ballot)) {
                last = &votes;
            }
        }
        return last;
    }
    bool operator==(const SlotVotes&) const = default;

private:
    BallotVotes first_;  // Most slots see one ballot.
    std::vector<BallotVotes> others_;
};

/// All slots above some first ones, which are chosen and forgotten.
class VoteHistory {
public:
    [[nodiscard]] Slot forgotten_through() const { return forgotten_through_; }
    /// The highest slot with a place.
    [[nodiscard]] Slot end() const { return forgotten_through_ + slots_.size(); }
    /// nullptr: forgotten, or nothing happened there.
    [[nodiscard]] SlotVotes* find(Slot slot) {
        if (slot <= forgotten_through_ || slot > end()) return nullptr;
        return &slots_[index(slot)];
    }
    [[nodiscard]] const SlotVotes* find(Slot slot) const {
        if (slot <= forgotten_through_ || slot > end()) return nullptr;
        return &slots_[index(slot)];
    }
    /// The slot's place, made where there was none. REQUIRES: slot > forgotten_through().
    [[nodiscard]] SlotVotes& place(Slot slot) {
        while (slot > end()) slots_.push_back();
        return slots_[index(slot)];
    }
    void forget_through(Slot through) {
        while (forgotten_through_ < through && !slots_.empty()) {
            slots_.pop_front();
            forgotten_through_ = next(forgotten_through_);
        }
    }

private:
    [[nodiscard]] std::size_t index(Slot slot) const {
        return static_cast<std::size_t>(slot.value - forgotten_through_.value - 1);
    }

    Slot forgotten_through_;
    Ring<SlotVotes> slots_;
};

}  // namespace decree::props
