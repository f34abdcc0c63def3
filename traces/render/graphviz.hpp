#pragma once

/// Pictures drawn by Graphviz: its program `neato` must be installed.

#include <expected>
#include <string>

#include "core/codec.hpp"
#include "traces/format.hpp"
#include "traces/render/view.hpp"

namespace decree::traces {

/// The run's space-time diagram as SVG. Else what is wrong, and how to mend it.
[[nodiscard]] std::expected<ByteBuffer, std::string> render_svg(const Trace& trace,
                                                                const View& view = {});
/// The same as PNG, at 96 dots an inch. Refuses what is larger than the 32,767 pixels that a side
/// may have.
[[nodiscard]] std::expected<ByteBuffer, std::string> render_png(const Trace& trace,
                                                                const View& view = {});

/// The SVG put into a file: see write_file.
[[nodiscard]] std::expected<void, std::string> render_svg_file(const Trace& trace,
                                                               const std::string& path,
                                                               const View& view = {});

/// Has `neato -n2` draw `dot`. `format`: "svg" or "png".
[[nodiscard]] std::expected<ByteBuffer, std::string> draw(const std::string& dot,
                                                          const std::string& format);

}  // namespace decree::traces
