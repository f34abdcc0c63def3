#pragma once

/// Locks: files that a session acquired.
///
/// The revision of the lock file is its token. It grows with every holder, so whoever is guarded by
/// the lock refuses a token lower than one it has seen, and a holder that lost the lock without
/// knowing does no harm ("fencing"; Chubby calls the token a sequencer). For those that cannot look
/// at tokens there is the lock-delay: after a holder's session expired, nobody acquires
/// the lock for some time. Burrows, The Chubby lock service (2006), 2.4.

#include <cstdint>
#include <optional>
#include <string>

#include "core/ids.hpp"
#include "core/store/ordered.hpp"
#include "core/store/path.hpp"
#include "core/store/session.hpp"

namespace decree::store {

/// Nobody acquires the lock at `path` before `until`.
struct LockDelay {
    std::string path;
    ClusterTime until;
    bool operator==(const LockDelay&) const = default;
};
struct DelayOrder {
    using Key = WalkOrder;
    using Measure = EndMeasure;
    static Key key(const LockDelay& delay) { return {delay.path}; }
    static Measure measure(const LockDelay& delay);
};

class LockDelays {
public:
    /// Beyond `most`, the delay that would end first is given up.
    void begin(const std::string& path, ClusterTime until, std::uint32_t most);
    /// Whether the lock at `path` must not be acquired now.
    [[nodiscard]] bool runs(const std::string& path, ClusterTime now) const;
    /// Forgets up to `most` delays that are over.
    void forget(ClusterTime now, std::uint32_t most);

    [[nodiscard]] std::size_t size() const { return delays_.size(); }
    /// In walk order of path.
    [[nodiscard]] const LockDelay& operator[](std::size_t index) const { return delays_[index]; }
    /// As read from a snapshot. False when not in order.
    [[nodiscard]] bool restore(const LockDelay& delay);
    [[nodiscard]] std::uint64_t digest() const;

private:
    // The delay that ends first of those that have ended at `now`, or nullptr.
    [[nodiscard]] const LockDelay* ended(ClusterTime now) const;

    Ordered<LockDelay, DelayOrder> delays_;
};

}  // namespace decree::store
