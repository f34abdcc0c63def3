#include "props/ghost/requests.hpp"

#include <algorithm>

namespace decree::props {

GhostRequests::Origin* GhostRequests::admit(const RequestId& id) {
    auto it = origins_.find(id.origin);
    if (it == origins_.end()) {
        if (origins_.size() >= settings_.max_origins) return nullptr;
        it = origins_.emplace(id.origin, Origin{.incarnation = id.incarnation, .executed = {}})
                 .first;
    }
    Origin& origin = it->second;
    if (id.incarnation < origin.incarnation) return nullptr;
    if (id.incarnation > origin.incarnation) {
        origin = Origin{.incarnation = id.incarnation, .executed = {}};
    }
    return id.number < origin.lowest ? nullptr : &origin;
}

Fate GhostRequests::judge(const RequestId& id) {
    const bool possible = 1 <= id.lowest_unanswered && id.lowest_unanswered <= id.number;
    if (!possible || dropped_.contains(id.origin)) return Fate::Refused;
    Origin* const origin = admit(id);
    if (origin == nullptr) return Fate::Refused;
    for (; origin->lowest < id.lowest_unanswered; ++origin->lowest) {
        if (origin->executed.empty()) {
            origin->lowest = id.lowest_unanswered;
            break;
        }
        origin->executed.pop_front();
    }
    const std::uint64_t ahead = id.number - origin->lowest;
    if (ahead >= settings_.origin_window) return Fate::Refused;
    while (origin->executed.size() <= ahead) origin->executed.push_back(0);
    std::uint8_t& executed = origin->executed[static_cast<std::size_t>(ahead)];
    if (executed != 0) return Fate::Duplicate;
    executed = 1;
    return Fate::Executed;
}

void GhostRequests::drop(NodeId origin) {
    constexpr std::size_t remembered_per_origin = 16;
    if (dropped_.size() >= remembered_per_origin * settings_.max_origins) return;
    if (dropped_.insert(origin).second) origins_.erase(origin);
}

}  // namespace decree::props
