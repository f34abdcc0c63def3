#include "core/store/local_service.hpp"

#include <set>
#include <string>
#include <utility>

#include "core/contract.hpp"

namespace decree::store {

namespace {

At revision_of(const StoreQuery& question) {
    return std::visit(
        [](const auto& asked) -> At {
            if constexpr (requires { asked.at; }) return asked.at;
            return std::nullopt;
        },
        question);
}

}  // namespace

void LocalService::read(Asker asker, const StoreQuery& question, const State& state,
                        LocalAnswers& out) {
    QueryAnswer answer = query(state, question);
    if (answer.code != Code::NotYet) {
        out.push_back({.to = asker, .what = std::move(answer)});
        return;
    }
    const std::uint32_t most = state.settings.limits.watches;
    if (reads_.size() >= most) {
        auto refusal = other("node exceeds " + std::to_string(most) + " reads of the future");
        out.push_back({.to = asker, .what = std::move(refusal)});
        return;
    }
    const Revision revision = *revision_of(question);  // Of the present nobody says "not yet".
    const std::uint64_t ticket = ++last_ticket_;
    cancel(asker);
    reads_.emplace(asker, Reading{.question = question, .revision = revision, .ticket = ticket});
    by_ticket_.emplace(ticket, asker);
    ahead_.add(revision, ticket);
}

void LocalService::watch(Asker asker, const WatchRequest& request, const State& state,
                         LocalAnswers& out) {
    ENSURE(!watchers_.contains(asker), "a tag names one watch");
    auto id = watches_.add(request, state.history, state.settings);
    if (!id) {
        out.push_back({.to = asker, .what = std::move(id.error())});
        return;
    }
    by_watch_.emplace(*id, asker);
    const auto added = watchers_.emplace(asker, Watcher{.id = *id, .mark = {}}).first;
    tell(asker, added->second, state, out);
}

void LocalService::more(Asker asker, const State& state, LocalAnswers& out) {
    const auto found = watchers_.find(asker);
    if (found == watchers_.end()) return;
    found->second.wants = true;
    tell(asker, found->second, state, out);
}

void LocalService::cancel(Asker asker) {
    if (const auto found = watchers_.find(asker); found != watchers_.end()) forget(found);
    const auto read = reads_.find(asker);
    if (read == reads_.end()) return;
    ahead_.remove(read->second.revision, read->second.ticket);
    by_ticket_.erase(read->second.ticket);
    reads_.erase(read);
}

void LocalService::gone(ClientId client) {
    const Asker first{.client = client, .tag = 0};
    for (auto it = watchers_.lower_bound(first);
         it != watchers_.end() && it->first.client == client;) {
        forget(it++);
    }
    for (auto it = reads_.lower_bound(first); it != reads_.end() && it->first.client == client;) {
        cancel((it++)->first);
    }
}

void LocalService::executed(const State& state, LocalAnswers& out) {
    watches_.advance(state.history);
    const std::set<WatchId> ready = watches_.ready();
    for (const WatchId id : ready) {
        const Asker asker = by_watch_.at(id);
        tell(asker, watchers_.at(asker), state, out);
    }
    while (auto due = watches_.take_mark()) {
        const Asker asker = by_watch_.at(due->first);
        Watcher& watcher = watchers_.at(asker);
        watcher.mark = std::move(due->second);
        tell(asker, watcher, state, out);
    }
    for (const std::uint64_t ticket : ahead_.take(state.revision())) {
        const Asker asker = by_ticket_.at(ticket);
        by_ticket_.erase(ticket);
        const StoreQuery question = std::move(reads_.at(asker).question);
        reads_.erase(asker);
        out.push_back({.to = asker, .what = query(state, question)});
    }
}

/// Events come before a mark that is older, and make it needless.
void LocalService::tell(Asker asker, Watcher& watcher, const State& state, LocalAnswers& out) {
    if (!watcher.wants) return;
    auto told = watches_.take(watcher.id, state.history);
    if (told) {
        watcher.mark.reset();
    } else {
        told = std::exchange(watcher.mark, std::nullopt);
    }
    if (!told) return;
    watcher.wants = false;
    const bool over = told->code != Code::Ok || !watches_.contains(watcher.id);
    out.push_back({.to = asker, .what = *std::move(told)});
    if (over) forget(watchers_.find(asker));
}

void LocalService::forget(std::map<Asker, Watcher>::iterator watcher) {
    watches_.remove(watcher->second.id);
    by_watch_.erase(watcher->second.id);
    watchers_.erase(watcher);
}

bool LocalService::behind() const {
    for (const WatchId id : watches_.ready()) {
        if (watchers_.at(by_watch_.at(id)).wants) return true;
    }
    return false;
}

}  // namespace decree::store
