#pragma once

/// Executes chosen slots, in order: the state machine, the table of requests, the window of voters
/// and cluster time go forward together, and are a snapshot together.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/effects.hpp"
#include "core/ids.hpp"
#include "core/node/batch.hpp"
#include "core/node/request_table.hpp"
#include "core/options.hpp"
#include "core/paxos/membership.hpp"
#include "core/state_machine.hpp"
#include "core/value.hpp"

namespace decree {

/// A state machine held as a value: a copy is a clone, equality is that of digests.
class MachineBox {
public:
    explicit MachineBox(std::unique_ptr<StateMachine> machine) : machine_(std::move(machine)) {}
    MachineBox(const MachineBox& other) : machine_(other.machine_->clone()) {}
    MachineBox(MachineBox&&) noexcept = default;
    MachineBox& operator=(const MachineBox& other) {
        machine_ = other.machine_->clone();
        return *this;
    }
    MachineBox& operator=(MachineBox&&) noexcept = default;
    ~MachineBox() = default;

    StateMachine* operator->() { return machine_.get(); }
    const StateMachine* operator->() const { return machine_.get(); }
    const StateMachine& operator*() const { return *machine_; }

    friend bool operator==(const MachineBox& a, const MachineBox& b) {
        return a.digest() == b.digest();
    }
    [[nodiscard]] std::uint64_t digest() const { return machine_->digest(); }

private:
    std::unique_ptr<StateMachine> machine_;
};

/// What became of one command of an applied slot.
struct CommandResult {
    RequestId id;
    Standing standing{};
};

class Executor {
public:
    Executor(const Settings& settings, std::unique_ptr<StateMachine> machine);

    /// Executes `value` in the next slot; `results` says what became of each of its commands.
    /// REQUIRES: slot == applied() + 1. Total: bytes that are no batch execute like a no-op.
    /// Returns whether the voters of slot + alpha differ from those before.
    bool apply(Slot slot, const Value& value, const Settings& settings,
               std::vector<CommandResult>& results, std::vector<NodeId>& dropped);

    [[nodiscard]] Slot applied() const { return membership_.applied(); }
    [[nodiscard]] const Membership& membership() const { return membership_; }
    [[nodiscard]] const RequestTable& requests() const { return requests_; }
    [[nodiscard]] const StateMachine& machine() const { return *machine_; }
    /// Cluster time after the applied slots; who made the last batch among them, and the first of
    /// those that it made one behind the other.
    [[nodiscard]] const Stamp& stamp() const { return stamp_; }
    /// The next instant of which the machine wants to hear by a stamp; kept here because a leader
    /// looks at it in each step, and only apply() changes it.
    [[nodiscard]] const std::optional<ClusterTime>& stamp_wanted() const { return stamp_wanted_; }
    /// Forgets voters of slots before `slot`.
    void forget_voters_before(Slot slot) { membership_.forget_before(slot); }

    bool operator==(const Executor& other) const;
    [[nodiscard]] std::uint64_t digest() const;
    /// Of what every replica must agree on after equal slots.
    [[nodiscard]] std::uint64_t replicated_digest() const;

private:
    friend class Restorer;
    friend class Frozen;
    Executor(MachineBox machine, RequestTable requests, Membership membership, const Stamp& stamp)
        : machine_(std::move(machine)),
          requests_(std::move(requests)),
          membership_(std::move(membership)),
          stamp_(stamp),
          stamp_wanted_(machine_->stamp_wanted()) {}
    void take_stamp(Slot slot);
    void admit(Slot slot, const Settings& settings, std::vector<CommandResult>& results);

    MachineBox machine_;
    RequestTable requests_;
    Membership membership_;
    Stamp stamp_;
    std::optional<ClusterTime> stamp_wanted_;
    // Reused by apply(); no state between calls.
    BatchView batch_;
    std::vector<CommandView> fresh_;
    SlotResult result_;
};

}  // namespace decree
