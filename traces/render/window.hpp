#pragma once

/// Which events of a run are worth a row of a picture.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "traces/format.hpp"
#include "traces/render/view.hpp"

namespace decree::traces {

/// An event that is shown.
struct Shown {
    std::uint64_t number{};
    bool joins{};  ///< On the row of the one before.
};
/// What a picture shows.
struct Window {
    std::vector<Shown> events;  ///< Ascending.
    std::size_t rows{};
    Slot last_slot;  ///< The highest that any node holds something of; by hand only.
};

/// See take_picture() for what is chosen.
[[nodiscard]] std::expected<Window, std::string> choose_window(const Trace& trace,
                                                               const View& view);

/// Whether the message is drawn wherever it goes: all but the pulse of a quiet cluster, which is
/// drawn where a node says something about it. `by_hand`: there is none.
[[nodiscard]] bool is_drawn(const Message& message, bool by_hand = false);
/// Whether something is drawn between nodes that `view` shows.
[[nodiscard]] bool shows(const View& view, const Envelope& envelope, bool by_hand = false);

/// Whether the note is about a link; several of one instant share a row.
[[nodiscard]] bool is_about_link(const Note& note);

}  // namespace decree::traces
