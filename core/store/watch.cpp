#include "core/store/watch.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/digest.hpp"
#include "core/store/query.hpp"

namespace decree::store {

std::expected<WatchId, Refusal> Watches::add(const WatchRequest& request, const History& history,
                                             const StoreSettings& settings) {
    if (auto refusal = check_glob(request.glob, settings)) {
        return std::unexpected(*std::move(refusal));
    }
    const std::uint32_t most = settings.limits.watches;
    if (watchers_.size() >= most) {
        return std::unexpected(other("node exceeds " + std::to_string(most) + " watches"));
    }
    note(history);
    constexpr auto latest = Revision{static_cast<std::int64_t>(max_number)};
    const Revision from = std::clamp(request.from, Revision{1}, latest);
    if (from < history.first()) return std::unexpected(plain(Code::TooLate));
    ++last_.value;
    const bool marked = request.kind == WatchKind::Stream;
    Watcher watcher{.glob = *Glob::parse(request.glob, settings.names),
                    .kind = request.kind,
                    .mark_every = marked ? request.mark_every : 0,
                    .next = from,
                    .due = {}};
    by_prefix_[std::string(watcher.glob.literal_prefix())].watchers.insert(last_);
    set_due(last_, watcher, Revision{from.value - 1});
    if (from <= seen_) fall_behind(last_, watcher, from);
    watchers_.emplace(last_, std::move(watcher));
    return last_;
}

void Watches::remove(WatchId id) {
    const auto found = watchers_.find(id);
    if (found == watchers_.end()) return;
    const auto bucket = by_prefix_.find(found->second.glob.literal_prefix());
    bucket->second.watchers.erase(id);
    if (bucket->second.watchers.empty()) {
        if (!bucket->second.events.empty()) std::erase(dirty_, bucket->first);
        by_prefix_.erase(bucket);
    }
    marks_.erase({found->second.due, id});
    ready_.erase(id);
    watchers_.erase(found);
}

void Watches::fall_behind(WatchId id, Watcher& watcher, Revision next) {
    watcher.next = next;
    watcher.behind = true;
    marks_.erase({watcher.due, id});  // It has events to come, which no mark may overtake.
    if (!watcher.paused) ready_.insert(id);
}

void Watches::pause(WatchId id) {
    Watcher& watcher = watchers_.at(id);
    watcher.paused = true;
    ready_.erase(id);
    marks_.erase({watcher.due, id});
}

void Watches::resume(WatchId id) {
    Watcher& watcher = watchers_.at(id);
    watcher.paused = false;
    if (watcher.behind) {
        ready_.insert(id);
    } else if (watcher.mark_every != 0) {
        marks_.emplace(watcher.due, id);
    }
}

void Watches::note(const History& history) {
    ENSURE(seen_ <= history.last(), "no connection sees a revision go back");
    if (watchers_.empty()) {
        // Nobody has to be looked for.
    } else if (next(seen_) < history.first()) {
        // A snapshot came, and what lies between is not all there: each has to see for itself.
        for (auto& [id, watcher] : watchers_) {
            if (watcher.behind || watcher.next > history.last()) continue;
            fall_behind(id, watcher, std::max(watcher.next, next(seen_)));
        }
    } else {
        history.visit(next(seen_), [&](const Event& event) {
            // All beginnings of the path that end before a slash, and the path.
            for (std::size_t i = 0; i < event.path.size(); ++i) {
                if (event.path[i] == '/') {
                    note(event.revision, std::string_view(event.path).substr(0, i));
                }
            }
            note(event.revision, event.path);
            return true;
        });
    }
    seen_ = history.last();
}

void Watches::note(Revision revision, std::string_view prefix) {
    const auto found = by_prefix_.find(prefix);
    if (found == by_prefix_.end()) return;
    std::vector<Revision>& events = found->second.events;
    if (events.empty()) dirty_.push_back(found->first);
    if (events.empty() || events.back() < revision) events.push_back(revision);
}

bool Watches::look(const History& history, std::size_t most) {
    for (std::size_t cost = 0; !dirty_.empty() && cost < most;) {
        Bucket& bucket = by_prefix_.find(dirty_.front())->second;
        cost += look(bucket, history, most - cost);
        // Whoever has many watchers, or many events, lets others come between.
        if (!bucket.events.empty()) dirty_.push_back(dirty_.front());
        dirty_.pop_front();
    }
    return dirty_.empty();
}

/// Goes on with the bucket's round, or begins one; to its end at most. Returns what it cost.
std::size_t Watches::look(Bucket& bucket, const History& history, std::size_t most) {
    if (bucket.round == 0) {
        // Of those that history has lost one tells as much as all.
        const auto kept = std::ranges::lower_bound(bucket.events, history.first());
        if (kept - bucket.events.begin() > 1) bucket.events.erase(bucket.events.begin(), kept - 1);
        bucket.round = bucket.events.size();
        bucket.done = {};
    }
    const auto round = std::span(bucket.events).first(bucket.round);
    std::size_t cost = 0;
    for (auto it = bucket.watchers.upper_bound(bucket.done); it != bucket.watchers.end(); ++it) {
        if (cost >= most) return cost;
        cost += look(*it, round, history);
        bucket.done = *it;
    }
    bucket.events.erase(bucket.events.begin(),
                        bucket.events.begin() + static_cast<std::ptrdiff_t>(bucket.round));
    bucket.round = 0;
    return std::max<std::size_t>(cost, 1);
}

std::size_t Watches::look(WatchId id, std::span<const Revision> events, const History& history) {
    Watcher& watcher = watchers_.at(id);
    std::size_t cost = 1;
    for (auto it = std::ranges::lower_bound(events, watcher.next); it != events.end(); ++it) {
        if (watcher.behind) break;
        const Revision revision = *it;
        ++cost;
        // What history has lost it cannot be told any more: take() will say so.
        const bool lost = revision < history.first();
        if (lost || watcher.glob.matches(history.event(revision).path)) {
            fall_behind(id, watcher, revision);
        }
    }
    return cost;
}

std::optional<Told> Watches::take(WatchId id, const History& history, const TakeLimits& limits,
                                  std::size_t& cost) {
    note(history);
    const auto found = watchers_.find(id);
    if (found == watchers_.end()) return std::nullopt;
    Watcher& watcher = found->second;
    const Bucket& bucket = by_prefix_.find(watcher.glob.literal_prefix())->second;
    cost += look(id, bucket.events, history);
    if (!watcher.behind) return std::nullopt;
    if (watcher.next < history.first()) {
        remove(id);
        return Told{.code = Code::TooLate, .events = {}, .through = {}};
    }
    Told told;
    std::size_t bytes = 0;
    std::size_t looked_at = 0;
    history.visit(watcher.next, [&](const Event& event) {
        ++looked_at;
        told.through = event.revision;
        if (watcher.glob.matches(event.path)) {
            told.events.push_back(event);
            bytes += event.path.size() + event.value.size() + item_bytes;
            if (watcher.kind == WatchKind::Once) return false;
        }
        const bool whole = event.revision == event.group;
        return !whole || (looked_at < limits.looked_at && told.events.size() < limits.events &&
                          bytes < limits.bytes);
    });
    cost += looked_at;
    watcher.next = next(told.through);
    if (watcher.next > seen_) {
        watcher.behind = false;
        ready_.erase(id);
        if (watcher.mark_every != 0 && !watcher.paused) marks_.emplace(watcher.due, id);
    }
    if (told.events.empty()) return std::nullopt;
    if (watcher.kind == WatchKind::Once) {
        remove(id);
    } else {
        set_due(id, watcher, told.through);
    }
    return told;
}

void Watches::set_due(WatchId id, Watcher& watcher, Revision told) {
    if (watcher.mark_every == 0) return;
    marks_.erase({watcher.due, id});
    const auto every = static_cast<std::int64_t>(std::min(watcher.mark_every, max_number));
    watcher.due = Revision{told.value + every};
    if (!watcher.paused && !watcher.behind) marks_.emplace(watcher.due, id);
}

std::optional<std::pair<WatchId, Told>> Watches::take_mark() {
    if (looked() && !marks_.empty() && marks_.begin()->first <= seen_) {
        const WatchId id = marks_.begin()->second;
        Watcher& watcher = watchers_.at(id);
        set_due(id, watcher, seen_);
        return std::pair{id, Told{.code = Code::Ok, .events = {}, .through = seen_}};
    }
    return std::nullopt;
}

std::uint64_t Watches::digest() const {
    std::uint64_t digest = mix(static_cast<std::uint64_t>(seen_.value), last_.value);
    digest = mix(digest, dirty_.size());
    for (const auto& [id, watcher] : watchers_) {
        digest = digest_of(watcher.glob.pattern(), mix(digest, id.value));
        digest = digest_of(watcher.kind, mix(digest, watcher.mark_every));
        digest = digest_of(watcher.next, digest_of(watcher.due, digest));
        digest = mix(digest, (watcher.behind ? 1U : 0U) + (watcher.paused ? 2U : 0U));
    }
    return digest;
}

std::optional<std::uint64_t> RevisionWaits::take(Revision reached) {
    if (waits_.empty() || waits_.begin()->first > reached) return std::nullopt;
    const std::uint64_t ticket = waits_.begin()->second;
    waits_.erase(waits_.begin());
    return ticket;
}

}  // namespace decree::store
