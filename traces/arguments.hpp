#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "traces/format.hpp"
#include "traces/render/view.hpp"

namespace decree::traces {

/// The view that the options of a command line ask for; empty ones ask for nothing. Else which one
/// is wrong, and how it should be. `known`: nodes that may be named by how their name begins.
[[nodiscard]] std::expected<View, std::string> read_view(std::string_view slots,
                                                         std::string_view nodes,
                                                         std::string_view from, std::string_view to,
                                                         const std::vector<NodeId>& known = {});

/// "events" or "time"; else how it should be. Empty: events.
[[nodiscard]] std::expected<Scale, std::string> read_scale(std::string_view text);

/// Nothing when the run, whose last slot is `last`, has what `view` asks for; else what it has not,
/// and what it has.
[[nodiscard]] std::optional<std::string> check_view(const View& view, const Trace& trace,
                                                    Slot last);

/// "12", a number of an event from 1 on; else how it should be.
[[nodiscard]] std::expected<std::uint64_t, std::string> read_event_number(std::string_view text);

}  // namespace decree::traces
