#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// FoundingRecordNeverChanges: a node stores one founding record, and never another, also across
/// restarts; and what it says of a record it has stored durably. DECREE core/node/founding.cpp.
///
/// `node` shows the record with digest `now` (in its journal, in a message, after a restart: `how`)
/// after the one with digest `before`; 0: none.
[[nodiscard]] std::optional<Violation> founding_record_never_changes(NodeId node,
                                                                     std::uint64_t before,
                                                                     std::uint64_t now,
                                                                     std::string_view how);

}  // namespace decree::props
