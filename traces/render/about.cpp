#include "traces/render/about.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr Slot last_of_all{std::numeric_limits<std::uint64_t>::max()};

// A client's command gets its slot later, from another rule.
bool has_no_say(const RuleTaken& taken) {
    return is_routine(taken.rule) || taken.rule == Rule::RequestQueued;
}

}  // namespace

std::optional<SlotRange> rule_slots(const RuleTaken& taken) {
    const bool named = text_of(taken.rule).sentence.find("{slot}") != std::string_view::npos;
    if (taken.slot == Slot{} || !named) return std::nullopt;
    switch (taken.rule) {
    case Rule::PromiseGiven:  // All slots there are.
    case Rule::PromiseRepeated:
    case Rule::LeadershipBegun:
    case Rule::ReadRoundConfirmed:
    case Rule::ReadWaitsForInherited:
    case Rule::ReadWaitsForPhaseOne:
    case Rule::ReadConfirmedByLease:
    case Rule::ReadPointGiven:
    case Rule::ReadServed:
        return std::nullopt;
    case Rule::LearnedByWatermark:
    case Rule::StartedFromSnapshot:
    case Rule::PromiseReportsTrimmed:
    case Rule::PhaseOneMustCatchUp:
    case Rule::SnapshotBegun:
    case Rule::SnapshotCommitted:
    case Rule::SnapshotDurable:
    case Rule::LogTrimmed:
    case Rule::JournalReleased:
    case Rule::SnapshotPieceSent:
    case Rule::SnapshotPieceTaken:
    case Rule::SnapshotPieceIgnored:
    case Rule::SnapshotRefusedBadBytes:
    case Rule::SnapshotInstalled:
        return SlotRange{Slot{1}, taken.slot};
    case Rule::CatchUpAsked:
    case Rule::CatchUpAnswered:
    case Rule::CatchUpHasNothing:
    case Rule::MembersChangeScheduled:
    case Rule::MembersChanged:
        return SlotRange{taken.slot, last_of_all};
    default:
        return SlotRange{taken.slot, taken.slot};
    }
}

bool is_within(const Slots& asked, const std::optional<SlotRange>& about) {
    return !asked || !about || asked->meets(*about);
}

bool is_elsewhere(const Slots& asked, const Event& event, const Effects& effects) {
    if (!asked) return false;
    const bool says_some = std::ranges::any_of(effects.envelopes, [&](const Envelope& one) {
        return is_within(asked, message_slots(one.message));
    });
    if (says_some) return false;
    bool some_elsewhere = !effects.envelopes.empty();
    if (const auto* received = std::get_if<Received>(&event.what)) {
        if (is_within(asked, message_slots(received->message))) return false;
        some_elsewhere = true;
    }
    for (const RuleTaken& taken : effects.rules) {
        const auto about = rule_slots(taken);
        if (!is_within(asked, about)) {
            some_elsewhere = true;
        } else if (about || !has_no_say(taken)) {
            return false;
        }
    }
    return some_elsewhere;
}

Narrowed::Narrowed(const Slots& asked, const Effects& effects) : whole_(effects) {
    if (!asked) return;
    part_ = effects;
    std::erase_if(part_->rules,
                  [&](const RuleTaken& taken) { return !is_within(asked, rule_slots(taken)); });
    std::erase_if(part_->envelopes, [&](const Envelope& one) {
        return !is_within(asked, message_slots(one.message));
    });
}

}  // namespace decree::traces
