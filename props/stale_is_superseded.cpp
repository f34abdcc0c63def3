#include "props/stale_is_superseded.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> stale_is_superseded(const RequestId& id, Outcome outcome, bool anonymous) {
    if (outcome != Outcome::Stale || anonymous) return std::nullopt;
    return Violation{.property = "StaleIsSuperseded",
                     .details = words(id, " is answered Stale, while its client waits for it"),
                     .signature = "StaleIsSuperseded: a client that waits is told Stale"};
}

}  // namespace decree::props
