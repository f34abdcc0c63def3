#pragma once

/// Spans of time as people write them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace decree::net {

/// Microseconds of a text like "300ms", "1m30s", "10s", "1h"; nothing when it is none, or longer
/// than a thousand days. "0" needs no unit.
[[nodiscard]] std::optional<std::uint64_t> parse_duration(std::string_view text);

/// The same the other way round, in as many of the largest unit that leaves nothing over.
[[nodiscard]] std::string to_duration_text(std::uint64_t microseconds);

}  // namespace decree::net
