#pragma once

/// Values from words, for tests of the core.

#include <string_view>

#include "core/value.hpp"

namespace decree {

inline Value value(std::string_view text) { return Value(as_bytes(text)); }

}  // namespace decree
