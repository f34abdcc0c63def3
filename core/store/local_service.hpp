#pragma once

/// What a node answers from its own store, without asking the cluster: reads at a revision, and
/// watches. Every node has the same at a revision, so its own will do. Not replicated: whoever asks
/// elsewhere, or after a restart, asks anew.
///
/// The driver tells it what clients want and when the node has executed something, and passes on
/// what it answers.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
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
    /// Answered at once, or when the store reaches the revision. A question about the present gets
    /// this node's own, which may be behind.
    void read(Asker asker, const StoreQuery& question, const State& state, LocalAnswers& out);
    /// Answered when there is something to tell; at once, when it is refused. REQUIRES: no question
    /// of this asker is open.
    void watch(Asker asker, const WatchRequest& request, const State& state, LocalAnswers& out);
    /// The watcher has taken what it was told. Nothing happens when there is no such watcher.
    void more(Asker asker, const State& state, LocalAnswers& out);
    /// Nobody waits for that any more.
    void cancel(Asker asker);
    /// The connection is gone, with all that it asked.
    void gone(ClientId client);
    /// The node has executed slots, or installed a snapshot. After each step that did; also while
    /// behind(), at any time.
    void executed(const State& state, LocalAnswers& out);

    [[nodiscard]] bool watches(Asker asker) const { return watchers_.contains(asker); }
    /// Whether somebody can be told more at once: events are gathered in bounded amounts.
    [[nodiscard]] bool behind() const;
    /// Questions that are open.
    [[nodiscard]] std::size_t size() const { return reads_.size() + watchers_.size(); }

private:
    struct Reading {
        StoreQuery question;
        Revision revision;
        std::uint64_t ticket{};
    };
    struct Watcher {
        WatchId id;
        bool wants = true;  // Has asked for more.
        std::optional<Told> mark;
    };

    void tell(Asker asker, Watcher& watcher, const State& state, LocalAnswers& out);
    void forget(std::map<Asker, Watcher>::iterator watcher);

    std::map<Asker, Reading> reads_;
    std::map<std::uint64_t, Asker> by_ticket_;
    std::uint64_t last_ticket_ = 0;
    RevisionWaits ahead_;
    std::map<Asker, Watcher> watchers_;
    std::map<WatchId, Asker> by_watch_;
    Watches watches_;
};

}  // namespace decree::store
