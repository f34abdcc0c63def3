#include "core/store/local_service.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "core/contract.hpp"

namespace decree::store {

namespace {

// As of so many events that are looked at.
constexpr std::size_t cost_of_a_read = 64;

At revision_of(const StoreQuery& question) {
    return std::visit(
        [](const auto& asked) -> At {
            if constexpr (requires { asked.at; }) return asked.at;
            return std::nullopt;
        },
        question);
}

// What is asked of a revision to come is kept, so its path must be one that may be.
std::optional<Refusal> check_path_of(const StoreQuery& question, const StoreSettings& settings) {
    return std::visit(
        [&](const auto& asked) -> std::optional<Refusal> {
            if constexpr (requires { asked.path; }) {
                const std::uint32_t most = settings.limits.path_bytes;
                if (asked.path.size() > most) {
                    return other("path exceeds " + std::to_string(most) + " bytes");
                }
            }
            return std::nullopt;
        },
        question);
}

}  // namespace

std::optional<LocalAnswer> LocalService::read(Asker asker, const StoreQuery& question,
                                              const State& state) {
    cancel(asker);  // Asked anew, it is answered once.
    QueryAnswer answer = query(state, question);
    if (answer.code != Code::NotYet) return LocalAnswer{.to = asker, .what = std::move(answer)};
    const std::uint32_t most = state.settings.limits.watches;
    if (reads_.size() >= most) {
        auto refusal = other("node exceeds " + std::to_string(most) + " reads of the future");
        return LocalAnswer{.to = asker, .what = std::move(refusal)};
    }
    if (auto refusal = check_path_of(question, state.settings)) {
        return LocalAnswer{.to = asker, .what = *std::move(refusal)};
    }
    // Of the present nobody says "not yet".
    const Revision revision = std::max(*revision_of(question), Revision{1});
    const std::uint64_t ticket = ++last_ticket_;
    reads_.emplace(asker, Reading{.question = question, .revision = revision, .ticket = ticket});
    by_ticket_.emplace(ticket, asker);
    ahead_.add(revision, ticket);
    return std::nullopt;
}

std::optional<LocalAnswer> LocalService::watch(Asker asker, const WatchRequest& request,
                                               const State& state) {
    ENSURE(!watchers_.contains(asker), "a tag names one watch");
    auto id = watches_.add(request, state.history, state.settings);
    if (!id) return LocalAnswer{.to = asker, .what = std::move(id.error())};
    by_watch_.emplace(*id, asker);
    watchers_.emplace(asker, *id);
    if (held_.contains(asker.client)) watches_.pause(*id);
    return std::nullopt;
}

void LocalService::more(Asker asker) {
    const auto found = watchers_.find(asker);
    if (found == watchers_.end() || held_.contains(asker.client)) return;
    watches_.resume(found->second);
}

void LocalService::cancel(Asker asker) {
    if (const auto found = watchers_.find(asker); found != watchers_.end()) forget(found);
    const auto read = reads_.find(asker);
    if (read == reads_.end()) return;
    ahead_.remove(read->second.revision, read->second.ticket);
    by_ticket_.erase(read->second.ticket);
    reads_.erase(read);
}

template <class F>
void LocalService::for_watchers(ClientId client, F what) {
    auto it = watchers_.lower_bound(Asker{.client = client, .tag = 0});
    while (it != watchers_.end() && it->first.client == client) what(it++);
}

void LocalService::hold(ClientId client) {
    held_.insert(client);
    for_watchers(client, [this](auto watcher) { watches_.pause(watcher->second); });
}

void LocalService::more(ClientId client) {
    held_.erase(client);
    for_watchers(client, [this](auto watcher) { watches_.resume(watcher->second); });
}

void LocalService::gone(ClientId client) {
    held_.erase(client);
    for_watchers(client, [this](auto watcher) { forget(watcher); });
    auto it = reads_.lower_bound(Asker{.client = client, .tag = 0});
    while (it != reads_.end() && it->first.client == client) cancel((it++)->first);
}

std::optional<LocalAnswer> LocalService::next(const State& state) {
    if (size() == 0) {
        begun_ = tired_ = false;
        return std::nullopt;
    }
    if (!begun_) {
        cost_ = 0;
        watches_.note(state.history);
        watches_.look(state.history, limits_.in_one_go);
    }
    auto answer = next_told(state);
    if (!answer) answer = next_read(state);
    begun_ = answer.has_value();
    if (begun_) return answer;
    tired_ = tired();
    if (!tired_) asked_ = {};
    return std::nullopt;
}

std::optional<LocalAnswer> LocalService::next_told(const State& state) {
    const std::set<WatchId>& ready = watches_.ready();
    for (auto id = ready.upper_bound(asked_); id != ready.end(); id = ready.upper_bound(asked_)) {
        if (tired()) return std::nullopt;
        asked_ = *id;
        if (auto answer = tell(asked_, state)) return answer;
    }
    auto due = watches_.take_mark();
    if (!due) return std::nullopt;
    watches_.pause(due->first);
    return LocalAnswer{.to = by_watch_.at(due->first), .what = std::move(due->second)};
}

std::optional<LocalAnswer> LocalService::next_read(const State& state) {
    if (tired()) return std::nullopt;
    const auto ticket = ahead_.take(state.revision());
    if (!ticket) return std::nullopt;
    cost_ += cost_of_a_read;
    const auto found = by_ticket_.find(*ticket);
    const Asker asker = found->second;
    by_ticket_.erase(found);
    const StoreQuery question = std::move(reads_.at(asker).question);
    reads_.erase(asker);
    return LocalAnswer{.to = asker, .what = query(state, question)};
}

/// Who is told something must ask for more.
std::optional<LocalAnswer> LocalService::tell(WatchId id, const State& state) {
    auto told = watches_.take(id, state.history, limits_, cost_);
    if (!told) return std::nullopt;
    const Asker asker = by_watch_.at(id);
    if (watches_.contains(id)) {
        watches_.pause(id);
    } else {
        forget(watchers_.find(asker));  // It was told all it wanted, or is too late.
    }
    return LocalAnswer{.to = asker, .what = *std::move(told)};
}

void LocalService::forget(std::map<Asker, WatchId>::iterator watcher) {
    watches_.remove(watcher->second);
    by_watch_.erase(watcher->second);
    watchers_.erase(watcher);
}

}  // namespace decree::store
