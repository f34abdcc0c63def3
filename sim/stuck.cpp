#include "sim/stuck.hpp"

#include <algorithm>

namespace decree::sim {

namespace {

std::string names(const Voters& nodes) {
    std::string text;
    for (const NodeId node : nodes) {
        text += (text.empty() ? "N" : ", N") + std::to_string(node.value);
    }
    return "{" + text + "}";
}

// Why those of `voters` that are in the core cannot decide slots from `from` on, when one of them
// knows all through `known` chosen.
std::optional<std::string> too_few(const CoreFacts& facts, const Era& era, Slot known) {
    VoterBits present{};
    VoterBits certain{};
    for (const CoreMember& member : facts.members) {
        present = present | bit_of(era.voters, member.node);
        if (member.doubt_through <= known) certain = certain | bit_of(era.voters, member.node);
    }
    for (const Phase phase : {Phase::One, Phase::Two}) {
        if (is_quorum(facts.quorums, era.voters, phase, present)) {
            if (phase == Phase::Two) continue;
            if (is_quorum(facts.quorums, era.voters, phase, certain)) continue;
            return "too few of " + names(era.voters) +
                   " may promise: the others may have forgotten votes above slot " +
                   std::to_string(known.value);
        }
        return "slots from " + std::to_string(era.from.value) + " on are decided by " +
               names(era.voters) + ", of whom the core holds no quorum of phase " +
               (phase == Phase::One ? "1" : "2");
    }
    return std::nullopt;
}

bool holds(const CoreMember& member, Slot slot) {
    return slot <= member.snapshot_through || slot <= member.chosen_through ||
           std::ranges::binary_search(member.votes, slot);
}

}  // namespace

std::optional<std::string> allowed_to_be_stuck(const CoreFacts& facts) {
    if (facts.members.empty()) return "there is no core";
    // Whoever knows most tells the others: what must come next is what comes next there.
    const auto foremost = std::ranges::max_element(facts.members, {}, &CoreMember::chosen_through);
    for (std::size_t i = 0; i < facts.eras.size(); ++i) {
        const bool over =
            i + 1 < facts.eras.size() && facts.eras[i + 1].from <= next(foremost->chosen_through);
        if (over) continue;
        if (auto why = too_few(facts, facts.eras[i], foremost->chosen_through)) return why;
    }
    for (Slot slot = next(foremost->chosen_through); slot <= facts.chosen_through;
         slot = next(slot)) {
        const auto held = [slot](const CoreMember& member) { return holds(member, slot); };
        if (std::ranges::none_of(facts.members, held)) {
            return "what was chosen in slot " + std::to_string(slot.value) +
                   " is on no disk of the core";
        }
    }
    return std::nullopt;
}

}  // namespace decree::sim
