#pragma once

/// What the program reads from stdin and writes to stdout and stderr. Failures are not passed over:
/// a value that was not read whole is not stored, and an answer that was not written is no success.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace decree::net {

/// To be called before anything is opened: no file or socket gets the number of a standard stream
/// that is closed. Reads and writes there fail from then on. False: it cannot be done.
[[nodiscard]] bool occupy_standard_descriptors();

/// All of stdin, or why not, in a line. More than `most` bytes are refused.
[[nodiscard]] std::expected<std::string, std::string> read_standard_input(std::size_t most);

/// To stdout, as it is.
void print(std::string_view text);
/// To stderr, at once. Where that takes nothing, there is nobody to tell.
void print_error(std::string_view text);

/// Has stdout take what was printed. False: something was not taken, now or before.
[[nodiscard]] bool flush_output();
/// The program's exit status, when `status` is its verb's: 2 instead of success when some of what
/// was printed was not taken, which is told.
[[nodiscard]] int finish_output(int status);

}  // namespace decree::net
