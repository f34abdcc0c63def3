#include "sim/expected.hpp"

#include <cstddef>

#include "core/reflect.hpp"
#include "sim/faults.hpp"

namespace decree::sim {

namespace {

// Not StartedFromSnapshot and the like, which every profile takes; nor what only one of some
// thousand runs does, which scenarios show: SteppedDownOutcast, FoundingForgotten.
constexpr Rule storage_rules[] = {
    Rule::StartedInDoubt,
    Rule::DoubtEnded,
    Rule::ReturnAnnounced,
    Rule::ReturnRecognized,
    Rule::ReturnRefused,
    Rule::RecognizedByPeer,
    Rule::ReturnEnded,
    Rule::WithheldUntilRecognized,
    Rule::CameBackWithLess,
    Rule::CampaignWithheldInDoubt,
    Rule::CampaignWithheldDiskHangs,
    Rule::SteppedDownDiskHangs,
    Rule::PromiseWithheldInDoubt,
    Rule::PromiseWaitsForSnapshot,
    Rule::DoubtFilledWithNoop,
    Rule::SnapshotInstalled,
    Rule::GroupSealed,
    Rule::DiskBehind,
};

constexpr Rule membership_rules[] = {
    Rule::PreVoteRefusedNotAVoter,
    Rule::CampaignWithheldNotAVoter,
    Rule::SteppedDownRemoved,
    Rule::PhaseOneAsksNewVoters,
    Rule::WindowFilledWithNoop,
    Rule::VoteIgnoredNotAVoter,
    Rule::MembersChangeScheduled,
    Rule::MembersChanged,
    Rule::ReadWaitsForPhaseOne,
    Rule::LearnerNoticed,
    Rule::MemberSuspected,
    Rule::MemberSilentHere,
    Rule::MemberNotSilentHere,
    Rule::SilenceConfirmed,
    Rule::SilenceDenied,
    Rule::LearnerPromoted,
    Rule::DeadReplaced,
    Rule::DeadRemoved,
    Rule::RemovalWithheldFloor,
    Rule::ChangeWithheldNoQuorum,
    Rule::ChangeRefused,
    Rule::OwnRemovalLearned,
    Rule::StartedInDoubt,
    Rule::DoubtEnded,
};

constexpr Rule founding_rules[] = {
    Rule::FoundingBegun,         Rule::JoiningBegun,         Rule::FoundingResumed,
    Rule::FounderReached,        Rule::FounderIsSelf,        Rule::FounderReplaced,
    Rule::FoundersAsked,         Rule::FoundingAnswered,     Rule::FoundingListDiffers,
    Rule::FoundingProposed,      Rule::FoundingRecordStored, Rule::FoundingRecordRefused,
    Rule::FoundingRecordVouched, Rule::FounderStored,        Rule::ClusterFounded,
    Rule::ClusterWelcomes,       Rule::ClusterJoined,        Rule::SettingsOverruled,
    Rule::ContactAsked,          Rule::ContactLearned,       Rule::NewcomerWelcomed,
    Rule::IgnoredBeforeFounding, Rule::NamesakeRefused,
};

constexpr Rule clock_rules[] = {
    Rule::PreVoteRefusedByLease,  Rule::CampaignWithheldByLease,
    Rule::PromiseWithheldByLease, Rule::ReadConfirmedByLease,
    Rule::LeaseWaitedOut,         Rule::LeaseGranted,
    Rule::LeaseNotGranted,        Rule::LeaseGivenUp,
    Rule::LeaseReleased,
};

}  // namespace

std::span<const Rule> expected_rules(std::string_view profile) {
    if (profile == "storage") return storage_rules;
    if (profile == "membership") return membership_rules;
    if (profile == "founding") return founding_rules;
    if (profile == "clock") return clock_rules;
    return {};
}

std::vector<std::string_view> untried(const Profile& profile, const Statistics& statistics) {
    if (statistics.runs < runs_that_suffice || profile.nodes) return {};
    std::vector<std::string_view> names;
    for (const Rule rule : expected_rules(profile.name)) {
        const auto index = static_cast<std::size_t>(rule);
        if (statistics.rules[index] == 0) names.push_back(reflect::enumerator_names<Rule>[index]);
    }
    const FaultSet allowed = profile.may | profile.must;
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const bool never = allowed.has(static_cast<FaultKind>(i)) && statistics.faults[i] == 0;
        if (never) names.push_back(reflect::enumerator_names<FaultKind>[i]);
    }
    return names;
}

}  // namespace decree::sim
