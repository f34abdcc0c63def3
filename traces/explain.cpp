#include "traces/explain.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "core/print.hpp"
#include "traces/render/narrator.hpp"
#include "traces/render/text.hpp"
#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

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
    if (node.role() == Role::Following) text += leader ? " " + node_name(*leader) : " nobody";
    return fmt::format("{}; promised {}; knows all chosen through slot {}; its log ends at slot {}",
                       text, ballot_name(node.promised()), node.chosen_through().value,
                       node.log().end().value);
}

/// What is said of one event besides its sentence.
class Close final : public Visitor {
public:
    explicit Close(std::uint64_t event) : event_(event) {}

    void before(const Moment& moment, const Step&, const Event&, const Node& node) override {
        if (moment.number == event_) before_ = state_words(node);
    }
    void stepped(const Moment& moment, const Step&, const Event&, const Node& after,
                 const Effects& effects, MessageId) override {
        last_ = moment.number;
        if (moment.number != event_) return;
        text_ = fmt::format("Before: {} {}.\nAfter:  {} {}.\n", node_name(after.id()), before_,
                            node_name(after.id()), state_words(after));
        for (const RuleGroup& group : group_rules(effects.rules)) {
            text_ += fmt::format("  {:<30} {} {}.\n      Source: [{}] {}\n",
                                 decree::describe(group.first.rule), node_name(after.id()),
                                 say(group, after.id()), text_of(group.first.rule).paper,
                                 text_of(group.first.rule).section);
        }
        const JournalAppend& journal = effects.journal;
        if (!journal.bytes.empty()) {
            text_ += fmt::format("  Written to the journal: {} bytes at {}{}.\n",
                                 journal.bytes.size(), journal.begin.value,
                                 journal.starts_segment ? ", in a new segment" : "");
        }
    }
    void crashed(const Moment& moment, NodeId) override { last_ = moment.number; }
    void broke(const Moment& moment, const Step&, const Event&, const std::string&) override {
        last_ = moment.number;
    }

    [[nodiscard]] const std::string& text() const { return text_; }
    /// The last step or crash of the run.
    [[nodiscard]] std::uint64_t last() const { return last_; }

private:
    std::uint64_t event_;
    std::string before_;
    std::string text_;
    std::uint64_t last_ = 0;
};

/// Event `event` and those that caused it, each by the next, in order of time.
std::expected<std::string, std::string> chain(const Trace& trace, std::uint64_t event) {
    std::vector<std::uint64_t> causes{0};
    Narrator first(trace, [&](const Told& told) { causes.push_back(told.cause.value_or(0)); });
    const auto replayed = replay(trace, first);
    if (!replayed) return std::unexpected(say(replayed.error()));
    if (event == 0 || event >= causes.size()) {
        return std::unexpected(fmt::format("there is no event #{}: they are numbered 1 to {}",
                                           event, causes.size() - 1));
    }
    std::set<std::uint64_t> wanted;
    for (std::uint64_t at = event; at != 0 && wanted.size() < longest_chain; at = causes[at]) {
        wanted.insert(at);
    }
    std::string text;
    Narrator second(trace, [&](const Told& told) {
        if (!wanted.contains(told.moment.number)) return;
        text += fmt::format("#{} t={} {}\n", told.moment.number, time_words(told.moment.at),
                            told.sentence);
    });
    if (!replay(trace, second)) return std::unexpected("the trace does not replay twice alike");
    return text;
}

}  // namespace

std::expected<std::string, std::string> explain(const Trace& trace,
                                                std::optional<std::uint64_t> event) {
    std::string text = headline(trace) + "\n\n";
    Close close(event.value_or(0));
    const auto replayed = replay(trace, close);
    if (!replayed) return std::unexpected(say(replayed.error()));
    const auto& violation = trace.violation();
    if (!event && violation) {
        text += fmt::format("VIOLATION of {}: {}\n\n", violation->property, violation->details);
    }
    if (!event && !violation) text += "No property was violated.\n\n";
    const auto causes = chain(trace, event.value_or(close.last()));
    if (!causes) return causes;
    text += event ? "How it came to this:\n" : "How it came to the last step:\n";
    text += *causes;
    if (event && !close.text().empty()) text += "\nWhat the step did:\n" + close.text();
    return text;
}

}  // namespace decree::traces
