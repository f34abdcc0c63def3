#include "traces/render/hand_window.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "traces/render/about.hpp"
#include "traces/render/hand.hpp"
#include "traces/render/ledger.hpp"
#include "traces/render/picture.hpp"
#include "traces/replay.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

class HandScout final : public Visitor {
public:
    HandScout(const Trace& trace, const View& view)
        : view_(view), ledger_(trace.header().settings) {}

    void started(const Moment& moment, const Recovered& disk, const Node& node) override {
        static_cast<void>(ledger_.started(moment.number, disk, node));
        keep(moment, node.id());
        fresh_ = node.id();
    }
    void stepped(const Moment& moment, const Step& step, const Event& event, const Node& after,
                 const Effects& effects, MessageId first) override {
        window_.last_slot = std::max(window_.last_slot, after.log().end());
        const bool chosen = sees_choice(ledger_.stepped(moment.number, event, after, effects));
        for (std::size_t i = 0; i < effects.envelopes.size(); ++i) {
            if (shows(view_, effects.envelopes[i], true)) under_way_.insert(first + i);
        }
        const bool found = std::exchange(fresh_, NodeId{}) == step.node;  // What its disk has.
        if (chosen && !view_.shows(step.node)) return keep_alone(moment);
        if (chosen || found || shows_step(event, effects)) keep(moment, step.node);
    }
    void broke(const Moment& moment, const Step& step, const Event&, const std::string&) override {
        keep(moment, step.node);
    }
    void crashed(const Moment& moment, NodeId node) override { keep(moment, node); }
    void noted(const Moment& moment, const Note& note) override {
        if (read_hand_line(note)) begun_ = true;
        if (tells_failure(note)) return keep_alone(moment);
        if (const auto* lost = std::get_if<MessageLost>(&note)) {
            if (under_way_.contains(lost->message)) keep_with_others(moment);
        } else if (is_about_link(note) || std::holds_alternative<MessageDuplicated>(note) ||
                   std::holds_alternative<DiskStalled>(note) ||
                   std::holds_alternative<DiskFlows>(note)) {
            keep(moment, NodeId{});
        } else if (std::holds_alternative<DiskFault>(note)) {
            keep_with_others(moment);
        }
    }
    void violated(const Moment& moment, const props::Violation&) override { keep_alone(moment); }

    [[nodiscard]] Window window() { return std::move(window_); }

private:
    [[nodiscard]] bool shows_step(const Event& event, const Effects& effects) const {
        const auto* received = std::get_if<Received>(&event.what);
        if (is_elsewhere(view_.slots, event, effects)) return false;
        if (received != nullptr) return true;
        const bool says = std::ranges::any_of(
            effects.envelopes, [&](const Envelope& one) { return shows(view_, one, true); });
        const bool asked = std::holds_alternative<Requested>(event.what) ||
                           std::holds_alternative<ReadRequested>(event.what) ||
                           std::holds_alternative<Directed>(event.what);
        if (says || asked) return true;
        return std::ranges::any_of(effects.rules, [&](const RuleTaken& taken) {
            return !is_routine(taken.rule) && view_.shows(rule_slots(taken));
        });
    }
    [[nodiscard]] bool sees_choice(const std::vector<Choice>& choices) const {
        return std::ranges::any_of(choices,
                                   [&](const Choice& one) { return shows_slot(one.slot); });
    }
    [[nodiscard]] bool shows_slot(Slot slot) const {
        return slot == Slot{} || view_.shows(SlotRange{slot, slot});
    }
    void keep(const Moment& moment, NodeId node) {
        if (!begun_ || (node != NodeId{} && !view_.shows(node))) return;
        const bool joins = at_ == moment.at && node_ == node;
        window_.events.push_back({moment.number, joins});
        window_.rows += joins ? 0 : 1;
        at_ = moment.at;
        node_ = node;
    }
    void keep_alone(const Moment& moment) {
        at_.reset();
        keep(moment, NodeId{});
        at_.reset();
    }
    // It belongs to whatever else the line did; alone it is a row of the world.
    void keep_with_others(const Moment& moment) {
        keep(moment, at_ == moment.at ? node_ : NodeId{});
    }

    const View& view_;
    VoteLedger ledger_;
    Window window_;
    bool begun_ = false;
    std::optional<Time> at_;  // Of the last row.
    NodeId node_;
    NodeId fresh_;  // Started, and has not taken a step since.
    std::set<MessageId> under_way_;
};

}  // namespace

std::expected<Window, std::string> choose_hand_window(const Trace& trace, const View& view) {
    HandScout scout(trace, view);
    const auto replayed = replay(trace, scout);
    Window window = scout.window();
    if (window.events.empty()) {
        return std::unexpected(replayed ? "nothing to draw: no event is about that"
                                        : "nothing to draw: " + say(replayed.error()));
    }
    if (window.rows <= rows_at_most) return window;
    return std::unexpected(
        fmt::format("{} rows, and a picture holds {}: ask for fewer nodes (--nodes) or slots "
                    "(--slots)",
                    window.rows, rows_at_most));
}

}  // namespace decree::traces
