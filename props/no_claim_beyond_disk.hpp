#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "props/ghost/chosen_log.hpp"
#include "props/ghost/disk.hpp"
#include "props/ghost/vote_history.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// NoClaimBeyondDisk: what a message claims is durable when it leaves. [PMS] 2.5 "An acceptor
/// records its intended response in stable storage before actually sending the response".
///
/// Judged at the moment when a message stands among the effects, since then it may leave at once.
/// `disk` is what no crash can take from `from`.
///
/// Prepare and Accept claim that their ballot's round is durable, so that it is never used again.
[[nodiscard]] std::optional<Violation> no_claim_beyond_disk(NodeId from, const Prepare& message,
                                                            const DiskState& disk);
[[nodiscard]] std::optional<Violation> no_claim_beyond_disk(NodeId from, const Accept& message,
                                                            const DiskState& disk);
/// Promise claims the promise, and that what is trimmed lies in a snapshot.
[[nodiscard]] std::optional<Violation> no_claim_beyond_disk(NodeId from, const Promise& message,
                                                            const DiskState& disk);
/// A founder's word claims that its founding record, of that digest, is stored.
[[nodiscard]] std::optional<Violation> no_claim_beyond_disk(NodeId from, std::uint64_t record,
                                                            const DiskState& disk);
/// Accepted claims the vote. `votes`: those of the slot, nullptr when there are none.
///
/// Deviation: where a value is chosen, a durable record that it is, in the ballot asked or a higher
/// one (`held`: the slot's on the disk; nullptr: none), is as good as a vote for it.
[[nodiscard]] std::optional<Violation> no_claim_beyond_disk(NodeId from, const Accepted& message,
                                                            const SlotVotes* votes, NodeIndex voter,
                                                            const DiskEntry* held,
                                                            const Choice* choice);

}  // namespace decree::props
