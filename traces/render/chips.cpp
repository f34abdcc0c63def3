#include "traces/render/chips.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

std::optional<Chip> chip_of_rule(const RuleTaken& taken, const Node& after) {
    const std::string ballot = ballot_name(taken.ballot);
    const auto chip = [&](std::string text, ChipKind kind = ChipKind::State) {
        return Chip{.text = std::move(text), .ballot = taken.ballot, .kind = kind};
    };
    const LogEntry* entry = after.log().find(taken.slot);
    const std::string value = entry == nullptr ? "" : ' ' + value_words(entry->value);
    switch (taken.rule) {
    case Rule::BallotOpened:
        return chip("opens " + ballot);
    case Rule::PromiseGiven:
        return chip("promised " + ballot);
    case Rule::LeadershipBegun:
        return chip("leads " + ballot);
    case Rule::AcceptSent:
    case Rule::VoteCast:
        return chip(fmt::format("accepted {} slot {}{}", ballot, taken.slot.value, value),
                    ChipKind::Vote);
    case Rule::PromiseRefusedStaleBallot:
    case Rule::VoteRefusedStaleBallot:
    case Rule::HeartbeatRefusedStaleBallot: {
        Chip refusal = chip(fmt::format("{} < {}", ballot, ballot_name(after.promised())));
        refusal.ballot = after.promised();
        return refusal;
    }
    case Rule::ValueChosen:
    case Rule::LearnedByDecide:
        return chip(fmt::format("knows slot {}{}", taken.slot.value, value), ChipKind::Known);
    case Rule::LearnedByWatermark:
        return chip(fmt::format("knows through {}", taken.slot.value), ChipKind::Known);
    case Rule::SnapshotInstalled:
        return Chip{.text = fmt::format("snapshot through {}", taken.slot.value),
                    .ballot = std::nullopt,
                    .kind = ChipKind::Known};
    default:
        return std::nullopt;
    }
}

/// Chips that differ in the slot only are one.
struct Series {
    std::size_t chip{};  // Its place.
    Slot first;
    Slot last;
    std::uint64_t count{};
};

std::optional<Rule> series_of(Rule rule) {
    switch (rule) {
    case Rule::AcceptSent:
    case Rule::VoteCast:
        return Rule::VoteCast;
    case Rule::ValueChosen:
    case Rule::LearnedByDecide:
        return Rule::ValueChosen;
    default:
        return std::nullopt;
    }
}

void add(Series& series, Rule kind, const RuleTaken& taken, Chip& chip) {
    series.first = std::min(series.first, taken.slot);
    series.last = std::max(series.last, taken.slot);
    if (++series.count == 1) return;
    const bool dense = series.last.value - series.first.value + 1 == series.count;
    const std::string slots = dense
                                  ? fmt::format("slots {}{}{}", series.first.value,
                                                series.count > 2 ? " to " : ", ", series.last.value)
                                  : fmt::format("{} slots, to {}", series.count, series.last.value);
    chip.text = kind == Rule::VoteCast
                    ? fmt::format("accepted {} {}", ballot_name(taken.ballot), slots)
                    : "knows " + slots;
}

}  // namespace

Chip chip_of(const std::vector<Choice>& choices) {
    std::vector<Slot> slots;
    bool another = false;
    for (const Choice& choice : choices) {
        slots.push_back(choice.slot);
        another = another || choice.another;
    }
    std::ranges::sort(slots);
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    std::string ranges;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const std::size_t first = i;
        while (i + 1 < slots.size() && slots[i + 1] == next(slots[i])) ++i;
        if (!ranges.empty()) ranges += ", ";
        ranges += std::to_string(slots[first].value);
        if (i > first) ranges += fmt::format(" to {}", slots[i].value);
    }
    const Choice& first = choices.front();
    const std::string what = first.again ? "chosen again, in " + ballot_name(first.ballot)
                             : another   ? "CHOSEN, TOO"
                                         : "CHOSEN";
    std::string text = fmt::format("slot{} {} {}", slots.size() > 1 ? "s" : "", ranges, what);
    if (slots.size() == 1) text += ": " + value_words(first.value);
    return {.text = std::move(text),
            .ballot = first.ballot,
            .kind = another       ? ChipKind::Broken
                    : first.again ? ChipKind::Plain
                                  : ChipKind::Chosen};
}

std::vector<Chip> chips_of(const Effects& effects, const Node& after) {
    std::vector<Chip> chips;
    std::map<Rule, Series> series;  // A vote and a piece of knowledge a slot would be too many.
    for (const RuleTaken& taken : effects.rules) {
        std::optional<Chip> chip = chip_of_rule(taken, after);
        if (!chip) continue;
        const std::optional<Rule> kind = series_of(taken.rule);
        if (!kind) {
            chips.push_back(std::move(*chip));
            continue;
        }
        const auto [found, first] =
            series.try_emplace(*kind, Series{chips.size(), taken.slot, taken.slot, 0});
        if (first) chips.push_back(std::move(*chip));
        add(found->second, *kind, taken, chips[found->second.chip]);
    }
    if (chips.size() > 3) {
        chips[2].text = fmt::format("and {} more", chips.size() - 2);
        chips.resize(3);
    }
    return chips;
}

}  // namespace decree::traces
