#pragma once

#include <string>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/node/node.hpp"
#include "traces/render/picture.hpp"

namespace decree::traces {

/// What a row of a picture says of a step: the rules that are not routine, in words.
[[nodiscard]] std::string row_words(NodeId actor, const Event& event, const Effects& effects);

/// What a step changed that matters for agreement, each in two or three words.
[[nodiscard]] std::vector<Chip> chips_of(const Effects& effects, const Node& after);

}  // namespace decree::traces
