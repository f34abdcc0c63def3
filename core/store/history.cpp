#include "core/store/history.hpp"

#include <algorithm>

#include "core/contract.hpp"
#include "core/digest.hpp"

namespace decree::store {

Past::Past(Event e, Tree t)
    : event(std::move(e)),
      after(std::move(t)),
      measure{.bytes = event.path.size() + event.value.size() + item_bytes,
              .digest = digest_of(event)} {}

void History::push(Event event, Tree after) {
    ENSURE(event.revision == next(last()), "revisions are dense");
    pasts_.put(Shared<const Past>(new Past(std::move(event), std::move(after))));
}

void History::trim(std::uint64_t length, std::uint64_t bytes, std::uint64_t keep) {
    const std::uint64_t least = std::max<std::uint64_t>(keep, 1);
    while (pasts_.size() > least && (pasts_.size() > length || pasts_.measure().bytes > bytes)) {
        before_ = pasts_.front()->after;
        base_ = next(base_);
        pasts_.pop_front();
    }
}

void History::begin(Revision base, Tree before) {
    ENSURE(pasts_.empty(), "a history begins once");
    base_ = base;
    before_ = std::move(before);
}

std::uint64_t History::digest() const {
    const std::uint64_t base = mix(before_.digest(), static_cast<std::uint64_t>(base_.value));
    return mix(mix(base, pasts_.measure().digest), now().digest());
}

}  // namespace decree::store
