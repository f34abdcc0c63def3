#pragma once

/// What clients wait for at single nodes: reads at a revision, and watches.

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "core/ids.hpp"
#include "core/store/local_service.hpp"
#include "props/watch_delivery.hpp"

namespace decree::props {

/// A question at a node.
struct AskedAt {
    NodeId node;
    store::Asker asker;
    auto operator<=>(const AskedAt&) const = default;
};

class LocalAsks {
public:
    void asked(const AskedAt& at, const store::StoreQuery& question) {
        reads_.insert_or_assign(at, question);
    }
    void watches(const AskedAt& at, const store::WatchRequest& request) {
        watches_.insert_or_assign(
            at, Subscription{.request = request,
                             .next = std::max(request.from, store::Revision{1}),
                             .wants = !full_.contains({at.node, at.asker.client})});
    }
    void wants_more(const AskedAt& at) {
        const auto watch = watches_.find(at);
        if (watch == watches_.end() || full_.contains({at.node, at.asker.client})) return;
        watch->second.wants = true;
    }
    /// A connection takes nothing, or does so again.
    void takes(NodeId node, ClientId client, bool takes) {
        if (takes) {
            full_.erase({node, client});
        } else {
            full_.emplace(node, client);
        }
        for (auto& [at, watch] : watches_) {
            if (at.node == node && at.asker.client == client) watch.wants = takes;
        }
    }
    void forget(const AskedAt& at) {
        reads_.erase(at);
        watches_.erase(at);
    }
    void forget(NodeId node, ClientId client) {
        const auto goes = [&](const auto& each) {
            return each.first.node == node && each.first.asker.client == client;
        };
        std::erase_if(reads_, goes);
        std::erase_if(watches_, goes);
        full_.erase({node, client});
        seen_.erase({node, client});
    }
    /// The node lost its memory.
    void forget(NodeId node) {
        const auto goes = [&](const auto& each) { return each.first.node == node; };
        std::erase_if(reads_, goes);
        std::erase_if(watches_, goes);
        std::erase_if(full_, [&](const auto& each) { return each.first == node; });
        std::erase_if(seen_, [&](const auto& each) { return each.first.first == node; });
    }
    [[nodiscard]] const std::map<AskedAt, store::StoreQuery>& reads() const { return reads_; }
    [[nodiscard]] std::map<AskedAt, Subscription>& watches() { return watches_; }
    /// The highest revision of a node's store that a connection was shown; it now is `shown`.
    [[nodiscard]] store::Revision seen(const AskedAt& at, store::Revision shown) {
        store::Revision& seen = seen_[{at.node, at.asker.client}];
        return std::exchange(seen, std::max(seen, shown));
    }
    /// How many questions of that kind are open at a node, beside the one at `at`.
    [[nodiscard]] std::size_t reads_beside(const AskedAt& at) const { return beside(reads_, at); }
    [[nodiscard]] std::size_t watches_beside(const AskedAt& at) const {
        return beside(watches_, at);
    }

private:
    static std::size_t beside(const auto& asks, const AskedAt& at) {
        return static_cast<std::size_t>(std::ranges::count_if(asks, [&](const auto& each) {
            return each.first.node == at.node && each.first != at;
        }));
    }

    std::map<AskedAt, store::StoreQuery> reads_;
    std::map<AskedAt, Subscription> watches_;
    std::set<std::pair<NodeId, ClientId>> full_;  // Connections that take nothing.
    std::map<std::pair<NodeId, ClientId>, store::Revision> seen_;
};

}  // namespace decree::props
