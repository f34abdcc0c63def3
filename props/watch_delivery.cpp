#include "props/watch_delivery.hpp"

#include <algorithm>

#include "props/store_words.hpp"
#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view watch_property = "WatchDelivery";

Violation wrongly_told(std::string_view kind, NodeId node, const Subscription& watcher,
                       const std::string& what) {
    return violated(watch_property, kind,
                    words(node, " watches ", watcher.request.glob,
                          " for somebody who was told all before ", watcher.next, ", and ", what));
}

const store::Event& event_at(const std::vector<store::Event>& events, store::Revision revision) {
    return events.at(static_cast<std::size_t>(revision.value - 1));
}

// What matches, of revisions `first` through `last`.
std::vector<store::Event> matching(const std::vector<store::Event>& events, const std::string& glob,
                                   store::Revision first, store::Revision last) {
    std::vector<store::Event> found;
    for (store::Revision at = std::max(first, store::Revision{1}); at <= last; at = next(at)) {
        const store::Event& event = event_at(events, at);
        if (store::model::matches(glob, event.path)) found.push_back(event);
    }
    return found;
}

std::string events_in_words(const std::vector<store::Event>& events) {
    std::string text;
    for (const store::Event& event : events) {
        text += (text.empty() ? "" : ", ") + store_event_words(event);
    }
    return text.empty() ? "nothing" : text;
}

std::string through_words(const store::Told& told) {
    return " through " + std::to_string(told.through.value);
}

// Why a watch is refused; nothing: it must not be.
std::optional<store::Refusal> wanted_refusal(const store::WatchRequest& request,
                                             const Retained& retained, std::size_t open,
                                             const store::StoreSettings& settings) {
    const store::Limits& limits = settings.limits;
    const auto other = [](const std::string& detail) {
        return store::Refusal{.code = store::Code::Other, .detail = detail};
    };
    if (request.glob.size() > limits.path_bytes) {
        return other("glob exceeds " + std::to_string(limits.path_bytes) + " bytes");
    }
    if (!store::model::good_glob(request.glob, settings.names)) {
        return other("invalid glob pattern: " + request.glob);
    }
    if (open >= limits.watches) {
        return other("node exceeds " + std::to_string(limits.watches) + " watches");
    }
    if (std::max(request.from, store::Revision{1}) >= retained.first) return std::nullopt;
    return store::Refusal{.code = store::Code::TooLate, .detail = {}};
}

}  // namespace

std::optional<Violation> told_in_order(NodeId node, Subscription& watcher, const store::Told& told,
                                       const std::vector<store::Event>& events,
                                       const Retained& retained) {
    if (!watcher.wants) {
        return wrongly_told("Unasked", node, watcher,
                            "is told more before it took what it was told");
    }
    if (told.code == store::Code::TooLate) {
        if (watcher.next < retained.first) return std::nullopt;
        return wrongly_told("TooLate", node, watcher,
                            words("is called too late, but history begins at ", retained.first));
    }
    const bool once = watcher.request.kind == store::WatchKind::Once;
    const bool sound = told.code == store::Code::Ok && told.through <= retained.last &&
                       told.through >= watcher.next && !(once && told.events.size() != 1);
    if (!sound) {
        return wrongly_told(
            "Bounds", node, watcher,
            words("is told", through_words(told), ", while the node is at ", retained.last));
    }
    const auto wanted = matching(events, watcher.request.glob, watcher.next, told.through);
    if (told.events != wanted) {
        return wrongly_told(
            told.events.empty() ? "Mark" : "Events", node, watcher,
            words("is told", through_words(told), ": ", events_in_words(told.events),
                  "; but there is ", events_in_words(wanted)));
    }
    if (!once && event_at(events, told.through).group != told.through) {
        return wrongly_told("Group", node, watcher,
                            words("is told", through_words(told), ", in the middle of a command"));
    }
    watcher.next = next(told.through);
    watcher.wants = false;
    return std::nullopt;
}

std::optional<Violation> nothing_is_owed(NodeId node, const Subscription& watcher,
                                         const std::vector<store::Event>& events,
                                         const Retained& retained) {
    if (!watcher.wants) return std::nullopt;
    const auto owed = matching(events, watcher.request.glob, watcher.next, retained.last);
    if (!owed.empty()) {
        return wrongly_told("Owed", node, watcher, "is not told of " + events_in_words(owed));
    }
    const std::uint64_t every =
        watcher.request.kind == store::WatchKind::Stream ? watcher.request.mark_every : 0;
    const std::int64_t silent = retained.last.value - (watcher.next.value - 1);
    if (every == 0 || silent < static_cast<std::int64_t>(every)) return std::nullopt;
    return wrongly_told("NoMark", node, watcher,
                        words("is not told that nothing happened through ", retained.last));
}

std::optional<Violation> watch_is_refused(NodeId node, const store::WatchRequest& request,
                                          const store::Refusal& refusal, const Retained& retained,
                                          std::size_t open, const store::StoreSettings& settings) {
    if (refusal == wanted_refusal(request, retained, open, settings)) return std::nullopt;
    return violated(watch_property, "Refused",
                    words(node, ", which has revisions from ", retained.first, " on and ", open,
                          " other watches, refuses to watch ", request.glob, " from ", request.from,
                          ": ", store::reason(refusal)));
}

}  // namespace decree::props
