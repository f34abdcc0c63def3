#pragma once

/// What the clients of a recorded run saw.

#include <expected>

#include "props/history/history.hpp"
#include "traces/format.hpp"
#include "traces/replay.hpp"

namespace decree::traces {

/// The history of a run's clients, for the model kv: the log of texts is one key, `log`, to which
/// commands append. A text stands there as its first bytes and, where it is long, a digest of it,
/// and ends with a semicolon. Whatever else clients asked and were answered has seen the log, as a
/// get. What a client was told is told by what the nodes' logs held; where none ever held that, by
/// its length and digest, which no order explains.
///
/// The revision of an answer is the length of the log that it tells. A call that is repeated is one
/// call. Every call that overlaps others of its client has a process of its own.
///
/// Stops where the trace does not replay: it would not be the run's history.
[[nodiscard]] std::expected<history::History, Difference> run_history(const Trace& trace);

}  // namespace decree::traces
