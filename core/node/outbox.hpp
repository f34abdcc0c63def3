#pragma once

/// What must not leave before the disk has what it reveals. Durability is data here: each thing
/// waits for a position of the journal, and nobody outside can get the order wrong.

#include <cstdint>
#include <variant>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "core/ring.hpp"

namespace decree {

/// The node's own promise counts in its own ballot once it is durable.
struct OwnPromise {
    Ballot ballot;
    Slot from_slot;
    bool operator==(const OwnPromise&) const = default;
};
/// The node's own vote counts once it is durable.
struct OwnVote {
    Ballot ballot;
    Slot slot;
    bool operator==(const OwnVote&) const = default;
};
/// This start's incarnation may be used in names once it is durable, and a group behind it vouches
/// for it: a bit that rots must not make another start use it again.
struct OwnStart {
    bool vouched{};
    bool operator==(const OwnStart&) const = default;
};
/// The journal says that this snapshot is durable: what it covers may be released.
struct OwnSnapshot {
    Slot through;
    bool operator==(const OwnSnapshot&) const = default;
};
/// A message, or something that the node waits for itself.
using Held = std::variant<Envelope, OwnPromise, OwnVote, OwnStart, OwnSnapshot>;

class Outbox {
public:
    /// Keeps `held` until everything appended so far, this step's records included, is durable.
    void hold(Held held) { fresh_.push_back(std::move(held)); }

    /// The step's records, if any, end at `position`: what was held in this step waits for it.
    void settle(Position position, Time now) {
        for (Held& held : fresh_) {
            waiting_.push_back({.position = position, .since = now, .held = std::move(held)});
        }
        fresh_.clear();
    }
    /// Since when the longest has waited; `never` when nothing waits.
    [[nodiscard]] Time oldest() const { return waiting_.empty() ? never : waiting_.front().since; }
    /// Whether something waits for a position up to `durable`.
    [[nodiscard]] bool ready(Position durable) const {
        return !waiting_.empty() && waiting_.front().position <= durable;
    }
    /// The first of them. REQUIRES: ready().
    [[nodiscard]] Held take() {
        Held held = std::move(waiting_.front().held);
        waiting_.pop_front();
        return held;
    }
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

    bool operator==(const Outbox&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    struct Waiting {
        Position position;
        Time since;
        Held held;
        bool operator==(const Waiting&) const = default;
    };
    std::vector<Held> fresh_;  // Empty between steps.
    Ring<Waiting> waiting_;    // Ascending positions.
};

}  // namespace decree
