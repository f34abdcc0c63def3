#pragma once

#include <string>

#include "core/effects.hpp"
#include "core/event.hpp"
#include "core/node/node.hpp"
#include "traces/render/words.hpp"

namespace decree::traces {

/// Whether the step came too late to matter: a promise for a leader.
[[nodiscard]] bool is_late_promise(const Event& event, const Node& after, const Effects& effects);

/// What a picture says of a step, the node being the subject: what matters, in few words. Empty
/// when nothing does.
[[nodiscard]] std::string brief_words(const Event& event, const Node& after, const Effects& effects,
                                      const Names& names);

/// The same where nothing else stands on the row: never empty.
[[nodiscard]] std::string some_words(const Event& event, const Node& after, const Effects& effects,
                                     const Names& names);

/// The same of a step that has a row of its own: never empty.
[[nodiscard]] std::string row_words(const Event& event, const Node& after, const Effects& effects,
                                    const Names& names);

}  // namespace decree::traces
