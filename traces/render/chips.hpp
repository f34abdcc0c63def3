#pragma once

#include <string>
#include <vector>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/node/node.hpp"
#include "traces/render/ledger.hpp"
#include "traces/render/picture.hpp"
#include "traces/render/words.hpp"

namespace decree::traces {

/// What became chosen, in one chip: "slots 6 to 8 CHOSEN". REQUIRES: at least one choice, and
/// either all of them were chosen before in another ballot, or none.
[[nodiscard]] Chip chip_of(const std::vector<Choice>& choices);

/// What a step changed that matters for agreement, each in two or three words.
[[nodiscard]] std::vector<Chip> chips_of(const Effects& effects, const Node& after);

}  // namespace decree::traces
