#pragma once

namespace decree::traces {

/// From now on SIGINT and SIGTERM ask for an end instead of making one; another one, at least a
/// quarter of a second later, ends the process as usual.
void watch_for_interrupts();

/// Whether one has come.
[[nodiscard]] bool interrupted();

}  // namespace decree::traces
