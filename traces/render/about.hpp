#pragma once

/// Which slots an event is about, for views that ask for some.

#include <optional>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/rule.hpp"
#include "traces/render/words.hpp"

namespace decree::traces {

/// The slots that a rule is about, if any: one, all through one, or all from one on.
[[nodiscard]] std::optional<SlotRange> rule_slots(const RuleTaken& taken);

/// What of a run is shown, by slots: all of it, or what is about these or about no slot.
using Slots = std::optional<SlotRange>;
[[nodiscard]] bool is_within(const Slots& asked, const std::optional<SlotRange>& about);

/// Whether all that a step did was about other slots than those asked for.
[[nodiscard]] bool is_elsewhere(const Slots& asked, const Event& event, const Effects& effects);

/// A step's rules and messages without those about other slots than those asked for.
class Narrowed {
public:
    Narrowed(const Slots& asked, const Effects& effects);
    Narrowed(const Narrowed&) = delete;
    Narrowed& operator=(const Narrowed&) = delete;

    [[nodiscard]] const Effects& operator*() const { return part_ ? *part_ : whole_; }

private:
    const Effects& whole_;
    std::optional<Effects> part_;  // Nothing: all of it.
};

}  // namespace decree::traces
