#pragma once

/// Histories to files.

#include <string>

#include "props/history/history.hpp"

namespace decree::traces::jsonl {

/// In our own format. Reading it gives the same history, save lines and the numbers of events: of a
/// call without an answer only the invocation is written.
[[nodiscard]] std::string write(const history::History& history);

}  // namespace decree::traces::jsonl
