#include "core/node/waiting.hpp"

#include <algorithm>

#include "core/digest.hpp"

namespace decree {

namespace {

// Origins whose rings are kept, though empty, to spare allocations.
constexpr std::size_t idle_origins = 64;

}  // namespace

auto WaitingRequests::origin(NodeId id) -> OriginRequests* {
    const auto at = std::ranges::lower_bound(origins_, id, {}, &OriginRequests::id);
    return at == origins_.end() || at->id != id ? nullptr : &*at;
}

std::vector<WaitingRequest> WaitingRequests::take_older(NodeId id, Incarnation incarnation) {
    std::vector<WaitingRequest> older;
    OriginRequests* const known = origin(id);
    if (known == nullptr || known->incarnation >= incarnation) return older;
    for (; !known->requests.empty(); known->requests.pop_front()) {
        WaitingRequest& request = known->requests.front();
        if (!request.present) continue;
        --size_;
        older.push_back(std::move(request));
    }
    return older;
}

WaitingRequest* WaitingRequests::add(const RequestId& id, std::uint64_t window) {
    auto at = std::ranges::lower_bound(origins_, id.origin, {}, &OriginRequests::id);
    if (at == origins_.end() || at->id != id.origin) {
        if (origins_.size() >= idle_origins) {
            std::erase_if(origins_,
                          [](const OriginRequests& idle) { return idle.requests.empty(); });
            at = std::ranges::lower_bound(origins_, id.origin, {}, &OriginRequests::id);
        }
        at = origins_.insert(
            at,
            {.id = id.origin, .incarnation = id.incarnation, .first = id.number, .requests = {}});
    }
    OriginRequests& origin = *at;
    if (id.incarnation < origin.incarnation) return nullptr;
    if (origin.requests.empty()) {
        origin.incarnation = id.incarnation;
        origin.first = id.number;
    }
    if (id.number < origin.first) {
        // An earlier request came later. Make room in front.
        const std::uint64_t missing = origin.first - id.number;
        if (missing + origin.requests.size() > window) return nullptr;
        Ring<WaitingRequest> longer;
        for (std::uint64_t i = 0; i < missing; ++i) longer.push_back({});
        for (; !origin.requests.empty(); origin.requests.pop_front()) {
            longer.push_back(std::move(origin.requests.front()));
        }
        origin.requests = std::move(longer);
        origin.first = id.number;
    }
    const std::uint64_t index = id.number - origin.first;
    if (index >= window) return nullptr;
    while (origin.requests.size() <= index) origin.requests.push_back({});
    WaitingRequest& request = origin.requests[static_cast<std::size_t>(index)];
    if (!request.present) {
        request.present = true;
        request.id = id;
        ++size_;
    }
    return &request;
}

WaitingRequest* WaitingRequests::find(const RequestId& id) {
    OriginRequests* const known = origin(id.origin);
    if (known == nullptr || known->incarnation != id.incarnation || id.number < known->first) {
        return nullptr;
    }
    const std::uint64_t index = id.number - known->first;
    if (index >= known->requests.size()) return nullptr;
    WaitingRequest& request = known->requests[static_cast<std::size_t>(index)];
    return request.present ? &request : nullptr;
}

std::optional<std::uint64_t> WaitingRequests::lowest(NodeId id, Incarnation incarnation) const {
    const auto at = std::ranges::lower_bound(origins_, id, {}, &OriginRequests::id);
    const bool known = at != origins_.end() && at->id == id && at->incarnation == incarnation;
    if (!known || at->requests.empty()) return std::nullopt;
    return at->first;  // tidy() leaves a present one in front.
}

void WaitingRequests::tidy(OriginRequests& origin) {
    while (!origin.requests.empty() && !origin.requests.front().present) {
        origin.requests.pop_front();
        ++origin.first;
    }
}

void WaitingRequests::remove(const RequestId& id) {
    WaitingRequest* const request = find(id);
    if (request == nullptr) return;
    *request = {};
    --size_;
    tidy(*origin(id.origin));
}

template <class F>
void WaitingRequests::remove_if(F unwanted) {
    for (OriginRequests& origin : origins_) {
        for (std::size_t i = 0; i < origin.requests.size(); ++i) {
            WaitingRequest& request = origin.requests[i];
            if (!request.present || !unwanted(request)) continue;
            request = {};
            --size_;
        }
        tidy(origin);
    }
    std::erase_if(origins_, [](const OriginRequests& origin) { return origin.requests.empty(); });
}

void WaitingRequests::remove_forwarded() {
    remove_if([](const WaitingRequest& request) { return !request.client.has_value(); });
}

void WaitingRequests::remove_client(ClientId client) {
    remove_if([client](const WaitingRequest& request) { return request.client == client; });
}

std::uint64_t WaitingRequests::digest() const { return digest_of(origins_, size_); }

}  // namespace decree
