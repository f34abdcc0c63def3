#pragma once

/// What clients wait for at single nodes: reads at a revision, and watches.

#include <compare>
#include <cstdint>
#include <map>

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
            at,
            Subscription{.request = request, .next = std::max(request.from, store::Revision{1})});
    }
    void wants_more(const AskedAt& at) {
        if (const auto watch = watches_.find(at); watch != watches_.end()) {
            watch->second.wants = true;
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
    }
    /// The node lost its memory.
    void forget(NodeId node) {
        const auto goes = [&](const auto& each) { return each.first.node == node; };
        std::erase_if(reads_, goes);
        std::erase_if(watches_, goes);
    }
    [[nodiscard]] const std::map<AskedAt, store::StoreQuery>& reads() const { return reads_; }
    [[nodiscard]] std::map<AskedAt, Subscription>& watches() { return watches_; }

private:
    std::map<AskedAt, store::StoreQuery> reads_;
    std::map<AskedAt, Subscription> watches_;
};

}  // namespace decree::props
