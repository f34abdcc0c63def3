#pragma once

/// What must not leave before the disk has what it reveals. Durability is data here: each thing
/// waits for a position of the journal, and nobody outside can get the order wrong.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

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
/// The founding record may be spoken of once it is durable, and a group behind it vouches for it: a
/// bit that rots must not make this node store another one.
struct OwnCharter {
    bool vouched{};
    bool operator==(const OwnCharter&) const = default;
};
/// A message, or something that the node waits for itself.
using Held = std::variant<Envelope, OwnPromise, OwnVote, OwnStart, OwnSnapshot, OwnCharter>;

class Outbox {
public:
    /// Keeps `held` until everything appended so far, this step's records included, is durable.
    template <class T>
    void hold(T held) {
        waiting_.push_back().held.template emplace<T>(std::move(held));
        ++fresh_;
    }

    /// The step's records, if any, end at `position`: what was held in this step waits for it.
    void settle(Position position, Time now) {
        for (; fresh_ > 0; --fresh_) {
            Waiting& held = waiting_[waiting_.size() - fresh_];
            held.position = position;
            held.since = now;
        }
    }
    /// Since when the longest has waited; `never` when nothing waits.
    [[nodiscard]] Time oldest() const { return size() == 0 ? never : waiting_.front().since; }
    /// Whether something waits for a position up to `durable`.
    [[nodiscard]] bool ready(Position durable) const {
        return size() > 0 && waiting_.front().position <= durable;
    }
    /// The first of them. REQUIRES: ready().
    [[nodiscard]] Held take() {
        Held held = std::move(waiting_.front().held);
        waiting_.pop_front();
        return held;
    }
    /// The first of them, if it is a message: to be moved from, and then forgotten by drop().
    /// REQUIRES: ready().
    [[nodiscard]] Envelope* message() { return std::get_if<Envelope>(&waiting_.front().held); }
    void drop() { waiting_.pop_front(); }
    /// What is held in the present step counts when the step ends.
    [[nodiscard]] std::size_t size() const { return waiting_.size() - fresh_; }

    bool operator==(const Outbox&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    struct Waiting {
        Position position;
        Time since;
        Held held;
        bool operator==(const Waiting&) const = default;
    };
    Ring<Waiting> waiting_;  // Ascending positions ...
    std::size_t fresh_ = 0;  // ... but for the last so many: settle() says theirs.
};

}  // namespace decree
