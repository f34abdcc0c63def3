#include "props/promises_report_every_vote.hpp"

#include <algorithm>

#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view promises_report_every_vote_property = "PromisesReportEveryVote";

/// Whether `vote` says of a chosen slot that it is chosen, or as much.
bool tells_choice(const Vote& vote, const Choice* choice) {
    return choice != nullptr && choice->is(vote.value) &&
           (vote.chosen || vote.ballot >= choice->ballot);
}

std::optional<Violation> judge_reported(NodeId from, NodeIndex voter, const Promise& promise,
                                        const Vote& vote, const VoteHistory& history,
                                        const Choice* choice) {
    if (tells_choice(vote, choice)) return std::nullopt;
    if (vote.chosen) {
        return violated("LearnedIsChosen", "Promise",
                        words(from, " promises ballot ", promise.ballot, " and reports slot ",
                              vote.slot, " for chosen as ", vote.value, ", which it is not"));
    }
    const SlotVotes* const votes = history.find(vote.slot);
    if (votes == nullptr) return std::nullopt;
    const BallotVotes* const last = votes->last_vote(voter, promise.ballot);
    const bool same = last != nullptr && last->ballot == vote.ballot && last->value == vote.value;
    // At or above the promised ballot the vote cannot matter to who asks.
    if (same || vote.ballot >= promise.ballot) return std::nullopt;
    return violated(
        promises_report_every_vote_property, "Other",
        words(from, " promises ballot ", promise.ballot, " and reports for slot ", vote.slot,
              " ballot ", vote.ballot, ", ", vote.value, "; its last vote ",
              last == nullptr ? std::string("there is none")
                              : words("was in ballot ", last->ballot, " for ", last->value)));
}

}  // namespace

std::optional<Violation> promises_report_every_vote(NodeId from, NodeIndex voter,
                                                    const Promise& promise,
                                                    const VoteHistory& history,
                                                    const ChosenLog& chosen) {
    auto reported = promise.votes.begin();
    const Slot first = std::max(
        {promise.covers_from, next(promise.trimmed_through), next(history.forgotten_through())});
    for (; reported != promise.votes.end() && reported->slot < first; ++reported) {
    }
    for (Slot slot = first; slot <= std::min(promise.covers_through, history.end());
         slot = next(slot)) {
        if (reported != promise.votes.end() && reported->slot == slot) {
            const Vote& vote = *reported++;
            auto wrong = judge_reported(from, voter, promise, vote, history, chosen.find(slot));
            if (wrong) return wrong;
            continue;
        }
        const BallotVotes* const last = history.find(slot)->last_vote(voter, promise.ballot);
        if (last == nullptr) continue;
        return violated(promises_report_every_vote_property, "Omitted",
                        words(from, " promises ballot ", promise.ballot, " and hides its vote in ",
                              "slot ", slot, ", ballot ", last->ballot, ", for ", last->value));
    }
    return std::nullopt;
}

}  // namespace decree::props
