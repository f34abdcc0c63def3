#pragma once

/// Executes what a slot holds on a state. Total: whatever the bytes, there is an answer.

#include <cstdint>

#include "core/codec.hpp"
#include "core/options.hpp"
#include "core/state_machine.hpp"
#include "core/store/answer.hpp"
#include "core/store/command.hpp"
#include "core/store/state.hpp"
#include "core/store/trial.hpp"

namespace decree::store {

class Execution {
public:
    /// First ends the sessions that the slot's stamp has reached: of many some, the rest in slots
    /// that follow (Store::stamp_wanted() asks for them), so that no slot takes long.
    Execution(State& state, const Settings& cluster, const SlotInfo& slot, SlotResult& out);

    [[nodiscard]] CommandAnswer run(Bytes payload);
    /// After the last command: forgets history beyond its length, but nothing of this slot; where
    /// a lower limit came, some of it, the rest in slots that follow.
    void finish();

private:
    [[nodiscard]] CommandAnswer execute(const Set& command);
    [[nodiscard]] CommandAnswer execute(const Del& command);
    [[nodiscard]] CommandAnswer execute(const Nop& command);
    [[nodiscard]] CommandAnswer execute(const Transact& command);
    [[nodiscard]] CommandAnswer execute(const OpenSession& command);
    [[nodiscard]] CommandAnswer execute(const KeepAlive& command);
    [[nodiscard]] CommandAnswer execute(const CloseSession& command);
    [[nodiscard]] CommandAnswer execute(const Acquire& command);
    [[nodiscard]] CommandAnswer execute(const Release& command);
    [[nodiscard]] CommandAnswer execute(const Configure& command);
    [[nodiscard]] CommandAnswer execute(const ForgetOrigin& command);

    void expire_sessions();
    /// Ends a session with its files; returns how many there were.
    std::size_t end_session(SessionId id, bool expired);
    [[nodiscard]] CommandAnswer done() const;
    [[nodiscard]] static CommandAnswer refused(Refusal refusal);
    /// A write was refused: that takes a revision, and shows in /ctl/err.
    [[nodiscard]] CommandAnswer refused_write(Refusal refusal);
    /// Keeps a trial, unless its slots of voters are not acceptable.
    [[nodiscard]] CommandAnswer keep(Trial&& writes, bool in_slots);
    [[nodiscard]] Trial trial() const { return {state_, slot_.stamp, Trial::Kind::Many}; }
    /// Of one write, at `path`. What changes voters may be refused after it is written.
    [[nodiscard]] Trial trial_at(std::string_view path) const {
        const auto kind = touches_slots(path) ? Trial::Kind::Many : Trial::Kind::One;
        return {state_, slot_.stamp, kind};
    }

    State& state_;
    const Settings& cluster_;
    SlotInfo slot_;
    SlotResult& out_;
    Revision begin_;  // The store's revision when the slot began.
};

}  // namespace decree::store
