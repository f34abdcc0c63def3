#pragma once

/// One line of each format.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "traces/history/builder.hpp"

namespace decree::traces {

/// Errors are for a person: what is wrong, and how to mend it.
using LineOf = std::expected<HistoryEvent, std::string>;

[[nodiscard]] inline std::unexpected<std::string> bad_line(std::string what) {
    return std::unexpected(std::move(what));
}

namespace jepsen {
/// `INFO  jepsen.util - 4  :invoke  :cas  [1 2]`
[[nodiscard]] LineOf read_line(std::string_view line);
}  // namespace jepsen

namespace edn {
/// `{:process 0, :type :ok, :f :get, :key "7", :value "x"}`
[[nodiscard]] LineOf read_line(std::string_view line);
}  // namespace edn

namespace jsonl {
/// `{"process":0,"type":"ok","f":"get","key":"7","value":"x","revision":3}`
[[nodiscard]] LineOf read_line(std::string_view line);
}  // namespace jsonl

}  // namespace decree::traces
