#pragma once

/// All that is replicated. A value: copies share structure.

#include <cstdint>

#include "core/store/electorate.hpp"
#include "core/store/history.hpp"
#include "core/store/lock.hpp"
#include "core/store/session.hpp"
#include "core/store/settings.hpp"

namespace decree::store {

struct State {
    StoreSettings settings;
    History history;  ///< And with it the tree.
    Sessions sessions;
    LockDelays delays;
    Electorate electorate;

    [[nodiscard]] const Tree& tree() const { return history.now(); }
    [[nodiscard]] Revision revision() const { return history.last(); }
    /// Equal states have equal digests, on every machine. O(1), but for the electorate.
    [[nodiscard]] std::uint64_t digest() const;
};

}  // namespace decree::store
