#include "traces/render/window.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/overload.hpp"
#include "traces/render/picture.hpp"
#include "traces/replay.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

bool begins_election(Rule rule) {
    return rule == Rule::LeaderMissed || rule == Rule::BallotOpened || rule == Rule::HandoverTaken;
}

/// Notes every event that is worth a row.
class Scout final : public Visitor {
public:
    explicit Scout(const View& view) : view_(view) {}

    void started(const Moment& moment, const Recovered&, const Node& node) override {
        if (node.incarnation() > Incarnation{1}) keep(moment, node.id());
    }
    void stepped(const Moment& moment, const Step& step, const Event& event, const Node&,
                 const Effects& effects, MessageId) override {
        const auto* received = std::get_if<Received>(&event.what);
        std::optional<SlotRange> about;
        if (received != nullptr) about = message_slots(received->message);
        bool worth =
            received != nullptr && is_drawn(received->message) && view_.shows(received->from);
        for (const Envelope& envelope : effects.envelopes) {
            if (!about) about = message_slots(envelope.message);
            worth = worth || shows(view_, envelope);
        }
        for (const RuleTaken& taken : effects.rules) {
            worth = worth || !is_routine(taken.rule);
            if (begins_election(taken.rule) && !election_) election_ = kept_.size();
        }
        if (worth && view_.shows(about)) keep(moment, step.node);
    }
    void broke(const Moment& moment, const Step& step, const Event&, const std::string&) override {
        keep(moment, step.node);
    }
    void crashed(const Moment& moment, NodeId node) override { keep(moment, node); }
    void noted(const Moment& moment, const Note& note) override {
        std::visit(
            Overload{[](const MessageLost&) {}, [](const MessageDuplicated&) {},
                     [](const ClientAsked&) {}, [&](const auto&) { keep(moment, NodeId{}); }},
            note);
    }
    void violated(const Moment& moment, const props::Violation&) override {
        keep(moment, NodeId{});
    }

    [[nodiscard]] const Window& kept() const { return kept_; }
    /// The place in kept() where the first election begins.
    [[nodiscard]] std::size_t election() const { return election_.value_or(0); }

private:
    void keep(const Moment& moment, NodeId node) {
        const bool shown = node == NodeId{} || view_.shows(node);
        if (shown && view_.shows(moment.at)) kept_.push_back(moment.number);
    }

    const View& view_;
    Window kept_;
    std::optional<std::size_t> election_;
};

}  // namespace

bool is_drawn(const Message& message) {
    return !std::holds_alternative<Heartbeat>(message) &&
           !std::holds_alternative<HeartbeatAnswer>(message);
}

bool shows(const View& view, const Envelope& envelope) {
    return is_drawn(envelope.message) && view.shows(envelope.from) && view.shows(envelope.to) &&
           view.shows(message_slots(envelope.message));
}

std::expected<Window, std::string> choose_window(const Trace& trace, const View& view) {
    Scout scout(view);
    const auto replayed = replay(trace, scout);
    Window window = scout.kept();
    if (window.empty()) {
        return std::unexpected(replayed ? "nothing to draw: no event is about that"
                                        : "nothing to draw: " + say(replayed.error()));
    }
    if (view.from || view.to) {
        if (window.size() <= rows_at_most) return window;
        return std::unexpected(fmt::format(
            "{} events between these times, and a picture holds {}: ask for a shorter time "
            "(--from, --to), for fewer nodes (--nodes) or slots (--slots)",
            window.size(), rows_at_most));
    }
    const std::size_t most = std::min(window.size(), rows_by_default);
    std::size_t begin = std::min(scout.election(), window.size() - most);
    if (trace.violation()) begin = window.size() - most;
    const auto first = window.begin() + static_cast<std::ptrdiff_t>(begin);
    return Window(first, first + static_cast<std::ptrdiff_t>(most));
}

}  // namespace decree::traces
