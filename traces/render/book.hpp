#pragma once

/// What must be remembered of past events to tell the cause of later ones.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "traces/render/words.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// Which client asked what, and who answered: known by the tags of the questions.
class Questions {
public:
    void noted(const Moment& moment, const Note& note);
    void stepped(const Moment& moment, NodeId node, const Event& event, const Effects& effects);

    /// The note of what arrives at `node` under this tag.
    [[nodiscard]] std::optional<std::uint64_t> asked(NodeId node, std::uint64_t tag) const;
    /// What the note about a client came from: the step that answered, or the question.
    [[nodiscard]] std::optional<std::uint64_t> cause(const Note& note) const;
    /// Origins of requests by the clients that they stand for.
    [[nodiscard]] const Names& names() const { return names_; }

private:
    struct Question {
        std::uint64_t client{};
        std::uint64_t number{};  // Of the note.
    };
    using AtNode = std::pair<NodeId, std::uint64_t>;  // And the tag.
    std::map<AtNode, Question> asked_;                // The latest with that tag.
    std::map<AtNode, std::uint64_t> answered_;        // The step that did.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> of_client_;
    Names names_;
};

/// A message in a few words, for when it is not at hand any more.
struct MessageCard {
    std::uint64_t sent_at{};  ///< The number of the event that sent it.
    NodeId from;
    NodeId to;
    std::string words;  ///< "accept 2.1 slot 3".
    std::optional<SlotRange> about;
};

/// Cards of all messages, and who wrote what where in the journals.
class Book {
public:
    void stepped(const Moment& moment, const Node& after, const Effects& effects, MessageId first);
    void started(const Moment& moment, const Node& node);

    /// Nothing for a message that was never sent (or lies beyond what is remembered).
    [[nodiscard]] const MessageCard* card(MessageId message) const;
    /// The last event whose writes are durable when the journal is durable up to `position`.
    [[nodiscard]] std::optional<std::uint64_t> writer(NodeId node, Position position);

private:
    struct Write {
        Position end;
        std::uint64_t event{};
    };
    MessageId first_card_ = 0;
    std::deque<MessageCard> cards_;
    std::map<NodeId, std::deque<Write>> writes_;
};

}  // namespace decree::traces
