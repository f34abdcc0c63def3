#pragma once

/// The chosen log, executed once more: what every replica must come to.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/options.hpp"
#include "core/paxos/ballot.hpp"
#include "core/request.hpp"
#include "core/state_machine.hpp"
#include "core/value.hpp"
#include "props/ghost/requests.hpp"

namespace decree::props {

/// The commands in a slot's value.
struct BatchContents {
    ClusterTime stamp;
    Ballot by;
    Slot since;
    std::vector<CommandView> commands;
};

/// Reads a value; the empty one is the no-op and has no commands. False: it is no batch.
[[nodiscard]] bool read_contents(const Value& value, BatchContents& out);

/// A command that was executed, and what it was told.
struct ExecutedCommand {
    RequestId id;
    Bytes payload;     ///< In the slot's value.
    Answer* answer{};  ///< May be moved from.
};

/// What stands for the state after a slot.
struct StateAfter {
    std::uint64_t machine{};  ///< Digest of the state machine.
};

class Reference {
public:
    explicit Reference(const Settings& settings) : settings_(settings), requests_(settings) {}
    Reference(const Reference& other);
    Reference(Reference&&) noexcept = default;
    Reference& operator=(const Reference& other);
    Reference& operator=(Reference&&) noexcept = default;
    ~Reference() = default;

    /// The machine to execute on. REQUIRES: fresh; nothing is applied yet.
    void begin(std::unique_ptr<StateMachine> machine) { machine_ = std::move(machine); }
    [[nodiscard]] bool begun() const { return machine_ != nullptr; }

    /// Executes the next slot. REQUIRES: begun(). What it returns is good until the next call.
    [[nodiscard]] std::span<const ExecutedCommand> apply(const Value& value);

    [[nodiscard]] Slot applied() const { return Slot{after_.size()}; }
    /// REQUIRES: 1 <= slot <= applied().
    [[nodiscard]] const StateAfter& after(Slot slot) const { return after_[slot.value - 1]; }
    /// REQUIRES: begun().
    [[nodiscard]] const StateMachine& machine() const { return *machine_; }
    /// The cluster time of the last slot.
    [[nodiscard]] ClusterTime stamp() const { return stamp_; }
    /// Of the last slot: commands that were not executed again, and that came too late.
    [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

private:
    void judge();

    Settings settings_;
    GhostRequests requests_;
    std::unique_ptr<StateMachine> machine_;
    ClusterTime stamp_;
    Ballot maker_;    // Of the last batch.
    Slot made_from_;  // And of all from here on.
    std::vector<StateAfter> after_;
    std::uint64_t duplicates_ = 0;
    std::uint64_t refused_ = 0;
    // Reused by apply().
    BatchContents batch_;
    std::vector<CommandView> fresh_;
    SlotResult result_;
    std::vector<ExecutedCommand> executed_;
};

}  // namespace decree::props
