/// Leader leases: a quorum has said that it promises nobody else for a while, so a leader may
/// answer reads without asking it. [PMS] 3 leaves this to timing; [RAFT-DISS] 6.4.1; master leases
/// of [PML].
///
/// Who granted counts from when it answered, and the leader from when its question left: so the
/// leader's lease ends first, whatever messages do, while clocks keep to their bound.

#include <algorithm>
#include <utility>

#include "core/node/node.hpp"

namespace decree {

/// Not in the first life: nobody was granted anything before it.
void Node::begin_leases(Effects& out) {
    if (settings_.lease_us == 0 || heads_.incarnation == Incarnation{1}) return;
    out.took(Rule::LeaseWaitedOut, {}, acceptor_.promised());
    grant_.until = now_ + settings_.lease_us;
}

/// Whether a promise of `ballot` could end what another leader rests on: a lease that this node
/// granted to another ballot, or may have granted in an earlier life. A vote cannot: it is asked
/// for where a phase 1 quorum has promised already, which meets the quorum that granted.
bool Node::lease_forbids(Ballot ballot) const { return lease_in_force() && grant_.to != ballot; }

/// The answer to a heartbeat of `to`. An earlier lease of another ballot is kept until it is over,
/// though its leader is deposed in slots of some voters: it may not be in those of others. Nothing
/// is granted in a life of which a restart might find no sign, for then it would not wait.
bool Node::grant_lease(Ballot to, Effects& out) {
    if (settings_.lease_us == 0) return false;
    if (lease_forbids(to) || !start_durable_) {
        out.took(Rule::LeaseNotGranted, to.node, to);
        return false;
    }
    out.took(Rule::LeaseGranted, to.node, to);
    grant_ = Grant{.to = to, .until = now_ + settings_.lease_us};
    return true;
}

void Node::release_lease(Ballot of, Effects& out) {
    if (!lease_in_force() || of == Ballot{} || grant_.to != of) return;
    out.took(Rule::LeaseReleased, of.node, of);
    grant_ = Grant{};
}

void Node::receive(NodeId from, const LeaseOver& message, Effects& out) {
    if (message.ballot == Ballot{}) return refuse_message(from, out);
    release_lease(message.ballot, out);
}

/// A new round leaves in this step. Rounds that follow one another quickly share the time of the
/// first, so that few are kept.
void Node::note_round() {
    if (settings_.lease_us == 0) return;
    auto& leading = std::get<Leading>(role_);
    Ring<RoundSent>& rounds = leading.rounds;
    while (!rounds.empty() && rounds.front().sent + settings_.lease_us <= now_) rounds.pop_front();
    constexpr std::uint64_t most = 32;
    if (!rounds.empty() && now_ < rounds.back().sent + settings_.lease_us / most) return;
    rounds.push_back({.round = leading.round, .sent = now_});
}

/// `peer` answered `round`, and promises nobody else for a lease by its clock. By this one, which
/// may be fast where that is slow or the other way round, that is shorter.
void Node::take_grant(Peer& peer, Round round) const {
    constexpr std::uint64_t million = 1'000'000;
    const Ring<RoundSent>& rounds = std::get<Leading>(role_).rounds;
    const std::uint64_t surely =
        settings_.lease_us * (million - options_.drift_ppm) / (million + options_.drift_ppm);
    for (std::size_t i = rounds.size(); i-- > 0;) {
        if (rounds[i].round > round) continue;
        peer.lease_until = std::max(peer.lease_until, rounds[i].sent + surely);
        return;
    }
}

/// Once and for all in this ballot: who hears of it may promise others at once, and hears of it
/// late.
void Node::give_up_lease(Effects& out) {
    auto& leading = std::get<Leading>(role_);
    if (settings_.lease_us == 0 || leading.lease_over) return;
    out.took(Rule::LeaseGivenUp, options_.self, leading.phase1.ballot());
    leading.lease_over = true;
}

/// Whether a phase 2 quorum of the voters of the first open slot promises nobody else yet: then
/// nobody has chosen anything there in a higher ballot, which needs a promise of one of them. This
/// node, while it leads, has promised nobody else either.
bool Node::holds_lease() const {
    const auto& leading = std::get<Leading>(role_);
    if (settings_.lease_us == 0 || leading.lease_over) return false;
    const Voters& voters = membership().voters(first_open());
    VoterBits bits = bit_of(voters, options_.self);
    for (const Peer& peer : leading.peers) {
        if (now_ < peer.lease_until) bits = bits | bit_of(voters, peer.node);
    }
    return is_quorum(settings_.quorums, voters, Phase::Two, bits);
}

/// The lease holds now, after the reads arrived, and all that was chosen by now is applied: it is
/// of no matter when the answers leave.
void Node::serve_by_lease(Effects& out) {
    if (reads_.gathering.empty() && reads_.gathering_peers.empty()) return;
    if (!holds_lease() || !knows_read_point(out)) return;
    out.took(Rule::ReadConfirmedByLease, options_.self, ballot(), learner_.chosen_through);
    answer_reads(std::exchange(reads_.gathering, {}), std::exchange(reads_.gathering_peers, {}),
                 out);
}

}  // namespace decree
