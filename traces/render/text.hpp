#pragma once

#include <string>

#include "traces/format.hpp"
#include "traces/render/view.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// What a run is: its title, its seed, its nodes.
[[nodiscard]] std::string headline(const Trace& trace);

/// The run told: a sentence for each event, with its number, its time, who acts, the event that
/// caused it, each rule taken, and the rule's source. If the trace does not replay, the last line
/// says so.
[[nodiscard]] std::string render_text(const Trace& trace, const View& view = {});

}  // namespace decree::traces
