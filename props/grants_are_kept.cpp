#include "props/grants_are_kept.hpp"

#include "props/words.hpp"

namespace decree::props {

std::optional<Violation> grants_are_kept(NodeId node, const Granted& granted, Ballot ballot,
                                         Time now, const std::vector<Ballot>& over,
                                         std::string_view how) {
    if (now < granted.silent_until) {
        return violated(
            "GrantsAreKept", how,
            words(node, " promises ballot ", ballot, ", ", granted.silent_until.value - now.value,
                  " us before a lease that it granted in an earlier life must be over"));
    }
    const bool kept = now >= granted.until || ballot <= granted.to ||
                      std::ranges::find(over, granted.to) != over.end();
    if (kept) return std::nullopt;
    return violated("GrantsAreKept", how,
                    words(node, " promises ballot ", ballot, ", ", granted.until.value - now.value,
                          " us before the lease is over that it granted to ballot ", granted.to));
}

}  // namespace decree::props
