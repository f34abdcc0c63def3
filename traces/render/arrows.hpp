#pragma once

#include "traces/render/layout.hpp"
#include "traces/render/picture.hpp"

namespace decree::traces {

/// Adds to `layout`, in which all else has its place, a path for each arrow, and its words where
/// they are near it, between `left` and `right`, hide no mark and no label, and few arrows.
void place_arrows(const Picture& picture, double left, double right, Layout& layout);

}  // namespace decree::traces
