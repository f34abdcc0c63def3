#pragma once

/// Doozer's numbers of states.

#include <cstdint>

#include "core/ids.hpp"

namespace decree::store {

/// The number of a state of the whole store: 0 is the empty store, every applied write or no-op
/// makes the next one. Of a file: the state in which it was last set. Signed, because Doozer's
/// clients say and are told special things by numbers below 1.
using Revision = Strong<struct RevisionTag, std::int64_t>;

/// The revision of what does not exist; in a SET "only if it does not exist".
inline constexpr Revision missing{0};
/// As an argument: whatever the file's revision is.
inline constexpr Revision clobber{-1};
/// The revision of a directory.
inline constexpr Revision directory_revision{-2};

constexpr Revision next(Revision revision) { return Revision{revision.value + 1}; }
constexpr Revision previous(Revision revision) { return Revision{revision.value - 1}; }

/// Names a session for ever: 1, 2, ... in the order in which they were opened. 0 is none.
using SessionId = Strong<struct SessionIdTag, std::uint64_t>;
inline constexpr SessionId no_session{0};

}  // namespace decree::store
