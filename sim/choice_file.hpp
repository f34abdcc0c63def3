#pragma once

/// All choices of one run as a file, so that the run can be made again on any machine and with any
/// later version of the generator. A text; its lines are, in this order:
///
///     decree-choices 1
///     profile NAME
///     nodes N
///     seed S
///     SITE ENTITY CHOICES...
///     check 0123456789abcdef
///
/// `nodes` is what --nodes said, 0 for nothing; `seed` is where the choices came from and decides
/// nothing any more. Then comes one line for each stream, in order of site and entity; a stream of
/// which nothing is said answers 0. A choice is VALUE/ARITY, and xTIMES behind it when several
/// alike follow each other: `Fate 66 0/100x12 3/100 0/100`. The last line is the XXH3-64 of all
/// bytes before it, in hexadecimal.
///
/// Whoever edits the file writes `check edited`, and it is taken as it is.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/codec.hpp"
#include "sim/choices.hpp"

namespace decree::sim {

/// What makes a run, whole.
struct ChoiceFile {
    std::string profile;
    std::uint64_t nodes{};
    std::uint64_t seed{};
    ChoiceRecord record;
    bool operator==(const ChoiceFile&) const = default;
};

/// Its text. REQUIRES: the profile's name holds no blank.
[[nodiscard]] std::string to_text(const ChoiceFile& file);

/// Whether a file that begins so is meant to be one of these.
[[nodiscard]] bool looks_like_choices(std::string_view text);

/// Reads what anybody may have written. The error's offset is that of the line that is wrong.
[[nodiscard]] std::expected<ChoiceFile, BadBytes> read_choices(std::string_view text);

}  // namespace decree::sim
