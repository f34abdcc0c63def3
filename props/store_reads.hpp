#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/ids.hpp"
#include "core/store/query.hpp"
#include "props/ghost/store_ghost.hpp"
#include "props/linearizability.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// ExactReads: what a node says of a revision, or of its own present, is what the twin says; "too
/// late" where it is so, and only there; and nobody is told "not yet", but waits. `applied`: the
/// node's last slot.
[[nodiscard]] std::optional<Violation> read_is_exact(NodeId node, Slot applied,
                                                     const store::StoreQuery& question,
                                                     const store::QueryAnswer& told,
                                                     const StoreGhost& ghost);

/// ... and no connection sees the revision of a node's store go back: `seen` was it before.
[[nodiscard]] std::optional<Violation> revision_goes_on(NodeId node, store::Revision seen,
                                                        store::Revision shown);

/// ... a read is refused where it asks for a revision to come and as many such reads are open as
/// the limit says, and only there. `open`: at that node, beside this one.
[[nodiscard]] std::optional<Violation> read_is_refused(NodeId node, Slot applied,
                                                       const store::StoreQuery& question,
                                                       const store::Refusal& refusal,
                                                       std::size_t open, const StoreGhost& ghost);

/// Linearizability of a read of the present: some state between the last that anybody had been
/// shown when it was asked and the newest answers so. The answers are those between commands, so a
/// transaction is seen whole or not at all.
struct StoreReadVerdict {
    Point first{};  ///< Where it belongs, at the earliest ...
    Point last{};   ///< ... and how long all states answer so, as far as the log goes.
    std::optional<Violation> violation;
};
[[nodiscard]] StoreReadVerdict present_read(const store::StoreQuery& question,
                                            const store::QueryAnswer& told, Point floor,
                                            std::uint64_t executed, const StoreGhost& ghost);

}  // namespace decree::props
