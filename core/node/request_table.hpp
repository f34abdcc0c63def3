#pragma once

/// Who asked what, and what was answered: so that a command takes effect at most once. Replicated:
/// every replica keeps the same table, because it changes only when a slot is applied.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/request.hpp"
#include "core/ring.hpp"

namespace decree {

/// What the table says of a request that a slot holds.
enum class Standing : std::uint8_t {
    Fresh,        ///< Execute it; then set_answer().
    Executed,     ///< Executed before: the answer is recorded.
    Stale,        ///< Of an older incarnation or a dropped origin, or answered and forgotten.
    TooFarAhead,  ///< Beyond the origin's window.
    NoRoom,       ///< A new origin, and the table is full.
};

/// How a request ends that stands so.
[[nodiscard]] Outcome outcome_of(Standing standing);

/// A recorded answer.
struct Executed {
    Slot slot;  ///< Where; 0: not executed.
    Answer answer;
    bool operator==(const Executed&) const = default;
};

/// One origin: the newest incarnation, and the answers from its lowest unanswered number on.
/// [RAFT-DISS] 6.3.
struct Origin {
    NodeId id;
    Incarnation incarnation;
    std::uint64_t lowest{};  ///< Smaller numbers have been answered and are forgotten.
    Ring<Executed> answers;  ///< Of number lowest, lowest + 1, ...; at most `origin_window`.
    bool operator==(const Origin&) const = default;
};

class RequestTable {
public:
    /// Takes note of a request that is being applied in `slot`, and says what to do with it.
    [[nodiscard]] Standing admit(const RequestId& id, Slot slot, const Settings& settings);
    /// The answer of a request that was admitted as Fresh in the slot being applied. Not kept when
    /// another request of that slot has made it unwanted.
    void set_answer(const RequestId& id, const Answer& answer);
    /// The recorded answer, or nullptr: not executed, or forgotten.
    [[nodiscard]] const Executed* find(const RequestId& id) const;
    /// Whether admit() would say Stale.
    [[nodiscard]] bool stale(const RequestId& id) const { return stale(id, origin(id.origin)); }
    /// The newest that this origin asked under; 0: it asked for nothing, or is dropped.
    [[nodiscard]] Incarnation incarnation(NodeId id) const {
        const Origin* const known = origin(id);
        return known == nullptr ? Incarnation{} : known->incarnation;
    }
    /// Forgets an origin for ever: whatever it asked or asks is Stale. Dropped names are kept, so
    /// there is a bound on them, too; beyond it nothing is dropped. Returns whether it was.
    bool drop(NodeId origin, const Settings& settings);

    /// How many origins there are.
    [[nodiscard]] std::size_t size() const { return origins_.size(); }
    /// In ascending order of id.
    [[nodiscard]] const Origin& operator[](std::size_t index) const { return *origins_[index]; }
    [[nodiscard]] const std::vector<NodeId>& dropped() const { return dropped_; }
    /// As read from a snapshot: in ascending order of id. Returns false when it is not.
    [[nodiscard]] bool restore(Origin origin);
    [[nodiscard]] bool restore_dropped(NodeId dropped);

    friend bool operator==(const RequestTable& a, const RequestTable& b);
    [[nodiscard]] std::uint64_t digest() const;

private:
    // Tables that were copied share what neither has changed since: a snapshot in the making is
    // such a copy, and must not cost a step the whole table.
    using Shared = std::shared_ptr<Origin>;
    /// To be changed: shared with no other table.
    [[nodiscard]] Origin* origin(NodeId id);
    [[nodiscard]] const Origin* origin(NodeId id) const;
    /// As stale(id). `known`: what the table has of its origin; nullptr for nothing.
    [[nodiscard]] bool stale(const RequestId& id, const Origin* known) const;

    std::vector<Shared> origins_;  // Ascending by id; at most `max_origins`.
    std::vector<NodeId> dropped_;  // Ascending; at most `max_origins` times 16.
};

}  // namespace decree
