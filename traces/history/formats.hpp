#pragma once

/// One line of each format.

#include <expected>
#include <string>
#include <string_view>

#include "traces/history/builder.hpp"

namespace decree::traces {

/// Errors are for a person: what is wrong, and how to mend it.
using LineOf = std::expected<HistoryEvent, std::string>;

/// `INFO  jepsen.util - 4  :invoke  :cas  [1 2]`
[[nodiscard]] LineOf read_jepsen_line(std::string_view line);

/// `{:process 0, :type :ok, :f :get, :key "7", :value "x"}`
[[nodiscard]] LineOf read_edn_line(std::string_view line);

/// `{"process":0,"type":"ok","f":"get","key":"7","value":"x","revision":3}`
[[nodiscard]] LineOf read_json_line(std::string_view line);

}  // namespace decree::traces
