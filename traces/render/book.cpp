#include "traces/render/book.hpp"

#include "traces/render/words.hpp"
#include "traces/rules.hpp"

namespace decree::traces {
namespace {

constexpr std::size_t cards_kept = 1'000'000;

std::string short_words(const Message& message) {
    std::string text(message_kind(message));
    if (const auto ballot = message_ballot(message)) text += ' ' + ballot_name(*ballot);
    if (const auto slots = message_slots(message)) {
        text += " slot " + std::to_string(slots->first.value);
    }
    return text;
}

}  // namespace

void Questions::noted(const Moment& moment, const Note& note) {
    const auto* asked = std::get_if<ClientAsked>(&note);
    if (asked == nullptr) return;
    asked_[{asked->node, asked->tag}] = {asked->client, moment.number};
    of_client_[{asked->client, asked->tag}] = moment.number;
}

void Questions::stepped(const Moment& moment, NodeId node, const Event& event,
                        const Effects& effects) {
    for (const Reply& reply : effects.replies) answered_[{node, reply.tag}] = moment.number;
    const auto* request = std::get_if<Requested>(&event.what);
    if (request == nullptr || !request->id) return;
    const auto question = asked_.find({node, request->tag});
    if (question == asked_.end()) return;
    names_[request->id->origin] = "C" + std::to_string(question->second.client);
}

std::optional<std::uint64_t> Questions::asked(NodeId node, std::uint64_t tag) const {
    const auto question = asked_.find({node, tag});
    if (question == asked_.end()) return std::nullopt;
    return question->second.number;
}

std::optional<std::uint64_t> Questions::cause(const Note& note) const {
    if (const auto* answered = std::get_if<ClientAnswered>(&note)) {
        const auto step = answered_.find({answered->node, answered->tag});
        if (step != answered_.end()) return step->second;
    }
    if (const auto* gave_up = std::get_if<ClientGaveUp>(&note)) {
        const auto question = of_client_.find({gave_up->client, gave_up->tag});
        if (question != of_client_.end()) return question->second;
    }
    return std::nullopt;
}

void Book::stepped(const Moment& moment, const Node& after, const Effects& effects,
                   MessageId first) {
    if (cards_.empty()) first_card_ = first;
    for (const Envelope& envelope : effects.envelopes) {
        cards_.push_back({moment.number, envelope.from, envelope.to, short_words(envelope.message),
                          message_slots(envelope.message)});
    }
    while (cards_.size() > cards_kept) {
        cards_.pop_front();
        ++first_card_;
    }
    if (effects.journal.bytes.empty()) return;
    const Position end{effects.journal.begin.value + effects.journal.bytes.size()};
    writes_[after.id()].push_back({end, moment.number});
}

void Book::started(const Moment&, const Node& node) { writes_[node.id()].clear(); }

const MessageCard* Book::card(MessageId message) const {
    if (message < first_card_ || message - first_card_ >= cards_.size()) return nullptr;
    return &cards_[static_cast<std::size_t>(message - first_card_)];
}

std::optional<std::uint64_t> Book::writer(NodeId node, Position position) {
    std::deque<Write>& writes = writes_[node];
    std::optional<std::uint64_t> event;
    while (!writes.empty() && writes.front().end <= position) {
        event = writes.front().event;
        writes.pop_front();
    }
    return event;
}

}  // namespace decree::traces
