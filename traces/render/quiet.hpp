#pragma once

/// What is said of steps that took no rule.

#include <string>
#include <string_view>

#include "core/event.hpp"
#include "core/node/node.hpp"
#include "core/paxos/message.hpp"

namespace decree::traces {

/// What is said of a step that took no rule, and of which nobody outside can notice anything.
[[nodiscard]] std::string quiet_words(const Event& event, const Node& after);
/// The idea that such a step obeys: paper and section. Empty where there is none: then the words
/// say which state makes the node do nothing.
[[nodiscard]] std::string_view quiet_source(const Event& event);

/// Where the message comes from: paper and section.
[[nodiscard]] std::string_view message_source(const Message& message);

}  // namespace decree::traces
