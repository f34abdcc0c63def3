#pragma once

/// Text as it comes out on paper: how wide, where broken, what to escape.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace decree::traces {

/// About how wide `text` comes out in Helvetica of that size; rather too much.
[[nodiscard]] double text_width(std::string_view text, double size);
/// The same of bold type.
[[nodiscard]] double bold_width(std::string_view text, double size);
/// `text`, or as much of it as fits into `width`, ending in "..".
[[nodiscard]] std::string fit(std::string_view text, double size, double width);
/// `text` in lines that fit into `width`; at most `lines` of them, the last ending in ".." if that
/// is not enough.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, double size, double width,
                                            std::size_t lines);

/// Control characters become spaces; what is not ASCII becomes "?" if `ascii`.
[[nodiscard]] std::string printable(std::string_view text, bool ascii);
/// For the text of HTML-like labels: printable ASCII, with & < > " escaped.
[[nodiscard]] std::string html_escaped(std::string_view text);
/// For quoted strings of the dot language: printable ASCII, with " and \ escaped.
[[nodiscard]] std::string dot_escaped(std::string_view text);

}  // namespace decree::traces
