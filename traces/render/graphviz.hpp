#pragma once

/// Pictures as files, drawn by Graphviz: its program `neato` must be installed.

#include <expected>
#include <string>

#include "traces/format.hpp"
#include "traces/render/view.hpp"

namespace decree::traces {

/// Draws the run's space-time diagram into `path`, which appears whole or not at all. Else says
/// what is wrong, and how to mend it.
[[nodiscard]] std::expected<void, std::string> render_svg_file(const Trace& trace,
                                                               const std::string& path,
                                                               const View& view = {});
/// The same as PNG, at 96 dots an inch. Refuses what is larger than the 32,767 pixels that a side
/// may have.
[[nodiscard]] std::expected<void, std::string> render_png_file(const Trace& trace,
                                                               const std::string& path,
                                                               const View& view = {});

/// Has `neato -n2` draw `dot` into `path`. `format`: "svg" or "png".
[[nodiscard]] std::expected<void, std::string> draw(const std::string& dot,
                                                    const std::string& format,
                                                    const std::string& path);

}  // namespace decree::traces
