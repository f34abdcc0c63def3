#include "core/store/lock.hpp"

#include "core/digest.hpp"

namespace decree::store {

EndMeasure DelayOrder::measure(const LockDelay& delay) {
    return {.earliest = delay.until, .digest = digest_of(delay)};
}

void LockDelays::begin(const std::string& path, ClusterTime until, std::uint32_t most) {
    delays_.put({.path = path, .until = until});
    while (delays_.size() > most) delays_.erase({ended(delays_.measure().earliest)->path});
}

bool LockDelays::runs(const std::string& path, ClusterTime now) const {
    const LockDelay* delay = delays_.find({path});
    return delay != nullptr && now < delay->until;
}

void LockDelays::forget(ClusterTime now, std::uint32_t most) {
    for (std::uint32_t left = most; left > 0; --left) {
        const LockDelay* over = ended(now);
        if (over == nullptr) return;
        delays_.erase({over->path});
    }
}

const LockDelay* LockDelays::ended(ClusterTime now) const {
    return delays_.first_that([&](const EndMeasure& measure) { return measure.earliest <= now; });
}

bool LockDelays::restore(const LockDelay& delay) {
    if (!delays_.empty() && !(WalkOrder{delays_.back().path} < WalkOrder{delay.path})) return false;
    delays_.put(delay);
    return true;
}

std::uint64_t LockDelays::digest() const { return mix(delays_.measure().digest, delays_.size()); }

}  // namespace decree::store
