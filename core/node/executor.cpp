#include "core/node/executor.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree {

Executor::Executor(const Settings& settings, std::unique_ptr<StateMachine> machine)
    : machine_(std::move(machine)),
      membership_(settings.voters, settings.alpha),
      stamp_wanted_(machine_->stamp_wanted()) {}

void Executor::admit(Slot slot, const Settings& settings, std::vector<CommandResult>& results) {
    fresh_.clear();
    for (const CommandView& command : batch_.commands) {
        const bool too_large = command.payload.size() > settings.command_bytes;
        const Standing standing =
            too_large ? Standing::Stale : requests_.admit(command.id, slot, settings);
        results.push_back({.id = command.id, .standing = standing});
        if (standing == Standing::Fresh) fresh_.push_back(command);
    }
}

void Executor::take_stamp(Slot slot) {
    const Stamp& told = batch_.stamp;
    if (told.by != stamp_.by) {
        stamp_.by = told.by;
        stamp_.since = slot;
    }
    if (stamp_.since <= told.since) stamp_.time = std::max(stamp_.time, told.time);
}

bool Executor::apply(Slot slot, const Value& value, const Settings& settings,
                     std::vector<CommandResult>& results, std::vector<NodeId>& dropped) {
    ENSURE(slot == next(applied()), "slots are executed in order");
    results.clear();
    if (!value.empty() && read_batch(value, batch_)) {
        take_stamp(slot);
    } else {
        batch_.commands.clear();
    }
    admit(slot, settings, results);
    result_.clear();
    machine_->apply({.slot = slot, .stamp = stamp_.time}, fresh_, result_);
    stamp_wanted_ = machine_->stamp_wanted();
    ENSURE(result_.answers.size() == fresh_.size(), "every command has one answer");
    for (std::size_t i = 0; i < fresh_.size(); ++i) {
        if (result_.answers[i].size() > settings.answer_bytes) {
            result_.answers[i].resize(settings.answer_bytes);
        }
        requests_.set_answer(fresh_[i].id, result_.answers[i]);
    }
    dropped.clear();
    for (const NodeId origin : result_.dropped_origins) {
        if (requests_.drop(origin, settings)) dropped.push_back(origin);
    }
    return membership_.apply(slot, machine_->voters());
}

bool Executor::operator==(const Executor& other) const {
    return machine_ == other.machine_ && requests_ == other.requests_ &&
           membership_ == other.membership_ && stamp_ == other.stamp_;
}

std::uint64_t Executor::digest() const { return mix(replicated_digest(), membership_.digest()); }

std::uint64_t Executor::replicated_digest() const {
    std::uint64_t digest = mix(machine_->digest(), requests_.digest());
    // Eras that are over are forgotten at different times: only the window counts.
    for (const Era& era : membership_.eras(next(applied()))) {
        digest = digest_of(era.voters, digest);
        if (era.from > next(applied())) digest = digest_of(era.from, digest);
    }
    return digest_of(stamp_, digest);
}

}  // namespace decree
