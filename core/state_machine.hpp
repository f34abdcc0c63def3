#pragma once

/// The replicated application, as the core sees it.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/codec.hpp"
#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/paxos/quorum.hpp"
#include "core/request.hpp"
#include "core/value.hpp"

namespace decree {

/// Where and when commands take effect.
struct SlotInfo {
    Slot slot;
    ClusterTime stamp;  ///< The leader's; never goes back from slot to slot.
};

/// A command as it lies in its slot. The bytes are good for the call only.
struct CommandView {
    RequestId id;
    Bytes payload;
};

/// What came of a slot. The caller owns and reuses it, and clears it before each call.
struct SlotResult {
    std::vector<Answer> answers;  ///< One a command, in their order.
    std::vector<NodeId>
        dropped_origins;  ///< Never to be heard of again: their answers are forgotten.

    void clear() {
        answers.clear();
        dropped_origins.clear();
    }
};

/// One node gets a vote, or loses its own, or both. 0: nobody.
struct SeatChange {
    NodeId in;
    NodeId out;
    bool operator==(const SeatChange&) const = default;
};

/// Deterministic: equal calls give equal answers and states, on every machine. Total: no bytes,
/// however hostile, stop it; a refusal is an answer like any other.
///
/// The core keeps who asked what (so a command comes here once) and the window of voters; neither
/// is the application's affair.
class StateMachine {
public:
    StateMachine() = default;
    virtual ~StateMachine() = default;
    StateMachine& operator=(const StateMachine&) = delete;
    StateMachine& operator=(StateMachine&&) = delete;

    /// An equal machine. Cheap: states share structure. A snapshot in the making is such a copy.
    [[nodiscard]] virtual std::unique_ptr<StateMachine> clone() const = 0;
    /// A machine with the same settings and nothing applied.
    [[nodiscard]] virtual std::unique_ptr<StateMachine> fresh() const = 0;

    /// The machine's own settings, in its own form, as they stand in a founding record: equal
    /// machines that apply equal slots under equal settings stay equal.
    [[nodiscard]] virtual Value founding_settings() const = 0;
    /// A machine with nothing applied, for a cluster with these settings; `own` is what
    /// founding_settings() gave somewhere. nullptr when it is no such thing.
    [[nodiscard]] virtual std::unique_ptr<StateMachine> founded(const Settings& cluster,
                                                                Bytes own) const = 0;

    /// Executes a slot's commands, in order. Slots come in order; one that holds no command for
    /// the machine (a no-op, a stamp, duplicates only) comes with an empty list.
    virtual void apply(const SlotInfo& slot, std::span<const CommandView> commands,
                       SlotResult& out) = 0;
    /// The voters as they stand after the last slot applied; good for the cluster's quorum system.
    [[nodiscard]] virtual const Voters& voters() const = 0;
    /// Whether there is a seat that nobody has, for one voter more.
    [[nodiscard]] virtual bool has_free_seat() const = 0;
    /// Whether `node` may be given a vote unasked: it has none, and had none taken away.
    [[nodiscard]] virtual bool may_vote(NodeId node) const = 0;
    /// The command that makes this change. It is refused when it is executed if anything that the
    /// change depends on is different by then. Nothing: it would be refused as things are.
    [[nodiscard]] virtual std::optional<Value> seat(const SeatChange& change) const = 0;
    /// The next instant of which the machine wants to hear by a stamp, if any.
    [[nodiscard]] virtual std::optional<ClusterTime> stamp_wanted() const = 0;
    /// Answers a query from the state as it is.
    [[nodiscard]] virtual Answer query(Bytes question) const = 0;

    /// Appends piece number `index` (0, 1, ...) of the machine's snapshot to `out`: of bounded
    /// size, the same bytes from equal states. False: there is no such piece, the one before was
    /// the last.
    [[nodiscard]] virtual bool snapshot_piece(std::uint64_t index, ByteBuffer& out) const = 0;
    /// Takes pieces 0, 1, ... into a fresh machine. After an error the machine is of no use.
    [[nodiscard]] virtual std::expected<void, BadBytes> restore_piece(std::uint64_t index,
                                                                      Bytes piece) = 0;
    /// After the last piece: whether it was the last, and all of them agree. Without this a
    /// snapshot that stops short would make a machine that differs from its peers.
    [[nodiscard]] virtual std::expected<void, BadBytes> end_restore() = 0;
    /// Of the whole state.
    [[nodiscard]] virtual std::uint64_t digest() const = 0;

protected:
    StateMachine(const StateMachine&) = default;
    StateMachine(StateMachine&&) = default;
};

}  // namespace decree
