#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/paxos/message.hpp"
#include "props/ghost/chosen_log.hpp"
#include "props/ghost/vote_history.hpp"
#include "props/violation.hpp"

namespace decree::props {

/// PromisesReportEveryVote: a promise reports, for every slot that it covers, the acceptor's last
/// vote below its ballot, and no vote that was never cast. [PMS] 2.2 Phase 1(b) "responds ... with
/// the highest-numbered proposal (if any) that it has accepted"; TLA+ Paxos.tla "Phase1b(a)".
///
/// Deviation: a slot known chosen may be reported as that, in a ballot at or above the one in which
/// it was chosen. Slots that history has forgotten are chosen; of them nothing is asked.
[[nodiscard]] std::optional<Violation> promises_report_every_vote(NodeId from, NodeIndex voter,
                                                                  const Promise& promise,
                                                                  const VoteHistory& history,
                                                                  const ChosenLog& chosen);

}  // namespace decree::props
