#pragma once

#include <expected>
#include <string>

#include "traces/format.hpp"
#include "traces/render/view.hpp"
#include "traces/render/window.hpp"

namespace decree::traces {

/// What of a run by hand gets rows: all that a line of the scenario does at one node is one, for a
/// node answers on the spot. How the nodes started teaches nothing, and what was expected happened.
[[nodiscard]] std::expected<Window, std::string> choose_hand_window(const Trace& trace,
                                                                    const View& view);

}  // namespace decree::traces
