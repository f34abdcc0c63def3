#pragma once

/// What a node answers from its own store, without asking the cluster: reads at a revision, and
/// watches. Every node has the same at a revision, so its own will do. Not replicated: whoever asks
/// elsewhere, or after a restart, asks anew.
///
/// The driver tells it what clients want, and passes on what it answers, when the node has executed
/// something and when its clients take what they are told.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "core/ids.hpp"
#include "core/store/answer.hpp"
#include "core/store/query.hpp"
#include "core/store/state.hpp"
#include "core/store/watch.hpp"

namespace decree::store {

/// Who asked: a connection, and the tag by which it knows its question.
struct Asker {
    ClientId client;
    std::uint64_t tag{};
    auto operator<=>(const Asker&) const = default;
};

struct LocalAnswer {
    Asker to;
    /// Of a read; of a watch; or why neither is served.
    std::variant<QueryAnswer, Told, Refusal> what;
    bool operator==(const LocalAnswer&) const = default;
};
using LocalAnswers = std::vector<LocalAnswer>;

/// A watcher is told one thing, and the next only when it asks for more: one that lags costs its
/// place, and no memory.
class LocalService {
public:
    explicit LocalService(const TakeLimits& limits = {}) : limits_(limits) {}

    /// Answered at once, or by next() when the store has reached the revision. A question about the
    /// present gets this node's own, which may be behind. In place of what this asker asked before.
    [[nodiscard]] std::optional<LocalAnswer> read(Asker asker, const StoreQuery& question,
                                                  const State& state);
    /// Answered by next() when there is something to tell; at once, when it is refused. REQUIRES:
    /// no question of this asker is open.
    [[nodiscard]] std::optional<LocalAnswer> watch(Asker asker, const WatchRequest& request,
                                                   const State& state);
    /// The watcher has taken what it was told. Nothing happens when there is no such watcher.
    void more(Asker asker);
    /// Nobody waits for that any more.
    void cancel(Asker asker);

    /// A connection takes nothing: none of its watchers is told anything, nor one that comes
    /// meanwhile, whoever asks for more.
    void hold(ClientId client);
    /// It takes again: as if each of its watchers asked for more.
    void more(ClientId client);
    /// It is gone, with all that it asked.
    void gone(ClientId client);

    /// What somebody is to be told next. To be asked for until there is nothing: after the node has
    /// executed slots or installed a snapshot, after watch() and more(), and while behind(). Until
    /// there is nothing once, nobody is told two things, however soon it asks for more, and not
    /// more is done than TakeLimits say: for so long the driver may do nothing else.
    [[nodiscard]] std::optional<LocalAnswer> next(const State& state);
    /// Whether there is more to do at once.
    [[nodiscard]] bool behind() const {
        return tired_ || !watches_.looked() || !watches_.ready().empty();
    }

    [[nodiscard]] bool watches(Asker asker) const { return watchers_.contains(asker); }
    /// Questions that are open.
    [[nodiscard]] std::size_t size() const { return reads_.size() + watchers_.size(); }

private:
    struct Reading {
        StoreQuery question;
        Revision revision;
        std::uint64_t ticket{};
    };
    [[nodiscard]] bool tired() const { return cost_ >= limits_.in_one_go; }
    [[nodiscard]] std::optional<LocalAnswer> next_told(const State& state);
    [[nodiscard]] std::optional<LocalAnswer> next_read(const State& state);
    [[nodiscard]] std::optional<LocalAnswer> tell(WatchId id, const State& state);
    void forget(std::map<Asker, WatchId>::iterator watcher);
    template <class F>
    void for_watchers(ClientId client, F what);

    TakeLimits limits_;
    std::set<ClientId> held_;
    std::map<Asker, Reading> reads_;
    std::map<std::uint64_t, Asker> by_ticket_;
    std::uint64_t last_ticket_ = 0;
    RevisionWaits ahead_;
    std::map<Asker, WatchId> watchers_;
    std::map<WatchId, Asker> by_watch_;
    Watches watches_;
    WatchId asked_;         // Through here next() has looked at who is ready.
    bool begun_ = false;    // Somebody was told something since next() last said nothing.
    std::size_t cost_ = 0;  // Of what was told since then.
    bool tired_ = false;    // It said nothing because that was enough.
};

}  // namespace decree::store
