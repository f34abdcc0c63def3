#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/store/watch.hpp"
#include "props/ghost/store_ghost.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// Who watches at a node, as its words and what it was told say.
struct Subscription {
    store::WatchRequest request;
    store::Revision next;  ///< It was told all that matches and lies before.
    bool wants = true;     ///< It waits, and has not been told something it did not take yet.
};

/// WatchDelivery: a watcher is told each event that matches its glob, from its first revision on,
/// exactly once and in order, the events of a command together; one thing, and the next when it has
/// taken that, so that nothing is kept for who lags; its marks of progress are true; and
/// it is "too late" where history has lost what it was not told, and only there.
/// `retained`: what its node has. Takes the subscription on, past what was told.
[[nodiscard]] std::optional<Violation> told_in_order(NodeId node, Subscription& watcher,
                                                     const store::Told& told,
                                                     const std::vector<store::Event>& events,
                                                     const Retained& retained);

/// ... and when the node has told all that it wants to, nothing is left that a waiting watcher
/// should know.
[[nodiscard]] std::optional<Violation> nothing_is_owed(NodeId node, const Subscription& watcher,
                                                       const std::vector<store::Event>& events,
                                                       const Retained& retained);

/// ... a watch is refused when its glob is none or too long, when as many are `open` at that node
/// as the limit says, or when it begins before what is retained; in that order, and only then.
[[nodiscard]] std::optional<Violation> watch_is_refused(NodeId node,
                                                        const store::WatchRequest& request,
                                                        const store::Refusal& refusal,
                                                        const Retained& retained, std::size_t open,
                                                        const store::StoreSettings& settings);

}  // namespace decree::props
