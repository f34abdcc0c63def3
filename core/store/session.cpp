#include "core/store/session.hpp"

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree::store {

// The files are the tree's to tell, here and in snapshots.
EndMeasure SessionOrder::measure(const Session& session) {
    const std::uint64_t digest = mix(mix(session.id.value, session.ttl_us), session.end.value);
    return {.earliest = session.end, .digest = digest};
}

SessionId Sessions::open(std::uint64_t ttl_us, ClusterTime now) {
    const SessionId id = next_;
    ++next_.value;
    sessions_.put({.id = id, .ttl_us = ttl_us, .end = now + ttl_us, .files = {}});
    return id;
}

void Sessions::keep_alive(SessionId id, ClusterTime now) {
    const Session* session = sessions_.find(id);
    ENSURE(session != nullptr, "only an open session shows signs of life");
    Session longer = *session;
    longer.end = std::max(longer.end, now + longer.ttl_us);
    sessions_.put(std::move(longer));
}

bool Sessions::alive(SessionId id, ClusterTime now) const {
    const Session* session = sessions_.find(id);
    return session != nullptr && now < session->end;
}

std::optional<SessionId> Sessions::expired(ClusterTime now) const {
    const Session* session =
        sessions_.first_that([&](const EndMeasure& measure) { return measure.earliest <= now; });
    if (session == nullptr) return std::nullopt;
    return session->id;
}

std::optional<ClusterTime> Sessions::earliest_end() const {
    if (sessions_.empty()) return std::nullopt;
    return sessions_.measure().earliest;
}

void Sessions::rebind(const std::string& path, SessionId from, SessionId to) {
    if (from == to) return;
    if (const Session* session = sessions_.find(from)) {
        Session changed = *session;
        changed.files.erase({path});
        sessions_.put(std::move(changed));
    }
    if (const Session* session = sessions_.find(to)) {
        Session changed = *session;
        changed.files.put(path);
        sessions_.put(std::move(changed));
    }
}

bool Sessions::restore(const Session& session) {
    const bool ascends = sessions_.empty() || sessions_.back().id < session.id;
    if (!ascends || session.id == no_session || next_ <= session.id) return false;
    sessions_.put(session);
    return true;
}

std::uint64_t Sessions::digest() const {
    return mix(mix(sessions_.measure().digest, sessions_.size()), next_.value);
}

}  // namespace decree::store
