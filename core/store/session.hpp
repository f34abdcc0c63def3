#pragma once

/// Sessions: who must show signs of life, or loses the files that are bound to it. Their time is
/// cluster time, which reaches every replica in slots, so all see a session end in the same slot;
/// it stands still between leaders, so none ends early. Not to be confused with a leader's lease.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/store/ordered.hpp"
#include "core/store/path.hpp"
#include "core/store/revision.hpp"

namespace decree::store {

/// Later than any end.
inline constexpr ClusterTime no_end{std::numeric_limits<std::uint64_t>::max()};
/// An end never wraps into the past.
constexpr ClusterTime operator+(ClusterTime time, std::uint64_t us) {
    const std::uint64_t sum = time.value + us;
    return sum < us ? no_end : ClusterTime{sum};
}

/// Of things that end: the earliest end, and a digest.
struct EndMeasure {
    ClusterTime earliest = no_end;
    std::uint64_t digest = 0;
    friend EndMeasure operator+(EndMeasure a, EndMeasure b) {
        return {.earliest = std::min(a.earliest, b.earliest), .digest = a.digest + b.digest};
    }
};

struct NoMeasure {
    friend NoMeasure operator+(NoMeasure, NoMeasure) { return {}; }
};
struct PathOrder {
    using Key = WalkOrder;
    using Measure = NoMeasure;
    static Key key(const std::string& path) { return {path}; }
    static Measure measure(const std::string&) { return {}; }
};
using Paths = Ordered<std::string, PathOrder>;

struct Session {
    SessionId id;
    std::uint64_t ttl_us{};
    ClusterTime end;  ///< It has ended when a slot's stamp reaches this.
    Paths files;      ///< Bound to it. The tree says the same, file by file.
};
struct SessionOrder {
    using Key = SessionId;
    using Measure = EndMeasure;
    static Key key(const Session& session) { return session.id; }
    static Measure measure(const Session& session);
};

/// All open sessions; a value that costs nothing to copy.
class Sessions {
public:
    /// Opens one. The first is 1.
    SessionId open(std::uint64_t ttl_us, ClusterTime now);
    /// A sign of life. REQUIRES: find(id).
    void keep_alive(SessionId id, ClusterTime now);
    void close(SessionId id) { sessions_.erase(id); }
    /// Nullptr: never opened, or over.
    [[nodiscard]] const Session* find(SessionId id) const { return sessions_.find(id); }
    /// Whether it is open and has not reached its end; it may have, and wait to be expired.
    [[nodiscard]] bool alive(SessionId id, ClusterTime now) const;
    /// The session of least number that has reached its end, if any.
    [[nodiscard]] std::optional<SessionId> expired(ClusterTime now) const;
    /// The earliest end of all.
    [[nodiscard]] std::optional<ClusterTime> earliest_end() const;

    /// The file at `path` is bound to `to` now and was to `from`; either may be none, or over.
    void rebind(const std::string& path, SessionId from, SessionId to);

    [[nodiscard]] std::size_t size() const { return sessions_.size(); }
    /// In order of id.
    [[nodiscard]] const Session& operator[](std::size_t index) const { return sessions_[index]; }
    /// The id of the next one that is opened.
    [[nodiscard]] SessionId next() const { return next_; }
    /// As read from a snapshot, in order of id. False when it is not in order.
    [[nodiscard]] bool restore(const Session& session);
    void restore_next(SessionId next) { next_ = next; }
    [[nodiscard]] std::uint64_t digest() const;

private:
    Ordered<Session, SessionOrder> sessions_;
    SessionId next_{1};
};

}  // namespace decree::store
