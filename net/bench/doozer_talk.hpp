#pragma once

/// Doozer's protocol as a load: SETs whatever the revision, and linearizable GETs.

#include <string>

#include "net/bench/talk.hpp"

namespace decree::net {

/// Files are /bench/0, /bench/1, ... and hold `value_size` bytes. A secret that is not empty is
/// said first.
[[nodiscard]] TalkMaker doozer_talk(const std::string& secret, std::size_t value_size);

}  // namespace decree::net
