#pragma once

/// Who waits for events at this node. Not replicated: part of no digest of the state, of no
/// snapshot. Driven by the history as it grows.
///
/// The contract, for each watcher: events come in order of revision; each that matches and is not
/// before its beginning comes exactly once, and none is left out while history has it; those of one
/// command come together; where history has lost one that it was not told, it is told TooLate and
/// that is all. A watcher holds no events, only its place: one that lags costs nothing more.
///
/// An event costs a look-up for each name in its path, however many watch there: it is noted with
/// those whose globs begin alike, and they are looked at by and by, a bounded number at a time.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/store/answer.hpp"
#include "core/store/event.hpp"
#include "core/store/glob.hpp"
#include "core/store/history.hpp"
#include "core/store/settings.hpp"

namespace decree::store {

/// Names a watcher of this node: 1, 2, ...
using WatchId = Strong<struct WatchIdTag, std::uint64_t>;

enum class WatchKind : std::uint8_t {
    Once,    ///< Doozer's WAIT: over after one event.
    Stream,  ///< All events, whole commands together.
};

struct WatchRequest {
    std::string glob;
    /// The first revision of interest; may lie ahead. Below 1 is 1.
    Revision from;
    WatchKind kind{};
    /// Of a Stream: when so many revisions went by without an event, it is told that it has missed
    /// none. 0: never.
    std::uint64_t mark_every{};
    bool operator==(const WatchRequest&) const = default;
};

/// What a watcher is told.
struct Told {
    Code code{};                ///< Ok; or TooLate, and the watcher is gone.
    std::vector<Event> events;  ///< None: a mark of progress.
    /// It has now been told all that matches through here. A stream that is asked for again from
    /// the next revision on misses nothing and repeats nothing.
    Revision through;
    bool operator==(const Told&) const = default;
};

/// How much one Told gathers: more only to end with a whole command.
struct TakeLimits {
    std::size_t events = 256;
    std::size_t bytes = 1U << 18U;
    std::size_t looked_at = 4096;  ///< Events, whether they match or not: bounds a step.
    /// Pairs of a watcher and an event that are looked at in one go, and again so many to tell.
    std::size_t in_one_go = 16'384;
};

/// Without bound.
inline constexpr std::size_t all_of_them = std::numeric_limits<std::size_t>::max();

class Watches {
public:
    /// Refused: what is no glob, a limit; TooLate when `from` is not retained.
    [[nodiscard]] std::expected<WatchId, Refusal> add(const WatchRequest& request,
                                                      const History& history,
                                                      const StoreSettings& settings);
    /// The client has enough, or went away. Nothing happens when it is gone already.
    void remove(WatchId id);

    /// The store applied a slot, or became that of a snapshot. After every slot, or watchers may
    /// find themselves too late without having lagged. REQUIRES: revisions never go back.
    void advance(const History& history) {
        note(history);
        static_cast<void>(look(history, all_of_them));
    }
    /// The same in two parts: what happened is noted;
    void note(const History& history);
    /// and who wants that is looked for, in at most `most` pairs of a watcher and an event (and
    /// those of one watcher more). Whether all is done; else there is more to look at.
    bool look(const History& history, std::size_t most);
    [[nodiscard]] bool looked() const { return dirty_.empty(); }
    /// Who may be told something: take() from each, and again while it is here.
    [[nodiscard]] const std::set<WatchId>& ready() const { return ready_; }
    /// That watcher takes nothing now: it keeps its place, and until it is resumed it is not in
    /// ready() and no mark of it is due. REQUIRES, of both: it is here.
    void pause(WatchId id);
    void resume(WatchId id);
    /// What that watcher is told next; nothing when there is nothing (yet: it may be ready still).
    /// A Once is gone when it has been told. `cost` grows by the events that were looked at.
    [[nodiscard]] std::optional<Told> take(WatchId id, const History& history,
                                           const TakeLimits& limits, std::size_t& cost);
    [[nodiscard]] std::optional<Told> take(WatchId id, const History& history,
                                           const TakeLimits& limits = {}) {
        std::size_t cost = 0;
        return take(id, history, limits, cost);
    }
    /// A watcher whose mark is due, and the mark; nothing when there is none (more), or something
    /// is to be looked at before.
    [[nodiscard]] std::optional<std::pair<WatchId, Told>> take_mark();

    [[nodiscard]] bool contains(WatchId id) const { return watchers_.contains(id); }
    [[nodiscard]] std::size_t size() const { return watchers_.size(); }
    bool operator==(const Watches&) const = default;
    [[nodiscard]] std::uint64_t digest() const;

private:
    struct Watcher {
        Glob glob;
        WatchKind kind{};
        std::uint64_t mark_every{};
        // Events before are none of its affair: told, or not wanted, or no match. Of one that is
        // not behind the same holds of all through seen_ but for those in its bucket.
        Revision next;
        Revision due;  // Of the next mark, in marks_ unless it is paused or behind; 0: none.
        bool behind = false;
        bool paused = false;
        bool operator==(const Watcher&) const = default;
    };

    // Watchers whose globs begin alike.
    struct Bucket {
        std::set<WatchId> watchers;
        // Revisions that may concern them, ascending. They are looked at in rounds: all watchers,
        // in order, each at the first `round` of the revisions; through `done` they have been.
        std::vector<Revision> events;
        std::size_t round = 0;
        WatchId done;
        bool operator==(const Bucket&) const = default;
    };

    void fall_behind(WatchId id, Watcher& watcher, Revision next);
    void note(Revision revision, std::string_view prefix);
    std::size_t look(Bucket& bucket, const History& history, std::size_t most);
    std::size_t look(WatchId id, std::span<const Revision> events, const History& history);
    void set_due(WatchId id, Watcher& watcher, Revision told);

    std::map<WatchId, Watcher> watchers_;
    // By what their globs begin with: see Glob::literal_prefix().
    std::map<std::string, Bucket, std::less<>> by_prefix_;
    std::deque<std::string> dirty_;  // Those with events, each once, in turn.
    std::set<WatchId> ready_;        // Those that are behind, and not paused.
    std::set<std::pair<Revision, WatchId>> marks_;
    Revision seen_;  // The last revision that advance() saw.
    WatchId last_;   // That was given.
};

/// Reads at revisions that the store has not reached, by tickets of whoever asks.
class RevisionWaits {
public:
    void add(Revision revision, std::uint64_t ticket) { waits_.emplace(revision, ticket); }
    /// Forgets a ticket; nothing happens when it is not waiting.
    void remove(Revision revision, std::uint64_t ticket) { waits_.erase({revision, ticket}); }
    /// A ticket whose revision is reached, lowest revision first; nothing when there is none
    /// (more). Ask the query again now: it is answered from history, or TooLate.
    [[nodiscard]] std::optional<std::uint64_t> take(Revision reached);
    [[nodiscard]] std::size_t size() const { return waits_.size(); }
    bool operator==(const RevisionWaits&) const = default;

private:
    std::set<std::pair<Revision, std::uint64_t>> waits_;
};

}  // namespace decree::store
