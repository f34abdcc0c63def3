#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "traces/render/view.hpp"

namespace decree::traces {

/// The view that the options of a command line ask for; empty ones ask for nothing. Else which one
/// is wrong, and how it should be.
[[nodiscard]] std::expected<View, std::string> read_view(std::string_view slots,
                                                         std::string_view nodes,
                                                         std::string_view from,
                                                         std::string_view to);

}  // namespace decree::traces
