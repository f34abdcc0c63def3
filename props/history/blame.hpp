#pragma once

/// A history has no order: since when, and which two calls contradict each other?

#include <cstdint>
#include <span>
#include <vector>

#include "props/history/history.hpp"
#include "props/history/model.hpp"
#include "props/history/search.hpp"

namespace decree::history {

/// Why a history is not linearizable. Its calls are those of the history that was judged.
struct Contradiction {
    /// The events up to this one have no order, and those before it have one: the shortest prefix
    /// that fails. It ends in the return of `second`.
    Moment prefix{};
    bool shortest = true;  ///< False: a shorter one was too hard to judge.
    const Call* second{};
    /// Another call that returned by then; null when there is none. `second` is not to be
    /// reconciled with it: if what returned after `first` is forgotten (each such call may have
    /// taken effect at any time since its invocation, or never; a refused one did not), there is
    /// still no order; if `first` is forgotten as well, there is one.
    const Call* first{};
    /// How sure that is.
    enum class Kind : std::uint8_t {
        Pair,    ///< As said above.
        Lonely,  ///< No order has `second`, whatever else is forgotten. `first` returned before it.
        Nearest  ///< Too hard to say: `first` is the last that changed something before it.
    };
    Kind kind{};
    /// Some states in which the object could be when `second` returned, ascending; a few of them,
    /// or none when they are too many to look for.
    std::vector<State> possible;
};

struct FailingPrefix {
    Moment end{};
    bool shortest = true;  ///< False: a shorter one was too hard to judge.
};
/// The shortest prefix that fails. `calls`: of one object, by invocation; their events up to `to`
/// have no order. `from`: no return before this one is in the way of an order.
[[nodiscard]] FailingPrefix shortest_failing_prefix(std::span<const Call* const> calls,
                                                    const Model& model, Moment from, Moment to,
                                                    const Limits& limits, Watcher* watcher);

/// The two calls.
[[nodiscard]] Contradiction blame(std::span<const Call* const> calls, const Model& model,
                                  const FailingPrefix& failing, Watcher* watcher);

}  // namespace decree::history
