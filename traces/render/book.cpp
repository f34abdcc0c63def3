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

void Book::stepped(const Moment& moment, const Node& after, const Effects& effects,
                   MessageId first) {
    if (cards_.empty()) first_card_ = first;
    for (const Envelope& envelope : effects.envelopes) {
        cards_.push_back(
            {moment.number, envelope.from, envelope.to, short_words(envelope.message)});
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
