#pragma once

/// Histories to files.

#include <string>

#include "props/history/history.hpp"

namespace decree::traces {

/// In our own format. Reading it gives the same history, save lines and the numbers of events: of a
/// call without an answer only the invocation is written.
[[nodiscard]] std::string to_jsonl(const history::History& history);

}  // namespace decree::traces
