#pragma once

/// How far a node's journal reaches at the least, kept beside it: its newest segment, and how long
/// that file is. Without its end a journal would look like one that was never longer.

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>

#include "core/codec.hpp"
#include "core/ids.hpp"
#include "core/journal/recovery.hpp"

namespace decree::net {

struct NewestSegment {
    Position begin;
    std::uint64_t bytes{};  ///< Of the file, room included.
};

/// What is kept in `folder`; nothing where none is. Fails with one line for a person.
[[nodiscard]] std::expected<std::optional<NewestSegment>, std::string> kept_newest(
    const std::string& folder);
/// Keeps it there, durably. REQUIRES: the segment and its name are durable.
[[nodiscard]] std::expected<void, std::string> keep_newest(const std::string& folder,
                                                           const NewestSegment& newest);

/// What the journal in `folder` lacks of what is kept about it: `segments` are all that is there.
[[nodiscard]] std::expected<std::optional<Damage>, std::string> lost_end(
    const std::string& folder, const std::map<Position, ByteBuffer>& segments);

}  // namespace decree::net
