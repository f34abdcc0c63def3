#pragma once

/// How the store answers, in Doozer's words.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/effects.hpp"
#include "core/store/revision.hpp"

namespace decree::store {

enum class Code : std::uint8_t {
    Ok,
    TooLate,      ///< The revision is not retained any more.
    RevMismatch,  ///< Compare-and-set: the file is newer.
    BadPath,
    Range,   ///< No entry has such an offset.
    NotDir,  ///< A file stands where a directory must.
    IsDir,
    NoEnt,
    Other,   ///< The detail says what.
    NotYet,  ///< The store has not reached that revision: ask again then. Never sent to a client.
};

/// The number of an error in Doozer's protocol, and its name there. 0 and "" for what is none.
[[nodiscard]] std::uint32_t code_number(Code code);
[[nodiscard]] std::string_view code_name(Code code);

/// Why something is refused.
struct Refusal {
    Code code{};
    std::string detail;  ///< Of Other only.
    bool operator==(const Refusal&) const = default;
};

/// A refusal that Doozer has no code for.
[[nodiscard]] Refusal other(std::string detail);
/// A refusal that the code says all about.
[[nodiscard]] Refusal plain(Code code);

/// What a refused write leaves in /ctl/err.
[[nodiscard]] std::string reason(const Refusal& refusal);

/// The answer to a command.
struct CommandAnswer {
    Code code{};
    /// Of a write that was done: its (last) revision. Of a lock: its token. Else the store's.
    Revision revision;
    std::string detail;
    SessionId session;                  ///< That was opened.
    std::optional<std::uint32_t> part;  ///< Of a transaction: which part was refused; from 0.
    bool operator==(const CommandAnswer&) const = default;
};

[[nodiscard]] Answer encode_answer(const CommandAnswer& answer);
/// Nothing when the bytes are no CommandAnswer.
[[nodiscard]] std::optional<CommandAnswer> decode_command_answer(const Answer& answer);

}  // namespace decree::store
