#pragma once

/// The rules a node takes: the vocabulary of traces, of teaching and of fuzzing coverage. Each is a
/// transition of the protocol, named after what was decided and why. `traces/` has a sentence and a
/// source for each; `papers/` where it comes from.

#include <cstdint>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"

namespace decree {

enum class Rule : std::uint8_t {
    // Starting.
    StartedEmpty,         ///< Nothing on the disk.
    StartedFromJournal,   ///< Promise, votes and decisions recovered.
    StartedFromSnapshot,  ///< ... on top of a snapshot.
    StartedInDoubt,       ///< The disk is damaged: votes up to a slot may be forgotten.
    DoubtEnded,           ///< What is chosen is known in all slots that were in doubt.
    // Founding.
    FoundingBegun,    ///< Nothing on the disk, and a list of founders.
    JoiningBegun,     ///< Nothing on the disk, and no list: looks for a member.
    FoundingResumed,  ///< A founding record is on the disk; not known is whether all have it.
    FounderReached,   ///< Somebody answered at a listed address.
    FounderIsSelf,    ///< ... this node itself.
    FounderReplaced,  ///< ... another node than before.
    FoundersAsked,
    FoundingAnswered,
    FoundingListDiffers,    ///< Another node was given another list of founders.
    FoundingProposed,       ///< The first of the list; all answered, empty, with the same list.
    FoundingRecordStored,   ///< Another founder's.
    FoundingRecordRefused,  ///< It names others than those who answered, or is not the one here.
    FoundingRecordVouched,  ///< From now on it is spoken of.
    FounderStored,          ///< One founder more has stored the very same record.
    ClusterFounded,         ///< All founders have stored it.
    ClusterWelcomes,        ///< A member says that all have.
    ClusterJoined,          ///< A member was met: this node founds nothing, and learns.
    FoundingForgotten,      ///< A member's record names this node, which knows nothing of it.
    SettingsOverruled,      ///< The cluster's settings differ from those given to this node.
    ContactAsked,           ///< A member asks who answers at an address for its cluster.
    ContactLearned,         ///< ... and notes that it is its own.
    NewcomerWelcomed,       ///< A member tells somebody that the cluster exists.
    IgnoredBeforeFounding,  ///< A message or question that only a member can deal with.
    // Coming back.
    ReturnAnnounced,   ///< Asks its peers whether they have seen more of it than its disk has.
    ReturnRecognized,  ///< A peer is back, with no less than it had shown here.
    ReturnRefused,     ///< ... with less, or somebody lives under its name already.
    RecognizedByPeer,
    ReturnEnded,              ///< A quorum has recognized this node.
    WithheldUntilRecognized,  ///< A vote, a promise, a confirmation or a campaign.
    CameBackWithLess,         ///< A peer has seen more: this node takes no part any more.
    NamesakeRefused,          ///< Two live under one name: the elder is told.
    // Electing.
    LeaderMissed,  ///< No word of the leader for an election timeout.
    PreVoteAsked,
    PreVoteGranted,  ///< The leader is missed here, too, and the asker votes.
    PreVoteRefusedLeaderAlive,
    PreVoteRefusedNotAVoter,  ///< The asker has no vote in any slot still open.
    PreVoteRefusedByLease,    ///< A leader may hold a lease that this node granted.
    PreVoteQuorum,
    CampaignWithheldNotAVoter,  ///< This node has no vote in any slot still open.
    CampaignWithheldDiskHangs,  ///< Nothing became durable here for long.
    CampaignWithheldInDoubt,    ///< Votes may be forgotten here.
    CampaignWithheldByLease,    ///< A leader may hold a lease that this node granted.
    BallotOpened,
    PrepareSent,
    PrepareRepeated,
    CandidateBackedOff,       ///< Phase 1 took too long; waits a random time.
    SteppedDownHigherBallot,  ///< Learned of a ballot above its own.
    LeaderForsaken,           ///< A follower promised a higher ballot.
    SteppedDownNoQuorum,      ///< Led, but heard no quorum for an election timeout.
    SteppedDownDiskHangs,     ///< Nothing became durable here for long.
    SteppedDownRemoved,       ///< All slots in which it voted are chosen.
    SteppedDownOutcast,       ///< Peers have seen more of its name than it has.
    SteppedDownOvertaken,     ///< A snapshot decides slots that it had proposed in.
    RelayUsed,                ///< Hears no leader: asks through a node that may.
    LeaderFollowed,           ///< A leader's word, in a ballot not refused.
    // Phase 1 at the acceptor.
    PromiseGiven,
    PromiseRepeated,  ///< The same ballot again: a promise was lost.
    PromiseRefusedStaleBallot,
    PromiseWaitsForSnapshot,  ///< Not given before an installed snapshot is durable.
    PromiseWithheldInDoubt,   ///< It would cover a slot of which votes may be forgotten.
    PromiseWithheldByLease,   ///< Another leader may hold a lease that this node granted.
    PromiseSentInParts,
    PromiseReportsTrimmed,
    // Phase 1 at the proposer.
    PromisePartTaken,
    PromiseComplete,  ///< All parts of one acceptor's promise are in.
    PromiseIgnoredOtherBallot,
    PhaseOneQuorum,
    PhaseOneMustCatchUp,    ///< A promise reports trimmed slots not known here.
    PhaseOneAsksNewVoters,  ///< The horizon reached other voters.
    LeadershipBegun,
    ValueAdoptedFromHighestBallot,
    ValueAdoptedChosen,  ///< A promise reports it as chosen.
    ValueFree,           ///< No vote was reported: the leader's own command.
    GapFilledWithNoop,
    WindowFilledWithNoop,    ///< A change of members is pending: reach it at once.
    DoubtFilledWithNoop,     ///< A voter does not promise before something is chosen there.
    StampProposed,           ///< The state machine wants the time.
    ProposalWaitsForWindow,  ///< Slot s waits until s - alpha is applied.
    // Phase 2.
    AcceptSent,
    AcceptRepeated,
    VoteCast,
    VoteRepeated,  ///< The same vote again: an answer was lost.
    VoteRefusedStaleBallot,
    VoteIgnoredTrimmed,  ///< The slot is chosen, and trimmed here.
    VoteIgnoredTooFar,   ///< The log is bounded: catch up first.
    VoteCounted,
    VoteIgnoredOtherBallot,
    VoteIgnoredNotAVoter,  ///< The answering node has no vote in that slot.
    OwnVoteDurable,
    ValueChosen,  ///< A phase 2 quorum of the slot's voters voted in one ballot.
    // Learning.
    LearnedByWatermark,     ///< Accepted in the watermark's own ballot.
    WatermarkNotOwnBallot,  ///< Accepted in another ballot, or not at all: must ask.
    LearnedByDecide,
    DecideKnown,
    CatchUpAsked,
    CatchUpAnswered,
    CatchUpHasNothing,
    // Executing.
    SlotApplied,
    NoopApplied,
    CommandExecuted,
    DuplicateSkipped,     ///< Executed before: answered from the table.
    StaleRequestSkipped,  ///< Older incarnation, or below the lowest unanswered.
    OriginDropped,
    MembersChangeScheduled,  ///< New voters from slot s + alpha on.
    MembersChanged,          ///< The first open slot has new voters.
    // Requests.
    RequestQueued,
    RequestForwarded,
    RequestForwardedAgain,
    RequestAnswered,
    RequestAnsweredFromTable,
    RequestRefusedBusy,
    RequestRefusedTooLarge,
    ForwardTaken,
    ForwardPassedOn,  ///< To the leader, for a node that does not hear it.
    ForwardIgnoredNotLeading,
    ClientForgotten,
    // Reads.
    ReadQueued,
    ReadAskedLeader,
    ReadPassedOn,  ///< Another node's question shares this node's own.
    ReadRoundStarted,
    ReadRoundConfirmed,
    ReadWaitsForInherited,  ///< What phase 1 found is not yet chosen.
    ReadWaitsForPhaseOne,   ///< Voters of the next slot have not promised yet.
    ReadConfirmedByLease,   ///< A quorum has promised the leader not to promise anybody else yet.
    ReadPointGiven,
    ReadServed,
    ReadRefused,
    // Leader's upkeep.
    HeartbeatSent,
    HeartbeatRefusedStaleBallot,
    HandoverBegun,
    HandoverSent,
    HandoverTaken,
    HandoverGivenUp,
    LearnerNoticed,
    // Who votes: what leaders decide.
    MemberSuspected,         ///< A voter has been silent for long: the others are asked.
    MemberSilentHere,        ///< This node has heard nothing of it either.
    MemberNotSilentHere,     ///< It has, or has not looked for long enough.
    SilenceConfirmed,        ///< A voter says that it hears nothing of the suspect.
    SilenceDenied,           ///< A voter hears the suspect, or has not looked for long enough.
    LearnerPromoted,         ///< A learner that has caught up is to get a free seat.
    DeadReplaced,            ///< It is to get the seat of a voter that a majority calls dead.
    DeadRemoved,             ///< A voter that a majority calls dead is to lose its seat.
    RemovalWithheldFloor,    ///< Too few voters would be left.
    ChangeWithheldNoQuorum,  ///< Those of the new voters that are heard would not suffice.
    ChangeRefused,           ///< The voters were others by the time it was executed.
    OwnRemovalLearned,       ///< This node has lost its vote, and learns of it.
    // Leader leases.
    LeaseWaitedOut,   ///< Starts: an earlier life may have granted one.
    LeaseGranted,     ///< To this leader, from now on for the length of a lease.
    LeaseNotGranted,  ///< Another leader may still hold one.
    LeaseGivenUp,     ///< By the leader that hands over.
    LeaseReleased,    ///< The leader that held it has given it up.
    // Snapshots and trimming.
    SnapshotBegun,
    SnapshotCommitted,
    SnapshotDurable,
    LogTrimmed,
    JournalReleased,
    SegmentStarted,
    GroupSealed,  ///< An empty group says that all before it is durable.
    SnapshotPieceSent,
    SnapshotPieceTaken,
    SnapshotPieceIgnored,  ///< Not the next one, or not newer than what is applied.
    SnapshotRefusedBadBytes,
    SnapshotInstalled,
    // Durability.
    HeldUntilDurable,  ///< A message waits in the node for the disk.
    ReleasedByDurable,
    DiskBehind,         ///< Too much is not yet durable: takes nothing more.
    BadMessageRefused,  ///< A peer's message that cannot be: counted and dropped.
};

/// One rule taken, and what it was about. Fields that do not apply are 0.
struct RuleTaken {
    Rule rule{};
    NodeId peer;
    Ballot ballot;
    Slot slot;
    bool operator==(const RuleTaken&) const = default;
};

}  // namespace decree
