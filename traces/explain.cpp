#include "traces/explain.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "core/print.hpp"
#include "traces/render/text.hpp"
#include "traces/render/type.hpp"
#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_chain = 30;

std::string state_words(const Node& node) {
    std::string text;
    switch (node.role()) {
    case Role::Following:
        text = "follows";
        break;
    case Role::Canvassing:
        text = "asks whether the leader is missed";
        break;
    case Role::Preparing:
        text = "is in phase 1 of ballot " + ballot_name(node.ballot());
        break;
    case Role::Leading:
        text = "leads in ballot " + ballot_name(node.ballot());
        break;
    }
    const auto leader = node.leader();
    if (node.role() == Role::Following) text += leader ? " " + node_words(*leader) : " nobody";
    const bool promised = node.promised() != Ballot{};
    return fmt::format("{}; promised {}; knows all chosen through slot {}; its log ends at slot {}",
                       text, promised ? ballot_name(node.promised()) : "nothing",
                       node.chosen_through().value, node.log().end().value);
}

/// What is said of one event besides its sentence.
class Close final : public Visitor {
public:
    explicit Close(std::uint64_t event) : event_(event) {}

    void before(const Moment& moment, const Step&, const Event&, const Node& node) override {
        if (moment.number == event_) before_ = state_words(node);
    }
    void stepped(const Moment& moment, const Step& step, const Event& event, const Node& after,
                 const Effects& effects, MessageId) override {
        pass(moment);
        questions_.stepped(moment, step.node, event, effects);
        if (moment.number != event_) return;
        account_ = StepAccount{.node = after.id(),
                               .before = before_,
                               .after = state_words(after),
                               .rules = {},
                               .journal_at = effects.journal.begin.value,
                               .journal_bytes = effects.journal.bytes.size(),
                               .starts_segment = effects.journal.starts_segment};
        for (const RuleGroup& group : group_rules(effects.rules)) {
            account_->rules.push_back(
                {group.first.rule, say(group, after.id(), questions_.names())});
        }
    }
    void crashed(const Moment& moment, NodeId) override { pass(moment); }
    void broke(const Moment& moment, const Step&, const Event&, const std::string&) override {
        pass(moment);
    }
    void violated(const Moment&, const props::Violation&) override { violated_ = true; }
    void noted(const Moment& moment, const Note& note) override { questions_.noted(moment, note); }

    [[nodiscard]] const std::optional<StepAccount>& account() const { return account_; }
    /// The step or crash that broke a property first, or else the last of the run.
    [[nodiscard]] std::uint64_t last() const { return last_; }

private:
    void pass(const Moment& moment) {
        if (!violated_) last_ = moment.number;
    }

    std::uint64_t event_;
    std::string before_;
    std::optional<StepAccount> account_;
    std::uint64_t last_ = 0;
    bool violated_ = false;
    Questions questions_;
};

using Causes = std::vector<std::vector<std::uint64_t>>;  // By the number of the event.

// The events to tell: the direct causes first, one by the next, then what else led to them.
std::set<std::uint64_t> wanted_events(const Causes& causes, std::uint64_t event) {
    std::set<std::uint64_t> wanted;
    std::deque<std::uint64_t> next{event};
    while (!next.empty() && wanted.size() < longest_chain) {
        const std::uint64_t at = next.front();
        next.pop_front();
        if (!wanted.insert(at).second) continue;
        next.insert(next.end(), causes[at].begin(), causes[at].end());
    }
    return wanted;
}

/// Event `event` and those that led to it, in order of time.
std::expected<std::vector<Told>, std::string> chain(const Trace& trace, std::uint64_t event) {
    Causes causes(1);
    Narrator first(trace, [&](const Told& told) { causes.push_back(told.causes); });
    const auto replayed = replay(trace, first);
    if (!replayed) return std::unexpected(say(replayed.error()));
    if (event == 0 || event >= causes.size()) {
        return std::unexpected(fmt::format("there is no event #{}: they are numbered 1 to {}",
                                           event, causes.size() - 1));
    }
    const std::set<std::uint64_t> wanted = wanted_events(causes, event);
    std::vector<Told> told_events;
    Narrator second(trace, [&](const Told& told) {
        if (wanted.contains(told.moment.number)) told_events.push_back(told);
    });
    if (!replay(trace, second)) return std::unexpected("the trace does not replay twice alike");
    return told_events;
}

std::string account_text(const StepAccount& step) {
    const std::string name = node_words(step.node);
    std::string text = fmt::format("\nWhat the step did:\nBefore: {0} {1}.\nAfter:  {0} {2}.\n",
                                   name, step.before, step.after);
    for (const StepAccount::Taken& taken : step.rules) {
        const RuleText& known = text_of(taken.rule);
        text +=
            fmt::format("  {:<30} {} {}.\n      Source: [{}] {}\n", decree::describe(taken.rule),
                        name, taken.sentence, known.paper, known.section);
    }
    if (step.journal_bytes == 0) return text;
    return text + fmt::format("  Written to the journal: {} bytes at {}{}.\n", step.journal_bytes,
                              step.journal_at, step.starts_segment ? ", in a new segment" : "");
}

json::object account_json(const StepAccount& step) {
    json::array rules;
    for (const StepAccount::Taken& taken : step.rules) {
        const RuleText& known = text_of(taken.rule);
        rules.push_back(json::object{{"rule", decree::describe(taken.rule)},
                                     {"sentence", taken.sentence},
                                     {"paper", known.paper},
                                     {"section", known.section}});
    }
    return {{"node", node_words(step.node)},
            {"before", step.before},
            {"after", step.after},
            {"rules", std::move(rules)},
            {"journal", {{"at", step.journal_at}, {"bytes", step.journal_bytes}}}};
}

}  // namespace

std::expected<Explanation, std::string> explain(const Trace& trace,
                                                std::optional<std::uint64_t> event) {
    Close close(event.value_or(0));
    const auto replayed = replay(trace, close);
    if (!replayed) return std::unexpected(say(replayed.error()));
    Explanation explanation{.headline = headline(trace),
                            .event = event.value_or(close.last()),
                            .by_hand = trace.by_hand(),
                            .asked_for = event.has_value(),
                            .chain = {},
                            .step = close.account(),
                            .violation = trace.violation()};
    auto causes = chain(trace, explanation.event);
    if (!causes) return std::unexpected(causes.error());
    explanation.chain = std::move(*causes);
    return explanation;
}

std::string to_text(const Explanation& explanation) {
    std::string text = explanation.headline + "\n\n";
    const auto& violation = explanation.violation;
    if (!explanation.asked_for && violation) {
        text += fmt::format("VIOLATION of {}: {}\n\n", violation->property, violation->details);
    }
    if (!explanation.asked_for && !violation) text += "No property was violated.\n\n";
    const std::string_view what = explanation.asked_for ? "this"
                                  : violation           ? "the step that broke it"
                                                        : "the last step";
    text += fmt::format("How it came to {}:\n", what);
    for (const Told& told : explanation.chain) {
        text += fmt::format("{} {}\n", event_head(told.moment, explanation.by_hand), told.sentence);
    }
    if (explanation.step) text += account_text(*explanation.step);
    return text;
}

std::string to_json(const Explanation& explanation) {
    json::array chain;
    for (const Told& told : explanation.chain) {
        json::array causes(told.causes.begin(), told.causes.end());
        chain.push_back(json::object{{"event", told.moment.number},
                                     {"at_us", told.moment.at.value},
                                     {"node", told.node == NodeId{} ? "" : node_words(told.node)},
                                     {"sentence", printable(told.sentence, true)},
                                     {"causes", std::move(causes)}});
    }
    json::object all = {{"run", printable(explanation.headline, true)},
                        {"event", explanation.event},
                        {"chain", std::move(chain)},
                        {"step", nullptr},
                        {"violation", nullptr}};
    if (explanation.step) all["step"] = account_json(*explanation.step);
    if (const auto& violation = explanation.violation) {
        all["violation"] = {{"property", violation->property},
                            {"details", violation->details},
                            {"signature", violation->signature}};
    }
    return json::serialize(all) + "\n";
}

}  // namespace decree::traces
