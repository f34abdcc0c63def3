#pragma once

#include <expected>
#include <string>

#include "traces/format.hpp"
#include "traces/render/layout.hpp"
#include "traces/render/picture.hpp"
#include "traces/render/view.hpp"

namespace decree::traces {

/// A picture in the dot language, every position given: for `neato -n2`, which only draws.
[[nodiscard]] std::string write_dot(const Picture& picture, const Layout& layout);

/// The run's space-time diagram, or what to ask for instead.
[[nodiscard]] std::expected<std::string, std::string> render_dot(const Trace& trace,
                                                                 const View& view = {});

}  // namespace decree::traces
