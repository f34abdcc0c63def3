/// What a line behind the setting up may say.

#include <algorithm>

#include "sim/scenario/parse.hpp"
#include "sim/scenario/verbs.hpp"
#include "sim/scenario/words.hpp"

namespace decree::sim::scenario {

namespace {

constexpr std::uint64_t last_round = 1'000'000'000;

Action parse_submit(Words& words) {
    const Asking asking = words.asking();
    return Submit{.client = asking.client, .node = asking.node, .command = words.command()};
}

Action parse_open(Words& words) {
    const NodeId node = words.node();
    return OpenBallot{.node = node, .round = words.number("a round", 1, last_round)};
}

MessagePattern parse_pattern(Words& words, bool star) {
    MessagePattern pattern;
    pattern.kind = words.kind();
    const Words::Ends ends = words.ends(star);
    pattern.from = ends.from;
    pattern.to = ends.to;
    while (words.ok() && !words.at_end()) {
        const bool is_slot = words.peek().starts_with('#');
        if (is_slot ? pattern.slot.has_value() : pattern.ballot.has_value()) {
            words.fail("expected nothing more, or a ballot and a slot once each, as 2.1 #3");
        } else if (is_slot) {
            pattern.slot = words.slot();
        } else {
            pattern.ballot = words.ballot();
        }
    }
    return pattern;
}

Action parse_deliver(Words& words) { return Deliver{parse_pattern(words, true)}; }
Action parse_drop(Words& words) { return Drop{parse_pattern(words, true)}; }
Action parse_duplicate(Words& words) { return Duplicate{parse_pattern(words, true)}; }

Action parse_resend(Words& words) {
    Resend resend{parse_pattern(words, false)};
    const Kind kind = resend.message.kind;
    if (kind != Kind::Accept && kind != Kind::Decide) {
        words.fail("expected accept or decide: no other message can be sent again");
    }
    if (!resend.message.slot) words.fail("expected the slot of what is sent again, as #3");
    return resend;
}

Action parse_partition(Words& words) {
    std::string whole;
    while (!words.at_end() && words.ok()) whole += words.word("nodes");
    Partition partition;
    for (const std::string_view group : split(whole, '|')) {
        Words one(group);
        partition.groups.push_back(one.nodes("nodes, as N1,N2"));
        words.take_over(one);
    }
    if (partition.groups.size() < 2) {
        words.fail("expected nodes on both sides of a |, as N1,N2 | N3");
    }
    return partition;
}

Action parse_cut(Words& words) {
    const Words::Ends ends = words.ends(false);
    return CutLink{.from = ends.from, .to = ends.to.value_or(NodeId{})};
}

Action parse_mend(Words& words) {
    const Words::Ends ends = words.ends(false);
    return MendLink{.from = ends.from, .to = ends.to.value_or(NodeId{})};
}

Action parse_catchup(Words& words) {
    const Words::Ends ends = words.ends(false);
    return AskToCatchUp{.from = ends.from, .to = ends.to.value_or(NodeId{})};
}

Action parse_watermark(Words& words) {
    const Words::Ends ends = words.ends(false);
    return TellWatermark{.from = ends.from, .to = ends.to.value_or(NodeId{})};
}

Action parse_compact(Words& words) {
    const NodeId node = words.node();
    return Compact{.node = node, .through = words.slot()};
}

Action parse_read(Words& words) {
    const Asking asking = words.asking();
    return Read{.client = asking.client, .node = asking.node};
}

Action parse_crash(Words& words) { return CrashNode{words.node()}; }
Action parse_restart(Words& words) { return RestartNode{words.node()}; }
Action parse_stall(Words& words) { return StallDisk{words.node()}; }
Action parse_sync(Words& words) { return SyncDisk{words.node()}; }
Action parse_heal(Words&) { return Heal{}; }
Action parse_confirm(Words& words) { return Confirm{words.node()}; }
Action parse_expect(Words& words) { return Expect{parse_fact(words)}; }

struct VerbForm {
    std::string_view name;
    Action (*parse)(Words&);
};

constexpr VerbForm verb_forms[] = {
    {"submit", parse_submit},
    {"open", parse_open},
    {"deliver", parse_deliver},
    {"drop", parse_drop},
    {"dup", parse_duplicate},
    {"resend", parse_resend},
    {"crash", parse_crash},
    {"restart", parse_restart},
    {"stall-disk", parse_stall},
    {"sync", parse_sync},
    {"partition", parse_partition},
    {"heal", parse_heal},
    {"cut", parse_cut},
    {"mend", parse_mend},
    {"catchup", parse_catchup},
    {"watermark", parse_watermark},
    {"compact", parse_compact},
    {"confirm", parse_confirm},
    {"read", parse_read},
    {"expect", parse_expect},
};

Argument parse_argument(Words& words, ArgumentShape shape) {
    constexpr std::uint64_t most_times = 1'000;
    switch (shape) {
    case ArgumentShape::Node:
        return words.node();
    case ArgumentShape::Nodes:
        return words.nodes("nodes, as N1,N2");
    case ArgumentShape::Asking:
        return words.asking();
    case ArgumentShape::Way: {
        const Words::Ends ends = words.ends(false);
        return Way{.from = ends.from, .to = ends.to.value_or(NodeId{})};
    }
    case ArgumentShape::Duration:
        return words.duration();
    case ArgumentShape::Drift:
        return words.drift();
    case ArgumentShape::Times:
        return words.number("how many times, a number", 1, most_times);
    case ArgumentShape::Keyword:
    case ArgumentShape::None:
        break;
    }
    return std::string(words.word("a word"));
}

// The line of the table that is meant: of several, the keyword says which.
const AddedVerb* added_verb(std::string_view name, Words& words) {
    const AddedVerb* plain = nullptr;
    std::string usages;
    for (const AddedVerb& verb : added_verbs) {
        if (verb.name != name) continue;
        if (verb.keyword.empty()) plain = &verb;
        if (!verb.keyword.empty() && verb.keyword == words.peek()) return &verb;
        usages += (usages.empty() ? "" : "; ") + std::string(verb.usage);
    }
    if (plain == nullptr) words.fail("expected one of: " + usages);
    return plain;
}

Action parse_added(Words& words, const AddedVerb& first) {
    Added added{.verb = std::string(first.name), .arguments = {}};
    added.arguments.push_back(parse_argument(words, first.shapes.front()));
    if (!words.ok()) return added;
    const AddedVerb* const verb = added_verb(first.name, words);
    for (std::size_t i = 1; verb != nullptr && i < verb->shapes.size() && words.ok(); ++i) {
        if (verb->shapes[i] == ArgumentShape::None) break;
        added.arguments.push_back(parse_argument(words, verb->shapes[i]));
    }
    return added;
}

}  // namespace

Action parse_action(Words& words) {
    std::vector<std::string_view> names;
    for (const VerbForm& form : verb_forms) names.push_back(form.name);
    for (const AddedVerb& verb : added_verbs) {
        if (names.back() != verb.name) names.push_back(verb.name);
    }
    const std::string what = "a verb (" + one_of_names(names) + "; or first, to set up, " +
                             one_of_names(setup_verbs) + ")";
    const std::string_view word = words.word(what);
    if (!words.ok()) return Heal{};
    const auto form = std::ranges::find(verb_forms, word, &VerbForm::name);
    if (form != std::end(verb_forms)) return form->parse(words);
    const auto added = std::ranges::find(added_verbs, word, &AddedVerb::name);
    if (added != std::end(added_verbs)) return parse_added(words, *added);
    words.fail("expected " + what + ", not \"" + std::string(word) + '"');
    return Heal{};
}

}  // namespace decree::sim::scenario
