#pragma once

/// What a step changed at its node, for whoever asks what there is to see of it.

#include <string>

#include "core/effects.hpp"
#include "core/node/node.hpp"

namespace decree::traces {

/// What of a node is compared before and after a step.
struct Standing {
    Ballot promised;
    Role role{};
    Ballot ballot;
    Slot chosen_through;
};
[[nodiscard]] Standing standing_of(const Node& node);

/// "promised 2.3 (before: 1.1); slot 1 holds 2.3 X". Empty when nothing changed that others could
/// ever notice.
[[nodiscard]] std::string change_words(const Standing& before, const Node& after,
                                       const Effects& effects);

}  // namespace decree::traces
