#pragma once

/// Messages between nodes as a scenario names them: in flight, and all that ever left.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/paxos/message.hpp"
#include "sim/scenario/syntax.hpp"
#include "traces/note.hpp"

namespace decree::sim::scenario {

/// What a message is about. Nothing of that is repeated when it stands in the same words: messages
/// with equal labels are one.
struct Label {
    Kind kind{};
    NodeId from;
    NodeId to;
    Ballot ballot;  ///< Its own, or that of what it answers. None where it has none.
    Slot slot;      ///< 0: it is about no one slot.
    auto operator<=>(const Label&) const = default;
};

/// The label of a message; none of those that scenarios have no name for, which nobody sends by
/// hand. A message that says several things goes by the first.
[[nodiscard]] std::optional<Label> label_of(const Envelope& envelope);
[[nodiscard]] std::string to_text(const Label& label);

/// One message, as far as a scenario goes: the pieces of a snapshot are one.
struct Parcel {
    Label label;
    std::vector<traces::MessageId> numbers;  ///< In the run, of each piece.
    std::vector<Message> pieces;
};

/// Packs the envelopes of one step, the first of which has the number `first`.
[[nodiscard]] std::vector<Parcel> pack(const std::vector<Envelope>& envelopes,
                                       traces::MessageId first);

[[nodiscard]] bool fits(const MessagePattern& pattern, const Label& label);

/// Messages in flight, in the order in which they left.
class Mail {
public:
    /// It has left; `in_flight`: and is on its way, not lost.
    void leave(const Parcel& parcel, bool in_flight);
    /// Another copy of what has left before is on its way.
    void repeat(const Parcel& parcel) { in_flight_.push_back(parcel); }

    /// The messages that a pattern means now: the oldest that fits, or all that do. They stay.
    [[nodiscard]] std::vector<Parcel> find(const MessagePattern& pattern) const;
    /// The same, taken out.
    [[nodiscard]] std::vector<Parcel> take(const MessagePattern& pattern);
    /// Takes out what `wanted` says.
    [[nodiscard]] std::vector<Parcel> take_if(const std::function<bool(const Label&)>& wanted);
    /// The latest that ever left and fits, whatever became of it.
    [[nodiscard]] const Parcel* latest(const MessagePattern& pattern) const;

    /// How many different ones of a kind have left.
    [[nodiscard]] std::uint64_t different(Kind kind) const;
    [[nodiscard]] const std::vector<Parcel>& in_flight() const { return in_flight_; }
    /// What is in flight, for a person.
    [[nodiscard]] std::string list() const;

private:
    std::vector<Parcel> in_flight_;
    std::vector<Parcel> left_;  // Accepts and decides: they can be sent again.
    std::set<Label> different_;
};

}  // namespace decree::sim::scenario
