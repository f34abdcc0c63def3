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

/// The numbers of the events that get rows, ascending.
using Window = std::vector<std::uint64_t>;

/// See take_picture() for what is chosen.
[[nodiscard]] std::expected<Window, std::string> choose_window(const Trace& trace,
                                                               const View& view);

/// Whether the message is drawn: all but the pulse of a quiet cluster.
[[nodiscard]] bool is_drawn(const Message& message);
/// Whether something is drawn between nodes that `view` shows.
[[nodiscard]] bool shows(const View& view, const Envelope& envelope);

}  // namespace decree::traces
