#pragma once

#include <string>

#include "core/event.hpp"

namespace decree::props {

/// What kind of step it is, without numbers: "Durable", "Received Accept".
[[nodiscard]] std::string step_kind(const Event& event);

}  // namespace decree::props
