/// What `expect` may be followed by.

#include <algorithm>

#include <fmt/format.h>

#include "core/reflect.hpp"
#include "props/properties.hpp"
#include "sim/scenario/parse.hpp"
#include "sim/scenario/words.hpp"

namespace decree::sim::scenario {

namespace {

// Arguments are read into variables first: those of a call may be read in any order.

Fact parse_promised(Words& words) {
    const NodeId node = words.node();
    return Promised{.node = node, .ballot = words.ballot()};
}

Fact parse_accepted(Words& words) {
    AcceptedIs fact;
    fact.node = words.node();
    fact.slot = words.slot();
    if (words.skip("none")) return fact;
    fact.vote.emplace();
    fact.vote->ballot = words.ballot();
    fact.vote->value = words.value();
    return fact;
}

Fact parse_proposes(Words& words) {
    Proposes fact;
    fact.node = words.node();
    fact.slot = words.slot();
    fact.value = words.value();
    return fact;
}

Fact parse_chosen(Words& words) {
    ChosenIs fact;
    fact.slot = words.slot();
    fact.value = words.value();
    if (words.at_end()) return fact;
    if (!words.skip("at")) words.fail("expected nothing more, or \"at 1.1 by N1,N2\"");
    fact.at.emplace();
    fact.at->ballot = words.ballot();
    if (words.ok() && !words.skip("by")) words.fail("expected \"by N1,N2\" behind the ballot");
    fact.at->by = words.nodes("nodes, as N1,N2");
    return fact;
}

Fact parse_conflict(Words& words) {
    const Slot slot = words.slot();
    const std::vector<ValueText> values = words.values();
    if (values.size() != 2) {
        words.fail("expected two values that were both chosen, as X,Y");
        return NotChosen{};
    }
    return Conflict{.slot = slot, .one = values.front(), .other = values.back()};
}

Fact parse_knows(Words& words) {
    Knows fact;
    fact.node = words.node();
    fact.slot = words.slot();
    fact.value = words.value();
    return fact;
}

Fact parse_unknown(Words& words) {
    const NodeId node = words.node();
    return Unknown{.node = node, .slot = words.slot()};
}

Fact parse_applied(Words& words) {
    const NodeId node = words.node();
    return Applied{.node = node, .commands = words.commands()};
}

Fact parse_phase(Words& words) {
    const NodeId node = words.node();
    return PhaseIs{.node = node, .phase = words.number("a phase", 0, 2)};
}

Fact parse_nacked(Words& words) {
    const Words::Ends ends = words.ends(false);
    return Nacked{.by = ends.from, .of = ends.to.value_or(NodeId{}), .kind = words.kind()};
}

Fact parse_sent(Words& words) {
    constexpr std::uint64_t most = 1'000'000'000;
    const Kind kind = words.kind();
    return Sent{.kind = kind, .count = words.number("how many, a number", 0, most)};
}

Fact parse_answered(Words& words) {
    const ClientNumber client = words.client();
    if (words.skip("read")) return ReadAnswered{.client = client, .commands = words.commands()};
    return Answered{.client = client, .command = words.command()};
}

Fact parse_unanswered(Words& words) {
    const ClientNumber client = words.client();
    if (words.skip("read")) return Unanswered{.client = client, .command = "read"};
    return Unanswered{.client = client, .command = words.command()};
}

Fact parse_violated(Words& words) {
    const std::string_view name = words.word("the name of a property, as Agreement");
    if (words.ok() && !props::is_property(name)) {
        words.fail(fmt::format("there is no property \"{}\": expected one of {}", name,
                               one_of_names(props::properties)));
    }
    return Violated{std::string(name)};
}

Fact parse_took(Words& words) {
    Took fact;
    fact.node = words.node();
    const std::string_view name = words.word("the name of a rule, as PromiseGiven");
    const auto& names = reflect::enumerator_names<Rule>;
    const auto* const at = std::ranges::find(names, name);
    if (words.ok() && at == names.end()) {
        words.fail(fmt::format("there is no rule \"{}\": core/rule.hpp has them all", name));
        return fact;
    }
    fact.rule = static_cast<Rule>(at - names.begin());
    return fact;
}

Fact parse_confirmed(Words& words) { return ConfirmedIs{.node = words.node(), .yes = true}; }
Fact parse_notconfirmed(Words& words) { return ConfirmedIs{.node = words.node(), .yes = false}; }
Fact parse_notchosen(Words& words) { return NotChosen{.slot = words.slot()}; }

struct FactForm {
    std::string_view name;
    Fact (*parse)(Words&);
};

constexpr FactForm fact_forms[] = {
    {"promised", parse_promised},   {"accepted", parse_accepted},
    {"proposes", parse_proposes},   {"chosen", parse_chosen},
    {"notchosen", parse_notchosen}, {"conflict", parse_conflict},
    {"knows", parse_knows},         {"unknown", parse_unknown},
    {"applied", parse_applied},     {"phase", parse_phase},
    {"nacked", parse_nacked},       {"sent", parse_sent},
    {"confirmed", parse_confirmed}, {"notconfirmed", parse_notconfirmed},
    {"answered", parse_answered},   {"unanswered", parse_unanswered},
    {"violated", parse_violated},   {"took", parse_took},
};

}  // namespace

Fact parse_fact(Words& words) {
    std::vector<std::string_view> names;
    for (const FactForm& form : fact_forms) names.push_back(form.name);
    const std::string what = "what to expect (" + one_of_names(names) + ")";
    const std::string_view word = words.word(what);
    if (!words.ok()) return NotChosen{};
    const auto form = std::ranges::find(fact_forms, word, &FactForm::name);
    if (form == std::end(fact_forms)) {
        words.fail("expected " + what + ", not \"" + std::string(word) + '"');
        return NotChosen{};
    }
    return form->parse(words);
}

}  // namespace decree::sim::scenario
