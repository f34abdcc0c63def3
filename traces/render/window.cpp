#include "traces/render/window.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "traces/render/about.hpp"
#include "traces/render/hand_window.hpp"
#include "traces/render/ledger.hpp"
#include "traces/render/picture.hpp"
#include "traces/replay.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

/// What makes a stretch of a run worth looking at.
enum class Sight : std::uint8_t { Election, Choice, Crash, Loss, Refusal, Adoption };
constexpr std::size_t sights = 6;
/// How much the first of each is worth; the second is worth half, more nothing.
constexpr std::array<std::size_t, sights> worth = {12, 8, 10, 6, 4, 6};

using Sights = std::array<std::uint32_t, sights>;

std::optional<Sight> sight_of(Rule rule) {
    switch (rule) {
    case Rule::LeadershipBegun:
        return Sight::Election;
    case Rule::PromiseRefusedStaleBallot:
    case Rule::VoteRefusedStaleBallot:
        return Sight::Refusal;
    case Rule::ValueAdoptedFromHighestBallot:
        return Sight::Adoption;
    default:
        return std::nullopt;
    }
}

// What clients do shows in the steps that it leads to.
bool is_worth_a_row(const Note& note) {
    return !std::holds_alternative<MessageLost>(note) &&
           !std::holds_alternative<MessageDuplicated>(note) &&
           !std::holds_alternative<ClientAsked>(note) &&
           !std::holds_alternative<ClientAnswered>(note) &&
           !std::holds_alternative<ClientGaveUp>(note);
}

/// Notes every event that is worth a row, and what is to be seen there.
class Scout final : public Visitor {
public:
    Scout(const Trace& trace, const View& view) : view_(view), ledger_(trace.header().settings) {}

    void started(const Moment& moment, const Recovered& disk, const Node& node) override {
        see_choices(ledger_.started(moment.number, disk, node));
        if (node.incarnation() == Incarnation{1} && moment.at == Time{0} && !view_.all) return;
        keep(moment, node.id());
        fresh_ = node.id();
    }
    void stepped(const Moment& moment, const Step& step, const Event& event, const Node& after,
                 const Effects& effects, MessageId first) override {
        const auto* received = std::get_if<Received>(&event.what);
        bool drawn = received != nullptr && is_drawn(received->message) &&
                     view_.shows(received->from) && view_.shows(message_slots(received->message));
        for (std::size_t i = 0; i < effects.envelopes.size(); ++i) {
            if (!shows(view_, effects.envelopes[i])) continue;
            drawn = true;
            under_way_.insert(first + i);
        }
        for (const RuleTaken& taken : effects.rules) {
            if (const auto sight = sight_of(taken.rule)) see(*sight);
            see_election(step.node, taken);
            drawn = drawn || (!is_routine(taken.rule) && view_.shows(rule_slots(taken)));
        }
        drawn = drawn && !is_elsewhere(view_.slots, event, effects);
        const bool chosen = see_choices(ledger_.stepped(moment.number, event, after, effects));
        // The first step after a start is a part of it.
        const bool joins = std::exchange(fresh_, NodeId{}) == step.node && !view_.all;
        if (chosen && !view_.shows(step.node)) return keep(moment, NodeId{});
        if (drawn || chosen || joins || view_.all) keep(moment, step.node, joins);
    }
    void broke(const Moment& moment, const Step& step, const Event&, const std::string&) override {
        keep(moment, step.node);
    }
    void crashed(const Moment& moment, NodeId node) override {
        see(Sight::Crash);
        keep(moment, node);
    }
    void noted(const Moment& moment, const Note& note) override {
        if (tells_failure(note)) return breaks(moment);
        if (const auto* lost = std::get_if<MessageLost>(&note)) {
            if (under_way_.contains(lost->message)) see(Sight::Loss);
            if (!view_.all) return;
        }
        const bool link = is_about_link(note);
        const bool same_row = link && link_at_ == moment.at;
        if (!same_row) link_at_ = link ? std::optional(moment.at) : std::nullopt;
        if (same_row) return;
        if (is_worth_a_row(note) || view_.all) keep(moment, NodeId{});
    }
    void violated(const Moment& moment, const props::Violation&) override { breaks(moment); }

    [[nodiscard]] const std::vector<Shown>& kept() const { return kept_; }
    /// The place in kept() where the stretch of `rows` begins that is shown.
    [[nodiscard]] std::size_t begin(std::size_t rows) const {
        if (!broken_) return best_begin(rows);
        const std::size_t end = *broken_ + 1 + std::min<std::size_t>(6, rows / 4);
        return end < rows ? 0 : std::min(end, kept_.size()) - rows;
    }

private:
    /// The place in kept() where the stretch of `rows` begins that shows most: it holds the first
    /// choice, and some of what follows.
    [[nodiscard]] std::size_t best_begin(std::size_t rows) const {
        const std::size_t last = kept_.size() - rows;
        if (!choice_) return std::min(election_, last);
        const std::size_t after = std::min<std::size_t>(6, rows / 4);
        const std::size_t from = *choice_ + after < rows ? 0 : *choice_ + after - rows;
        std::size_t best = std::min(from, last);
        std::size_t most = 0;
        for (std::size_t begin = best; begin <= std::min(*choice_, last); ++begin) {
            const std::size_t whole_election = begin <= election_ ? 10 : 0;
            const std::size_t score = worth_of(begin, begin + rows) + whole_election;
            // Of equals the latest: it loses nothing.
            if (score >= most) best = begin;
            most = std::max(score, most);
        }
        return best;
    }

    void keep(const Moment& moment, NodeId node, bool joins = false) {
        const bool shown = node == NodeId{} || view_.shows(node);
        if (!shown || !view_.shows(moment.at)) {
            seen_ = {};
            return;
        }
        kept_.push_back({moment.number, joins});
        seen_at_.push_back(std::exchange(seen_, {}));
    }
    void breaks(const Moment& moment) {
        keep(moment, NodeId{});
        const bool kept = !kept_.empty() && kept_.back().number == moment.number;
        if (!broken_ && kept) broken_ = kept_.size() - 1;
    }
    void see(Sight sight) { ++seen_[static_cast<std::size_t>(sight)]; }
    // Where the ballot of the first choice came from, or else the first one.
    void see_election(NodeId node, const RuleTaken& taken) {
        if (choice_) return;
        if (taken.rule == Rule::LeaderMissed || taken.rule == Rule::HandoverTaken) {
            missed_[node] = kept_.size();
        }
        if (taken.rule != Rule::BallotOpened) return;
        opened_[taken.ballot] = missed_.contains(node) ? missed_[node] : kept_.size();
        if (opened_.size() == 1) election_ = opened_.begin()->second;
    }
    bool see_choices(const std::vector<Choice>& choices) {
        bool shown = false;
        for (const Choice& choice : choices) {
            if (!shows_slot(choice.slot)) continue;
            shown = true;
            if (choice.again) continue;
            see(Sight::Choice);
            if (choice_) continue;
            choice_ = kept_.size();
            const auto opened = opened_.find(choice.ballot);
            if (opened != opened_.end()) election_ = opened->second;
        }
        return shown;
    }
    [[nodiscard]] bool shows_slot(Slot slot) const {
        return slot == Slot{} || view_.shows(SlotRange{slot, slot});
    }
    [[nodiscard]] std::size_t worth_of(std::size_t begin, std::size_t end) const {
        Sights seen{};
        for (std::size_t i = begin; i < end; ++i) {
            for (std::size_t kind = 0; kind < sights; ++kind) seen[kind] += seen_at_[i][kind];
        }
        std::size_t sum = 0;
        for (std::size_t kind = 0; kind < sights; ++kind) {
            if (seen[kind] > 0) sum += worth[kind];
            if (seen[kind] > 1) sum += worth[kind] / 2;
        }
        return sum;
    }

    const View& view_;
    VoteLedger ledger_;
    std::vector<Shown> kept_;
    NodeId fresh_;                 // Started, and has not taken a step since.
    std::vector<Sights> seen_at_;  // In each of kept_, and before it since the one before.
    Sights seen_{};
    std::set<MessageId> under_way_;
    std::optional<Time> link_at_;
    std::map<NodeId, std::size_t> missed_;  // Places in kept_, as all below.
    std::map<Ballot, std::size_t> opened_;
    std::size_t election_ = 0;
    std::optional<std::size_t> choice_;
    std::optional<std::size_t> broken_;  // The first violation, or expectation that failed.
};

}  // namespace

bool is_drawn(const Message& message, bool by_hand) {
    return by_hand || (!std::holds_alternative<Heartbeat>(message) &&
                       !std::holds_alternative<HeartbeatAnswer>(message));
}

bool shows(const View& view, const Envelope& envelope, bool by_hand) {
    return is_drawn(envelope.message, by_hand) && view.shows(envelope.from) &&
           view.shows(envelope.to) && view.shows(message_slots(envelope.message));
}

bool is_about_link(const Note& note) {
    return std::holds_alternative<LinkCut>(note) || std::holds_alternative<LinkMended>(note);
}

std::expected<Window, std::string> choose_window(const Trace& trace, const View& view) {
    if (trace.by_hand() && !view.all) return choose_hand_window(trace, view);
    Scout scout(trace, view);
    const auto replayed = replay(trace, scout);
    std::vector<Shown> window = scout.kept();
    if (window.empty()) {
        return std::unexpected(replayed ? "nothing to draw: no event is about that"
                                        : "nothing to draw: " + say(replayed.error()));
    }
    if (view.from || view.to || view.all) {
        if (window.size() <= rows_at_most) return Window{window, window.size(), {}};
        return std::unexpected(fmt::format(
            "{} events between these times, and a picture holds {}: ask for a shorter time "
            "(--from, --to), for fewer nodes (--nodes) or slots (--slots)",
            window.size(), rows_at_most));
    }
    const std::size_t most = std::min(window.size(), rows_by_default);
    const std::size_t begin = scout.begin(most);
    const auto first = window.begin() + static_cast<std::ptrdiff_t>(begin);
    return Window{{first, first + static_cast<std::ptrdiff_t>(most)}, most, {}};
}

}  // namespace decree::traces
