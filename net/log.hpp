#pragma once

/// What a server says while it runs, on standard error.

#include <string>
#include <string_view>

namespace decree::net {

/// "error", "warning", "info" or "debug": this and what is graver is said. False: no such level.
[[nodiscard]] bool set_log_level(std::string_view level);
/// Says all at "debug", or no more than set_log_level() told, by turns. Whether it is all now.
[[nodiscard]] bool toggle_debug();
/// Whether anything is said at "debug".
[[nodiscard]] bool logs_debug();

void log_error(const std::string& line);
void log_warning(const std::string& line);
void log_info(const std::string& line);
void log_debug(const std::string& line);

}  // namespace decree::net
