#include "traces/rules.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/print.hpp"
#include "core/reflect.hpp"

namespace decree::traces {
namespace {

// In the order of rule.hpp.
constexpr RuleText texts[] = {
    {Rule::StartedEmpty, "starts with nothing on its disk", "DECREE",
     "a journal is believed where it proves itself"},
    {Rule::StartedFromJournal, "starts again with the promise, votes and decisions of its journal",
     "PMS", "2.5 stable storage"},
    {Rule::StartedFromSnapshot,
     "starts again from its snapshot through slot {slot} and the journal above it", "PML",
     "5.5 snapshots"},
    {Rule::LeaderMissed, "has heard no leader for an election timeout", "PMS", "2.4 progress"},
    {Rule::PreVoteAsked, "asks the others whether they miss the leader, too", "RAFT-DISS",
     "9.6 Pre-Vote"},
    {Rule::PreVoteGranted, "tells {peer} that it misses the leader, too", "RAFT-DISS",
     "9.6 Pre-Vote"},
    {Rule::PreVoteRefusedLeaderAlive, "tells {peer} that it does not miss a leader yet",
     "RAFT-DISS", "4.2.3 disruptive servers"},
    {Rule::PreVoteRefusedNotAVoter, "tells {peer} that it votes in no open slot", "RAFT-DISS",
     "4.2.3 disruptive servers"},
    {Rule::PreVoteQuorum, "has heard from a quorum that the leader is missed", "RAFT-DISS",
     "9.6 Pre-Vote"},
    {Rule::CampaignWithheldNotAVoter, "does not campaign: it votes in no open slot", "PMS",
     "3 state machine, alpha"},
    {Rule::CampaignWithheldDiskHangs, "does not campaign: nothing has become durable here for long",
     "DECREE", "a disk that hangs"},
    {Rule::BallotOpened, "opens ballot {ballot}", "PMS", "2.2 Phase 1(a)"},
    {Rule::PrepareSent, "asks {peer} to promise ballot {ballot}", "PMS", "2.2 Phase 1(a)"},
    {Rule::PrepareRepeated, "asks {peer} again to promise ballot {ballot}", "PMS",
     "2.1 messages can be lost"},
    {Rule::CandidateBackedOff,
     "gives up ballot {ballot}: phase 1 took too long; waits a random time", "PMS", "2.4 progress"},
    {Rule::SteppedDownHigherBallot, "gives way to ballot {ballot}", "PMS",
     "2.5 abandoning a proposal"},
    {Rule::LeaderForsaken, "follows its leader no more, having promised ballot {ballot}", "PMS",
     "2.5 abandoning a proposal"},
    {Rule::SteppedDownNoQuorum, "steps down: for an election timeout it heard no quorum",
     "RAFT-DISS", "6.2 routing requests"},
    {Rule::SteppedDownDiskHangs,
     "steps down: nothing has become durable here for long, so soon it could propose nothing",
     "DECREE", "a disk that hangs"},
    {Rule::SteppedDownRemoved, "steps down: every slot in which it votes is chosen", "RAFT-DISS",
     "4.2.2 removing the leader"},
    {Rule::SteppedDownOvertaken, "steps down: a snapshot decides slots that it has proposed in",
     "PML", "5.5 snapshots"},
    {Rule::RelayUsed, "tries {peer}, which may reach a leader, to have things passed on", "DECREE",
     "catching up"},
    {Rule::LeaderFollowed, "follows {peer}, the leader in ballot {ballot}", "PTP",
     "3.3.1 picking a president"},
    {Rule::PromiseGiven,
     "promises ballot {ballot} to {peer}, to report its votes from slot {slot} on", "PMS",
     "2.2 Phase 1(b)"},
    {Rule::PromiseRepeated, "promises ballot {ballot} to {peer} once more", "PMS",
     "2.2 Phase 1(b)"},
    {Rule::PromiseRefusedStaleBallot,
     "refuses to promise ballot {ballot} to {peer}: it has promised a higher one", "PMS",
     "2.2 Phase 1(b)"},
    {Rule::PromiseWaitsForSnapshot,
     "lets its promise of ballot {ballot} to {peer} wait for the snapshot that it is taking in",
     "PML", "5.5 snapshots"},
    {Rule::PromiseSentInParts, "reports its votes to {peer} in several parts", "DECREE",
     "phase 1 covers all slots"},
    {Rule::PromiseReportsTrimmed, "tells {peer} that its votes through slot {slot} are trimmed",
     "PML", "5.5 snapshots"},
    {Rule::PromisePartTaken, "takes a part of the promise of {peer} for ballot {ballot}", "DECREE",
     "phase 1 covers all slots"},
    {Rule::PromiseComplete, "has all of the promise of {peer} for ballot {ballot}", "PMS",
     "2.2 Phase 2(a)"},
    {Rule::PromiseIgnoredOtherBallot, "ignores the promise of {peer}: it is for ballot {ballot}",
     "PMS", "2.2 Phase 2(a)"},
    {Rule::PhaseOneQuorum, "has promises for ballot {ballot} from a quorum", "PMS",
     "2.2 Phase 2(a)"},
    {Rule::PhaseOneMustCatchUp, "must catch up with {peer} through slot {slot} before it leads",
     "PML", "5.5 snapshots"},
    {Rule::PhaseOneAsksNewVoters, "asks {peer}, a new voter, to promise ballot {ballot}, too",
     "PMS", "3 state machine, alpha"},
    {Rule::LeadershipBegun,
     "leads in ballot {ballot}; slot {slot} is the first that it does not know chosen", "PMS",
     "3 the leader"},
    {Rule::ValueAdoptedFromHighestBallot,
     "must propose for slot {slot} the value voted for in ballot {ballot}, the highest reported",
     "PMS", "2.2 P2c"},
    {Rule::ValueAdoptedChosen,
     "takes over the value of slot {slot} as chosen, since a promise says so", "PMS",
     "2.3 learning"},
    {Rule::ValueFree, "is free to propose a value of its own for slot {slot}", "PMS", "2.2 P2c"},
    {Rule::GapFilledWithNoop,
     "proposes the no-op for slot {slot}: nobody voted there, and higher slots need it", "PMS",
     "3 filling the gap"},
    {Rule::WindowFilledWithNoop,
     "proposes the no-op for slot {slot}: new voters are waiting for it", "PMS",
     "3 state machine, alpha"},
    {Rule::StampProposed, "proposes a time stamp for slot {slot}", "DECREE", "cluster time"},
    {Rule::ProposalWaitsForWindow,
     "waits to propose for slot {slot}: the window of alpha slots is full", "PMS",
     "3 state machine, alpha"},
    {Rule::AcceptSent, "votes for slot {slot} in ballot {ballot}, and asks the other voters to",
     "PMS", "2.2 Phase 2(a)"},
    {Rule::AcceptRepeated, "asks {peer} again to vote for slot {slot} in ballot {ballot}", "PMS",
     "2.1 messages can be lost"},
    {Rule::VoteCast, "votes for slot {slot} in ballot {ballot}", "PMS", "2.2 Phase 2(b)"},
    {Rule::VoteRepeated, "answers {peer} again that it voted for slot {slot} in ballot {ballot}",
     "PMS", "2.2 Phase 2(b)"},
    {Rule::VoteRefusedStaleBallot,
     "refuses to vote for slot {slot} in ballot {ballot}: it has promised a higher one", "PMS",
     "2.2 Phase 2(b)"},
    {Rule::VoteIgnoredTrimmed, "does not vote for slot {slot}: it is chosen, and trimmed here",
     "PML", "5.5 snapshots"},
    {Rule::VoteIgnoredTooFar,
     "does not vote for slot {slot}: it is too far beyond what it has executed", "DECREE",
     "bounded queues"},
    {Rule::VoteCounted, "counts the vote of {peer} for slot {slot} in ballot {ballot}", "PMS",
     "2.3 learning"},
    {Rule::VoteIgnoredOtherBallot,
     "does not count the vote of {peer} for slot {slot}: it is in ballot {ballot}", "PMS",
     "2.2 a proposal is chosen in one ballot"},
    {Rule::VoteIgnoredNotAVoter, "does not count the vote of {peer}: it has none in slot {slot}",
     "PMS", "3 state machine, alpha"},
    {Rule::OwnVoteDurable, "counts its own vote for slot {slot}, now durable", "RAFT-DISS",
     "10.2.1 writing in parallel"},
    {Rule::ValueChosen, "knows slot {slot} chosen: a quorum voted for it in ballot {ballot}", "PMS",
     "2.3 learning"},
    {Rule::LearnedByWatermark,
     "learns that all through slot {slot} is chosen, having voted in the leader's ballot {ballot}",
     "PTP", "3.3.4 learning the law"},
    {Rule::WatermarkNotOwnBallot,
     "cannot tell what was chosen in slot {slot}: it did not vote there in ballot {ballot}",
     "DECREE", "followers learn by ballot"},
    {Rule::LearnedByDecide, "learns what was chosen in slot {slot}", "PMS", "2.3 learning"},
    {Rule::DecideKnown, "is told of slot {slot}, and knew it", "PMS", "2.3 learning"},
    {Rule::CatchUpAsked, "asks {peer} what was chosen from slot {slot} on", "PTP",
     "3.3.4 learning the law"},
    {Rule::CatchUpAnswered, "tells {peer} what was chosen from slot {slot} on", "PTP",
     "3.3.4 learning the law"},
    {Rule::CatchUpHasNothing, "has nothing to tell {peer} from slot {slot} on", "DECREE",
     "catching up"},
    {Rule::SlotApplied, "executes slot {slot}", "PMS", "3 state machine"},
    {Rule::NoopApplied, "executes slot {slot}, a no-op", "PMS", "3 filling the gap"},
    {Rule::CommandExecuted, "executes a command of {peer}, from slot {slot}", "PMS",
     "3 state machine"},
    {Rule::DuplicateSkipped, "skips a command of {peer}, from slot {slot}: it was executed before",
     "RAFT-DISS", "6.3 linearizable semantics"},
    {Rule::StaleRequestSkipped,
     "skips a command of {peer}, from slot {slot}: it was answered long ago", "RAFT-DISS",
     "6.3 linearizable semantics"},
    {Rule::OriginDropped, "forgets the requests of {peer}, as slot {slot} says", "RAFT-DISS",
     "6.3 linearizable semantics"},
    {Rule::MembersChangeScheduled, "notes that other voters govern from slot {slot} on", "PMS",
     "3 state machine, alpha"},
    {Rule::MembersChanged, "is governed by new voters from slot {slot} on", "PMS",
     "3 state machine, alpha"},
    {Rule::RequestQueued, "takes a client's command to propose it", "PMS", "3 the leader"},
    {Rule::RequestForwarded, "forwards a client's command to {peer}", "RAFT-DISS",
     "6.2 routing requests"},
    {Rule::RequestForwardedAgain, "forwards a client's command again, to {peer}", "RAFT-DISS",
     "6.2 routing requests"},
    {Rule::RequestAnswered, "answers the client whose command was executed in slot {slot}", "PMS",
     "3 state machine"},
    {Rule::RequestAnsweredFromTable, "answers a client what it was answered before", "RAFT-DISS",
     "6.3 linearizable semantics"},
    {Rule::RequestRefusedBusy, "refuses a client's request: too much is waiting", "DECREE",
     "bounded queues"},
    {Rule::RequestRefusedTooLarge, "refuses a client's command: it is too large", "DECREE",
     "bounded queues"},
    {Rule::ForwardTaken, "takes the commands that {peer} forwarded", "RAFT-DISS",
     "6.2 routing requests"},
    {Rule::ForwardPassedOn, "passes on to the leader the commands that {peer} forwarded",
     "RAFT-DISS", "6.2 routing requests"},
    {Rule::ForwardIgnoredNotLeading, "drops the commands that {peer} forwarded: it does not lead",
     "RAFT-DISS", "6.2 routing requests"},
    {Rule::ClientForgotten, "forgets a client that went away", "DECREE", "a client that went away"},
    {Rule::ReadQueued, "takes a client's read", "RAFT-DISS", "6.4 read-only queries"},
    {Rule::ReadAskedLeader, "asks {peer} for a read point", "RAFT-DISS", "6.4 read-only queries"},
    {Rule::ReadPassedOn, "takes on the question of {peer} for a read point, to pass it on",
     "RAFT-DISS", "6.4 read-only queries"},
    {Rule::ReadRoundStarted,
     "asks the voters whether it still leads in ballot {ballot}, for its reads", "RAFT-DISS",
     "6.4 read-only queries"},
    {Rule::ReadRoundConfirmed,
     "has heard from a quorum that it still leads in ballot {ballot}: reads may see slot {slot}",
     "FPAXOS", "phase 2 quorums suffice"},
    {Rule::ReadWaitsForInherited,
     "lets reads wait: what phase 1 found through slot {slot} is not yet chosen", "RAFT-DISS",
     "6.4 read-only queries"},
    {Rule::ReadWaitsForPhaseOne,
     "lets reads wait: the voters of slot {slot} are new, and no quorum of them has promised yet",
     "DECREE", "reads in new voters' slots"},
    {Rule::ReadPointGiven, "gives {peer} slot {slot} as its read point", "RAFT-DISS",
     "6.4 read-only queries"},
    {Rule::ReadServed, "answers a read from its state through slot {slot}", "RAFT-DISS",
     "6.4 read-only queries"},
    {Rule::ReadRefused, "refuses a read: it cannot wait here", "DECREE", "bounded queues"},
    {Rule::HeartbeatSent, "tells the others that it leads in ballot {ballot}", "PTP",
     "3.3.1 picking a president"},
    {Rule::HeartbeatRefusedStaleBallot,
     "refuses to follow {peer} in ballot {ballot}: it has promised a higher one", "PMS",
     "2.5 abandoning a proposal"},
    {Rule::HandoverBegun, "proposes nothing more: {peer} is to lead", "RAFT-DISS",
     "3.10 leadership transfer"},
    {Rule::HandoverSent, "asks {peer} to take over", "RAFT-DISS", "3.10 leadership transfer"},
    {Rule::HandoverTaken, "takes over from {peer}, without asking the others", "RAFT-DISS",
     "3.10 leadership transfer"},
    {Rule::HandoverGivenUp, "goes on leading: {peer} did not take over in time", "RAFT-DISS",
     "3.10 leadership transfer"},
    {Rule::LearnerNoticed, "notices that {peer} learns, and keeps it informed", "PMS",
     "2.3 learning"},
    {Rule::SnapshotBegun, "begins a snapshot through slot {slot}", "PML", "5.5 snapshots"},
    {Rule::SnapshotCommitted, "has written all of its snapshot through slot {slot}", "PML",
     "5.5 snapshots"},
    {Rule::SnapshotDurable, "knows that its snapshot through slot {slot} is durable", "PML",
     "5.5 snapshots"},
    {Rule::LogTrimmed, "trims its log through slot {slot}", "PML", "5.5 snapshots"},
    {Rule::JournalReleased, "needs the journal no more for slots through {slot}", "RAFT-DISS",
     "5.1 snapshotting"},
    {Rule::SegmentStarted, "begins a new segment of its journal", "DECREE",
     "a journal is believed where it proves itself"},
    {Rule::GroupSealed, "seals its journal: all before is durable", "PAR",
     "telling a crash from corruption"},
    {Rule::SnapshotPieceSent, "sends {peer} a piece of the snapshot through slot {slot}",
     "RAFT-DISS", "5.1 snapshotting"},
    {Rule::SnapshotPieceTaken, "takes from {peer} a piece of the snapshot through slot {slot}",
     "RAFT-DISS", "5.1 snapshotting"},
    {Rule::SnapshotPieceIgnored,
     "ignores a piece of the snapshot through slot {slot} from {peer}: it does not need it now",
     "RAFT-DISS", "5.1 snapshotting"},
    {Rule::SnapshotRefusedBadBytes,
     "refuses the snapshot through slot {slot} from {peer}: its bytes are no snapshot", "PML",
     "5.1 disk corruption"},
    {Rule::SnapshotInstalled, "goes on from the snapshot of {peer} through slot {slot}", "PML",
     "5.5 snapshots"},
    {Rule::HeldUntilDurable, "waits for its disk before it speaks to {peer}", "PMS",
     "2.5 stable storage"},
    {Rule::ReleasedByDurable, "says to {peer} what waited for its disk", "PMS",
     "2.5 stable storage"},
    {Rule::DiskBehind, "takes nothing more until its disk has caught up: slot {slot} waits",
     "DECREE", "bounded queues"},
    {Rule::BadMessageRefused, "refuses a message of {peer} that cannot be", "DECREE",
     "bad input is refused"},
};

constexpr bool complete() {
    for (std::size_t i = 0; i < std::size(texts); ++i) {
        const RuleText& text = texts[i];
        if (static_cast<std::size_t>(text.rule) != i) return false;
        if (text.sentence.empty() || text.paper.empty() || text.section.empty()) return false;
    }
    return std::size(texts) == reflect::enumerator_count<Rule>;
}
static_assert(complete(), "every rule has a sentence and a source, in the order of rule.hpp");

constexpr auto routine = std::to_array<Rule>({
    Rule::StartedEmpty,
    Rule::PrepareRepeated,
    Rule::LeaderFollowed,
    Rule::AcceptRepeated,
    Rule::DecideKnown,
    Rule::CatchUpHasNothing,
    Rule::SlotApplied,
    Rule::HeartbeatSent,
    Rule::ReadRoundConfirmed,
    Rule::JournalReleased,
    Rule::SegmentStarted,
    Rule::GroupSealed,
    Rule::HeldUntilDurable,
    Rule::ReleasedByDurable,
    Rule::ReadRoundStarted,
    Rule::CatchUpAsked,
    Rule::ProposalWaitsForWindow,
    Rule::ReadWaitsForInherited,
});

void replace(std::string& text, std::string_view place, const std::string& by) {
    const std::size_t at = text.find(place);
    if (at != std::string::npos) text.replace(at, place.size(), by);
}

}  // namespace

const RuleText& text_of(Rule rule) { return texts[static_cast<std::size_t>(rule)]; }

std::string node_name(NodeId node) { return "N" + std::to_string(node.value); }

std::string ballot_name(Ballot ballot) {
    return ballot == Ballot{} ? std::string("none") : describe(ballot);
}

std::string say(const RuleTaken& taken) {
    return say(taken, taken.peer == NodeId{} ? "the others" : node_name(taken.peer));
}

std::string say(const RuleTaken& taken, const std::string& peer) {
    std::string text(text_of(taken.rule).sentence);
    replace(text, "{peer}", peer);
    replace(text, "{ballot}", ballot_name(taken.ballot));
    replace(text, "{slot}", std::to_string(taken.slot.value));
    return text;
}

std::string source_of(Rule rule) {
    const RuleText& text = text_of(rule);
    return std::string(text.paper) + ' ' + std::string(text.section);
}

bool is_routine(Rule rule) { return std::ranges::find(routine, rule) != routine.end(); }

}  // namespace decree::traces
