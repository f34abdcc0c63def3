#pragma once

#include <string>

#include "traces/format.hpp"
#include "traces/render/view.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// What a run is: its title, its seed, its nodes.
[[nodiscard]] std::string headline(const Trace& trace);

/// "#12 t=1.250 ms"; "#12" where time stands still.
[[nodiscard]] std::string event_head(const Moment& moment, bool by_hand);

/// The run told: a sentence for each event, with its number, its time, who acts, the event that
/// caused it, each rule taken, the rule's source, and what changed. A run by hand is told under the
/// lines of its scenario. Events in which nothing happened are counted, unless `view` wants all. If
/// the trace does not replay, the last line says so.
[[nodiscard]] std::string render_text(const Trace& trace, const View& view = {});

}  // namespace decree::traces
