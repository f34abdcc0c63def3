#pragma once

/// Histories from files.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "props/history/history.hpp"
#include "props/history/model.hpp"

namespace decree::traces {

/// What cannot be read.
struct BadHistory {
    std::uint32_t line{};  ///< From 1.
    std::string what;      ///< For a person: what is wrong, and how to mend it.
    bool operator==(const BadHistory&) const = default;
};

/// Reads any of the formats of README.md; the first line that is not blank tells which. No line at
/// all is a history without events.
[[nodiscard]] std::expected<history::History, BadHistory> read_history(std::string_view text,
                                                                       const history::Model& model);

}  // namespace decree::traces
