#pragma once

/// Runs by hand: a scenario's lines as they stand in it.

#include <cstdint>
#include <optional>
#include <string>

#include "traces/note.hpp"

namespace decree::traces {

/// A line of a scenario, from the remark that its run leaves: "line 7: drop accept N1>N3 // why".
struct HandLine {
    std::uint64_t number{};
    std::string words;
    std::string comment;
    bool expects{};  ///< It does nothing: it says what must hold.
};

/// Nothing for any other note.
[[nodiscard]] std::optional<HandLine> read_hand_line(const Note& note);

}  // namespace decree::traces
