#include "props/seats_by_majority.hpp"

#include <algorithm>
#include <utility>

#include "props/words.hpp"

namespace decree::props {

namespace {

constexpr std::string_view seats_property = "SeatsByMajority";

std::string number(std::uint64_t value) { return std::to_string(value); }

bool keeps_quorums(const SeatProposal& proposal) {
    Voters voters = proposal.change.before;
    std::erase(voters, proposal.change.out);
    if (proposal.change.in != NodeId{}) voters.push_back(proposal.change.in);
    voters = make_voters(std::move(voters));
    if (!check_quorums(proposal.quorums, voters)) return false;
    VoterBits heard = bit_of(voters, proposal.leader);
    for (const NodeId node : proposal.heard) heard = heard | bit_of(voters, node);
    return is_quorum(proposal.quorums, voters, Phase::One, heard) &&
           is_quorum(proposal.quorums, voters, Phase::Two, heard);
}

}  // namespace

std::optional<Violation> seats_by_majority(const SeatProposal& proposal) {
    const ChangeSeat& change = proposal.change;
    if (proposal.led_us < proposal.options.stable_after) {
        return violated(seats_property, "TooSoon",
                        words(proposal.leader, " changes voters ", number(proposal.led_us),
                              " us after it opened its ballot"));
    }
    if (proposal.hears && !keeps_quorums(proposal)) {
        return violated(seats_property, "NoQuorum",
                        words(proposal.leader,
                              " changes voters, and of the new ones it hears too "
                              "few for a quorum"));
    }
    const bool behind = !proposal.learned || *proposal.learned < proposal.knew;
    if (change.in != NodeId{} && behind) {
        return violated(
            seats_property, "Behind",
            words(proposal.leader, " gives a vote to ", change.in,
                  ", which has not shown that it knows what is chosen through ", proposal.knew));
    }
    if (change.out == NodeId{}) return std::nullopt;
    std::vector<NodeId> agree = {proposal.leader};
    agree.insert(agree.end(), proposal.told.begin(), proposal.told.end());
    std::ranges::sort(agree);
    const auto repeated = std::ranges::unique(agree);
    agree.erase(repeated.begin(), repeated.end());
    const auto count = static_cast<std::size_t>(std::ranges::count_if(
        agree, [&](NodeId node) { return std::ranges::binary_search(change.before, node); }));
    if (2 * count <= change.before.size()) {
        return violated(seats_property, "Minority",
                        words(proposal.leader, " takes the vote of ", change.out, ", of whom only ",
                              number(count), " of ", number(change.before.size()),
                              " voters say that they hear nothing"));
    }
    if (proposal.silent_us < proposal.options.dead_after) {
        return violated(seats_property, "HeardByLeader",
                        words(proposal.leader, " takes the vote of ", change.out,
                              ", which it heard ", number(proposal.silent_us), " us ago"));
    }
    if (change.in == NodeId{} && change.before.size() <= proposal.options.least_voters) {
        return violated(seats_property, "Floor",
                        words(proposal.leader, " takes the vote of ", change.out, " and leaves ",
                              number(change.before.size() - 1), " voters"));
    }
    return std::nullopt;
}

std::optional<Violation> silence_is_true(NodeId node, NodeId about, std::uint64_t silent_us,
                                         std::uint64_t dead_after) {
    if (silent_us >= dead_after) return std::nullopt;
    return violated(
        seats_property, "Heard",
        words(node, " calls ", about, " silent, which it heard ", number(silent_us), " us ago"));
}

std::optional<Violation> seat_was_free_to_change(Slot slot, const ChangeSeat& change, bool pending,
                                                 const std::vector<NodeId>& retired) {
    if (pending) {
        return violated(seats_property, "Two",
                        words("in slot ", slot,
                              " a leader's change of voters is made while an "
                              "earlier one is not in force"));
    }
    if (std::ranges::find(retired, change.in) == retired.end()) return std::nullopt;
    return violated(seats_property, "Retired",
                    words("in slot ", slot, " ", change.in,
                          " gets back the vote that was taken away, and nobody named it"));
}

}  // namespace decree::props
