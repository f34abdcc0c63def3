#pragma once

/// Operations and calls, as a person would say them.

#include <optional>
#include <string>
#include <string_view>

#include "props/history/history.hpp"

namespace decree::history {

/// "read", "cas", ...
[[nodiscard]] std::string_view name_of(Function function);
/// The function of that name, if there is one.
[[nodiscard]] std::optional<Function> find_function(std::string_view name);

/// "write 3", "cas [1 2]", "append "x" to "7"". Long texts are cut in the middle.
[[nodiscard]] std::string words(const Operation& operation);
/// The same, with what it was told: "read, told nil", "cas [1 2], refused".
[[nodiscard]] std::string words(const Call& call);

/// In quotation marks and on one line; long texts are cut in the middle.
[[nodiscard]] std::string quoted(const std::string& text);

}  // namespace decree::history
