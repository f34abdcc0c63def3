#pragma once

/// The log that the cluster chose, as the votes show it: no node is asked.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "core/value.hpp"

namespace decree::props {

/// What is chosen in one slot.
struct Choice {
    Ballot ballot;  ///< The first in which a quorum was seen. Ballot{}: nothing is chosen.
    Value value;    ///< Until it is forgotten.
    std::uint64_t digest{};
    std::size_t size{};

    [[nodiscard]] bool made() const { return ballot != Ballot{}; }
    /// Whether `other` is the chosen value. Also good after forgetting. REQUIRES: made().
    [[nodiscard]] bool is(const Value& other) const {
        return digest == other.digest() && size == other.size();
    }
};

class ChosenLog {
public:
    /// All slots through here are chosen.
    [[nodiscard]] Slot through() const { return through_; }
    /// The highest slot of which something is chosen.
    [[nodiscard]] Slot highest() const { return Slot{choices_.size()}; }
    /// nullptr: nothing is chosen there.
    [[nodiscard]] const Choice* find(Slot slot) const {
        if (slot.value == 0 || slot.value > choices_.size()) return nullptr;
        const Choice& choice = choices_[slot.value - 1];
        return choice.made() ? &choice : nullptr;
    }
    /// REQUIRES: nothing was chosen there.
    void choose(Slot slot, Ballot ballot, const Value& value) {
        if (slot > highest()) choices_.resize(slot.value);
        choices_[slot.value - 1] = {
            .ballot = ballot, .value = value, .digest = value.digest(), .size = value.size()};
        while (through_ < highest() && choices_[through_.value].made()) through_ = next(through_);
    }
    /// Lets go of the values through `through`; what they were can still be told.
    void forget_through(Slot through) {
        const Slot last = std::min(through, through_);
        for (; forgotten_ < last; forgotten_ = next(forgotten_)) {
            choices_[forgotten_.value].value = Value{};
        }
    }

private:
    std::vector<Choice> choices_;  // Of slot 1, 2, ...
    Slot through_;
    Slot forgotten_;
};

}  // namespace decree::props
