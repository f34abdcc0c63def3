#pragma once

/// The names of all that is judged, as README.md explains them.

#include <algorithm>
#include <string_view>

namespace decree::props {

inline constexpr std::string_view properties[] = {
    // Judged by the checker, at each step or at the end.
    "AcceptedNeverGoesBack", "AcknowledgedIsDurable", "Agreement", "AppliedPrefix", "AtMostOnce",
    "BallotsAreUnique", "BoundedQueues", "Contract", "Convergence", "DenseRevisions",
    "DurableStateSurvives", "EqualSnapshots", "ExactReads", "Fencing", "FoundedByAll",
    "FoundersAgree", "FoundingRecordNeverChanges", "GrantsAreKept", "LearnedIsChosen",
    "Linearizability", "NoClaimBeyondDisk", "OneCluster", "OneValuePerBallot",
    "OnlyMembersTakePart", "PromisesNeverGoBack", "PromisesReportEveryVote", "ReturnsRecognized",
    "SafeAt", "SeatsByMajority", "SessionsNotHurried", "SlotQuorums", "SoundMessages",
    "StabilityOfChosen", "StaleIsSuperseded", "StoreAnswers", "Validity", "WatchDelivery",
    // Judged by a world.
    "Liveness", "Recovery", "Spinning", "Storm"};

[[nodiscard]] constexpr bool is_property(std::string_view name) {
    return std::ranges::find(properties, name) != std::end(properties);
}

}  // namespace decree::props
