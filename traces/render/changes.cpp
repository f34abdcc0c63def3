#include "traces/render/changes.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr std::size_t most_slots = 6;

bool fills_a_slot(Rule rule) {
    return rule == Rule::VoteCast || rule == Rule::AcceptSent || rule == Rule::LearnedByDecide ||
           rule == Rule::ValueAdoptedChosen || rule == Rule::ValueChosen;
}

std::string role_words(const Node& node) {
    switch (node.role()) {
    case Role::Following:
        return "leads no more";
    case Role::Canvassing:
        return "canvasses";
    case Role::Preparing:
        return "prepares ballot " + ballot_name(node.ballot());
    case Role::Leading:
        return "leads in ballot " + ballot_name(node.ballot());
    }
    return {};
}

}  // namespace

Standing standing_of(const Node& node) {
    return {.promised = node.promised(),
            .role = node.role(),
            .ballot = node.ballot(),
            .chosen_through = node.chosen_through()};
}

std::string change_words(const Standing& before, const Node& after, const Effects& effects) {
    using fmt::format;
    std::vector<std::string> changes;
    if (after.promised() != before.promised) {
        changes.push_back(format("promised {} (before: {})", ballot_name(after.promised()),
                                 ballot_name(before.promised)));
    }
    const bool another = after.role() != before.role ||
                         (after.role() != Role::Following && after.ballot() != before.ballot);
    const bool was_more = before.role == Role::Leading || before.role == Role::Preparing;
    if (another && (after.role() != Role::Following || was_more)) {
        changes.push_back(role_words(after));
    }
    std::set<Slot> slots;
    for (const RuleTaken& taken : effects.rules) {
        if (fills_a_slot(taken.rule)) slots.insert(taken.slot);
    }
    std::size_t told = 0;
    for (const Slot slot : slots) {
        const LogEntry* entry = after.log().find(slot);
        if (entry == nullptr || ++told > most_slots) continue;
        changes.push_back(format("slot {} holds {} {}{}", slot.value, ballot_name(entry->ballot),
                                 value_words(entry->value), entry->chosen ? ", known chosen" : ""));
    }
    if (told > most_slots) changes.push_back(format("and {} slots more", told - most_slots));
    if (after.chosen_through() != before.chosen_through) {
        changes.push_back(format("knows and has executed all through slot {} (before: {})",
                                 after.chosen_through().value, before.chosen_through.value));
    }
    return format("{}", fmt::join(changes, "; "));
}

}  // namespace decree::traces
