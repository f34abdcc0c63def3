#pragma once

/// What stands at the foot of a picture.

#include <string>

#include "traces/render/layout.hpp"
#include "traces/render/picture.hpp"

namespace decree::traces {

/// What the signs mean that the picture holds.
[[nodiscard]] std::string legend_words(const Picture& picture);

/// Adds to `layout`, below all that is there, what each node holds of each slot in the end, where
/// there is more than one slot. Returns the height that is used then.
[[nodiscard]] double place_log(const Picture& picture, double left, double right, Layout& layout);

}  // namespace decree::traces
